let
  values = [ 1 1.0 true null "s" ./data [ ] { } (x: x) builtins.map (builtins.add 1) { __functor = self: x: x; } ];
  on = f: map f values;
in
{
  typeOf = on builtins.typeOf;
  isAttrs = on builtins.isAttrs;
  isBool = on builtins.isBool;
  isFloat = on builtins.isFloat;
  isFunction = on builtins.isFunction;
  isInt = on builtins.isInt;
  isList = on builtins.isList;
  isNull = on isNull;
  isPath = on builtins.isPath;
  isString = on builtins.isString;
}
