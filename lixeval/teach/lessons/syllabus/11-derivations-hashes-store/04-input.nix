# title: How one derivation needs another
# kind: complete
# read: To put a derivation into an attribute is to depend on it: the string's context says so.
# ask: Make the wrapper depend on the tool.
# answer: true
# solution: ${tool}/bin/tool
# hint: A path written by hand has no context.
# hint: Interpolate the tool.
let
  tool = derivation { name = "tool"; system = "x86_64-linux"; builder = "/bin/sh"; };
  wrapper = derivation { name = "wrapper"; system = "x86_64-linux"; builder = "/bin/sh"; program = "???"; };
in
builtins.hasContext wrapper.program
