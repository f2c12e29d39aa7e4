# title: Layers on layers
# kind: complete
# read: A layer holds the store paths of its deps, without those that the layers below have. So the shell is stored once.
# ask: What is left for the layer of tools? Take away what the shell's layer has.
# answer: [ "grep" "sed" ]
# solution: !(builtins.elem path shellLayer)
# hint: Keep a path if it is no element of shellLayer.
let
  shellLayer = [ "glibc" "bash" ];
  toolClosure = [ "glibc" "grep" "sed" ];
in
builtins.filter (path: ???) toolClosure
