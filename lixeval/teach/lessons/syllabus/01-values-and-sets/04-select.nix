# title: A dot selects an attribute
# kind: predict
# read: set.name is the value of the attribute. Dots can follow one another, and { a.b = 1; } is short for { a = { b = 1; }; }.
# ask: What is the value?
# answer: 443
# hint: services.web is a set with two attributes.
# after: explain
let
  services.web.host = "example.org";
  services.web.port = 443;
in
services.web.port
