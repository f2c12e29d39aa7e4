# blame: 2:59
builtins.zipAttrsWith (name: values: values) [ { a = 1; } 1 ]
