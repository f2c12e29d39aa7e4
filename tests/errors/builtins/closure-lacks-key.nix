# blame: 3:16
builtins.genericClosure {
  startSet = [ { id = 1; } ];
  operator = item: [ ];
}
