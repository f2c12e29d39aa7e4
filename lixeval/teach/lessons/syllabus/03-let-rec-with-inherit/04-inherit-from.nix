# title: inherit from a set
# kind: predict
# read: inherit (e) a b; is short for a = e.a; b = e.b;
# ask: What is the value?
# answer: { gcc = "12"; }
# hint: Only what is named is taken.
# after: explain
let
  versions = { gcc = "12"; clang = "16"; };
in
{
  inherit (versions) gcc;
}
