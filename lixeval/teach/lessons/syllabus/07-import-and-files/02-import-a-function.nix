# title: A file that holds a function
# kind: complete
# read: A file has no arguments, but its value may be a function.
# ask: data/greeting.nix is a function of a set with name. Call it.
# answer: "Hello, Ada!"
# solution: { name = "Ada"; }
# hint: import ./file.nix gives the function; the argument stands behind it.
import ./data/greeting.nix ???
