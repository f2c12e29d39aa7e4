# title: A function says what it wants
# kind: predict
# read: builtins.functionArgs f is a set: each name between the braces, and whether it has a default.
# ask: What is the value?
# answer: { port = true; zlib = false; }
# hint: true means: may be left out.
# after: doc functionArgs
builtins.functionArgs ({ zlib, port ? 80 }: zlib)
