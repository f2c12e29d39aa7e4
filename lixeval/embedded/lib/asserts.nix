# Assertions that say what was expected.
{ lib }:
let
  inherit (builtins) all elem filter map;
  show = lib.generators.toPretty { };
in
rec {
  assertMsg = condition: message: condition || throw message;

  assertOneOf =
    name: value: allowed:
    assertMsg (elem value allowed) "${name} must be one of ${show allowed}, but is: ${show value}";

  assertEachOneOf =
    name: values: allowed:
    assertMsg (all (value: elem value allowed) values)
      "each element in ${name} must be one of ${show allowed}, but is: ${show values}";

  # `assertions` are sets { assertion, message } as modules declare them.
  checkAssertWarn =
    assertions: warnings: value:
    let
      failed = map (entry: entry.message) (filter (entry: !entry.assertion) assertions);
      list = lib.concatMapStringsSep "\n" (message: "- ${message}") failed;
    in
    if failed != [ ] then throw "\nFailed assertions:\n${list}" else lib.showWarnings warnings value;
}
