builtins.deepSeq [ (throw "inside") ] 1
