{
  a,
  b ? a + 1,
  c ? [ b later ],
  d ? 3,
  e ? d,
  f ? x: x,
  g ? { inherit a; },
  later ? null,
  i ? j,
  j ? (if h == null then 7 else i),
  k ? "text",
  h ? later,
  true ? false,
  l ? true,
  m ? abort "nobody asks",
  ...
}@all:
{
  inherit a b c d e g i j k later l;
  applied = f a;
  shown = f;
  given = builtins.attrNames all;
  formals = builtins.attrNames (builtins.functionArgs f);
}
