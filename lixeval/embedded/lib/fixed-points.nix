# Fixed points and overlays: a set described by a function of its own final value,
# and functions `final: prev: changes` that adjust such a description.
{ lib }:
rec {
  fix =
    f:
    let
      final = f final;
    in
    final;

  # Keeps the describing function, so that a later overlay can start from it.
  fix' =
    f:
    let
      final = f final // {
        __unfix__ = f;
      };
    in
    final;

  converge =
    f: x:
    let
      next = f x;
    in
    if next == x then x else converge f next;

  extends =
    overlay: f: final:
    let
      prev = f final;
    in
    prev // overlay final prev;

  composeExtensions =
    first: second: final: prev:
    let
      changes = first final prev;
    in
    changes // second final (prev // changes);

  # A right fold keeps this usable for overlays that exist only lazily.
  composeManyExtensions = lib.foldr composeExtensions (final: prev: { });

  makeExtensible = makeExtensibleWithCustomName "extend";
  makeExtensibleWithCustomName =
    extenderName: f:
    fix' (
      final:
      f final
      // {
        ${extenderName} = overlay: makeExtensibleWithCustomName extenderName (extends overlay f);
      }
    );

  # Accepts `changes`, `prev: changes` and `final: prev: changes` alike.
  toExtension =
    value:
    if !lib.isFunction value then
      final: prev: value
    else
      final: prev:
      let
        partly = value prev;
      in
      if lib.isFunction partly then value final prev else partly;
}
