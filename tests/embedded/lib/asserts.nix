{ lib }:
let
  bomb = abort "forced";
in
{
  "assertMsg-true" = lib.assertMsg true bomb;
  "assertMsg-false" = lib.assertMsg false "nope";
  "assertOneOf-good" = lib.assertOneOf "x" 1 [ 2 1 ];
  "assertOneOf-bad" = lib.assertOneOf "x" 1 [ 2 ];
  "assertEachOneOf-good" = lib.asserts.assertEachOneOf "x" [ 1 2 ] [ 2 1 ];
  "assertEachOneOf-bad" = lib.asserts.assertEachOneOf "x" [ 1 3 ] [ 2 1 ];
  "checkAssertWarn-good" = lib.asserts.checkAssertWarn [ { assertion = true; message = bomb; } ] [ "careful" ] 1;
  "checkAssertWarn-bad" = lib.asserts.checkAssertWarn [ { assertion = false; message = "m"; } ] [ ] bomb;
}
