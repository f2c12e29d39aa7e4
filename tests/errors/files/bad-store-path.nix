# blame: 2:20
builtins.storePath /etc/passwd
