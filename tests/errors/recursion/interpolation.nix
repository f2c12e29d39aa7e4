# blame: 3:3 or 3:13
rec {
  path = "${path}:/bin";
}
