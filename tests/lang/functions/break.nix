[ (builtins.break 1) (builtins.typeOf (builtins.break [ ])) ]
