# title: A set has attributes
# kind: complete
# read: { a = 1; b = 2; } is a set with two attributes. Each ends with a semicolon.
# ask: Add the attribute that makes the set say on which port to listen.
# answer: { host = "localhost"; port = 8080; }
# solution: port = 8080;
# hint: The attribute is called port, its value is 8080.
# hint: Do not forget the semicolon.
{
  host = "localhost";
  ???
}
