let
  odd = [ "a\tb" "a\nb" "a\rb" "a\"b" "a\\b" "é" "$x" ];
  with_ = more: (derivation ({ name = "d"; system = "s"; builder = "b"; } // more)).drvPath;
in
{
  system = map (text: with_ { system = text; }) odd;
  builder = map (text: with_ { builder = text; }) odd;
  args = map (text: with_ { args = [ text ]; }) odd;
  value = map (text: with_ { x = text; }) odd;
  name = map (text: with_ { ${text} = 1; }) odd;
}
