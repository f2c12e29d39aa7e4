{ }: "pack"
