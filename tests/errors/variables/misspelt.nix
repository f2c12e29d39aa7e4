# blame: 5:1
let
  message = "hello";
in
mesage + "!"
