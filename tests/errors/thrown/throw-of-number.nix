# blame: 2:7
throw 5
