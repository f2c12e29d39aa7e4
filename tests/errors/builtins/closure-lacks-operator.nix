# blame: 2:25
builtins.genericClosure {
  startSet = [ { key = 1; } ];
}
