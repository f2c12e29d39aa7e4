# blame: 7:18
let
  evaluate = name: value: builtins.addErrorContext "while evaluating the option '${name}'" value;
in
builtins.mapAttrs evaluate {
  port = 80;
  host = "web" + 1;
}
