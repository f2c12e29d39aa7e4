# The very same function is equal unseen, and the error is about what is behind it.
let
  f = x: x;
in
assert
  {
    a = f;
    b = 1;
  } == {
    a = f;
    b = 2;
  };
1
