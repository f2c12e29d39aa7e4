# blame: 2:8
{ port = 80 }: port
