# title: A file is evaluated once
# kind: predict
# read: Who imports the same file again gets the same value. data/loud.nix says "loud" when it is evaluated.
# ask: How often is it said?
# answer: 1
# value: 84
# traced: 1
# hint: Imports are remembered by path.
# after: explain
import ./data/loud.nix + import ./data/loud.nix
