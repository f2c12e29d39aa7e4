# A function of one name is taken for one that is called once if it is long, which this comment makes it: the offsets of
# a function begin behind it, so there is another one inside.
x: {
  # A file that is a function of seven hundred characters and more is not compiled as one that is called all over: its
  # body is walked, and so is its head.  Nobody can tell that from what it gives: neither from its values nor from the
  # places that its messages name; nor is there another way to tell whether a value waits for somebody who wants it, but
  # for printing without --strict.  This text goes on until there are enough characters, which takes another line or
  # two; and as nobody reads them, they may as well say that the longest name in the language of which anybody knows is
  # no longer than a line.  Here it ends.
  sum = x + 1;
  list = [ x (x + 2) ];
  self = x;
}
