# title: import evaluates a file
# kind: complete
# read: import ./file.nix is the value of the expression in that file. The path is relative to the file it stands in.
# ask: data/versions.nix holds a set. Take from it the version of Python.
# answer: "3.11"
# solution: python
# hint: Look into the file beside this one, in the folder data.
# after: explain
(import ./data/versions.nix).???
