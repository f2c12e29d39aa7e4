# Arguments of several sets, of which the inner one's body is walked: this comment is here as a file of two functions is
# taken for one that is called once if the first takes a set.
{ a, n, ... }:
with { inherit a; };
{ b, c ? d, d ? c, ... }@args:
{
  sum = a + b;
  list = [ a b n ] ++ (if args ? x then [ c d ] else [ ]);
  long = {
    text = "a thunk that is long enough for a piece of its own: ${toString a}, and ${toString b}, and so on, until there are ${toString n} of these: three hundred characters are a lot of text, it seems, so here is some more";
    other = builtins.length [ a b n ] + (if a == b then 1 else builtins.stringLength "text that is here for its length");
  };
}
