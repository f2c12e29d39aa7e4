# blame: 2:24
removeAttrs { a = 1; } "a"
