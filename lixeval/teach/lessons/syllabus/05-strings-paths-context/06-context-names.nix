# title: What the context says
# kind: complete
# read: builtins.getContext gives the context as a set: the .drv file, and which of its outputs.
# ask: Which outputs of the tool does the text need? Fill in the list.
# answer: true
# solution: "out"
# hint: ${tool} is the output that is called out.
# after: doc getContext
let
  tool = derivation { name = "tool"; system = "x86_64-linux"; builder = "/bin/sh"; };
  context = builtins.getContext "${tool}/bin/tool";
in
(builtins.head (builtins.attrValues context)).outputs == [ ??? ]
