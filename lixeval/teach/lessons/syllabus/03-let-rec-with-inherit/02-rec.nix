# title: A set whose attributes see each other
# kind: repair
# read: In { a = 1; b = a; } the name a is not the set's own. In rec { … } the attributes can use each other by name.
# ask: One word is missing. Repair it.
# answer: { name = "hello"; title = "hello-2.12"; version = "2.12"; }
# replace: {
# solution: rec {
# hint: Put the word before the brace.
{
  name = "hello";
  version = "2.12";
  title = "${name}-${version}";
}
