# Numbers as text and text as numbers.
{ lib }:
let
  inherit (builtins)
    fromJSON
    head
    isInt
    match
    stringLength
    ;

  parse =
    function: text: digits:
    let
      number = fromJSON digits;
    in
    if isInt number then number else throw "${function}: Could not convert ${lib.strings.escapeNixString text} to int.";
  refuse = function: text: throw "${function}: Could not convert ${lib.strings.escapeNixString text} to int.";
in
rec {
  # Blanks around the number are allowed, a zero before it is not: it might mean octal.
  toInt =
    text:
    let
      digits = match "[[:space:]]*(-?[[:digit:]]+)[[:space:]]*" text;
    in
    if digits == null then
      refuse "toInt" text
    else if match "0[[:digit:]]+" (head digits) != null then
      throw "toInt: Ambiguity in interpretation of ${lib.strings.escapeNixString text} between octal and zero padded integer."
    else
      parse "toInt" text (head digits);
  toIntBase10 =
    text:
    let
      digits = match "[[:space:]]*0*(-?[[:digit:]]+)[[:space:]]*" text;
    in
    if digits == null then refuse "toIntBase10" text else parse "toIntBase10" text (head digits);

  fixedWidthString =
    width: filler: text:
    let
      missing = width - stringLength text;
      size = stringLength filler;
    in
    if missing < 0 || missing > 0 && lib.mod missing size != 0 then
      throw "fixedWidthString: requested string length (${toString width}) must not be shorter than actual length (${toString (stringLength text)})"
    else if missing == 0 then
      text
    else
      lib.strings.replicate (missing / size) filler + text;
  fixedWidthNumber = width: number: fixedWidthString width "0" (toString number);

  floatToString =
    number:
    let
      text = toString number;
    in
    lib.warnIf (fromJSON text != number) "Imprecise conversion from float to string ${text}" text;
}
