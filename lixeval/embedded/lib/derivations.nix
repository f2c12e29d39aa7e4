# Derivations that are looked at without being evaluated.
{ lib }:
let
  inherit (builtins) listToAttrs map mapAttrs removeAttrs;
in
{
  inherit (builtins) unsafeDiscardOutputDependency;
  addDrvOutputDependencies =
    builtins.addDrvOutputDependencies or (
      text: throw "addDrvOutputDependencies: this Nix has no such builtin (${text})"
    );

  # The names of the result's attributes are known before `derivation` is forced.
  lazyDerivation =
    {
      derivation,
      meta ? null,
      passthru ? { },
      outputs ? [ "out" ],
    }@given:
    let
      checked =
        let
          notDerivation = throw "lazyDerivation: input must be a derivation.";
          other = throw "lazyDerivation: derivation has outputs ${lib.concatStringsSep " " derivation.outputs}, but the caller declared ${lib.concatStringsSep " " outputs}";
        in
        if !lib.isDerivation derivation then
          notDerivation
        else if derivation.outputs or [ "out" ] != outputs then
          other
        else
          derivation;
    in
    listToAttrs (map (name: { inherit name; value = checked.${name}; }) outputs)
    // {
      type = "derivation";
      inherit (checked) outPath outputName drvPath name system;
      inherit outputs;
      meta = given.meta or checked.meta;
    }
    // passthru;

  optionalDrvAttr = condition: value: if condition then value else null;

  # What tools look at before they decide to use a package stays silent.
  warnOnInstantiate =
    message: drv:
    drv // mapAttrs (_: lib.warn message) (removeAttrs drv [ "meta" "name" "type" "outputName" ]);
}
