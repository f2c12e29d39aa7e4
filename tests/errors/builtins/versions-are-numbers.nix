# blame: 2:26
builtins.compareVersions 1.2 "1.3"
