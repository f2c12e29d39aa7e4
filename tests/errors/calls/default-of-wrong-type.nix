# blame: 3:20
let
  greet = { name ? null }: "hello " + name;
in
greet { }
