# blame: 2:1
tostring 1
