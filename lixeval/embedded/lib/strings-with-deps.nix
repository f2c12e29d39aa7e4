# Pieces of text that name the pieces which have to come before them.
{ lib }:
let
  inherit (builtins) isAttrs map;
in
rec {
  noDepEntry = text: fullDepEntry text [ ];
  fullDepEntry = text: deps: { inherit text deps; };
  packEntry = deps: { inherit deps; text = ""; };
  stringAfter = deps: text: { inherit text deps; };

  textClosureList =
    predefined: wanted:
    let
      # `done` marks the names already placed; a piece given itself is always placed.
      place =
        state: item:
        if isAttrs item then
          append (places state item.deps) item
        else if state.done ? ${item} then
          state
        else
          # A piece that is text itself is the name of another piece.
          place (state // { done = state.done // { ${item} = true; }; }) predefined.${item};
      places = builtins.foldl' place;
      append = state: piece: state // { texts = state.texts ++ [ piece.text ]; };
    in
    (places {
      done = { };
      texts = [ ];
    } wanted).texts;
  textClosureMap = f: predefined: names: lib.concatStringsSep "\n" (map f (textClosureList predefined names));
}
