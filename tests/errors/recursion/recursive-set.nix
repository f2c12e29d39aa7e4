# blame: 4:3 or 4:45
rec {
  name = "${pname}-${version}";
  pname = builtins.head (builtins.split "-" name);
  version = "1.0";
}
