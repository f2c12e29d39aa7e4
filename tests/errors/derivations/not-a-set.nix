# blame: 2:13
(derivation "hello").drvPath
