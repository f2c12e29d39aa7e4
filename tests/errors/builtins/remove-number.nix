# blame: 2:26
removeAttrs { a = 1; } [ 1 ]
