# blame: 2:18
{ name, version, name }: name
