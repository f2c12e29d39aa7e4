# title: A file that nobody asks for
# kind: predict
# read: A path is only looked at when something reads it.
# ask: What is the value?
# answer: "small"
# hint: Which branch is taken?
# after: explain
if 1 < 2 then "small" else import ./data/there-is-no-such-file.nix
