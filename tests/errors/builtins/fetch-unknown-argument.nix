# blame: 4:3
builtins.fetchurl {
  url = "http://localhost/x";
  sha265 = "";
}
