"""One evaluation put together.

inputs       what the user names, opened: text, file, standard input, search path
loader       pieces of code on demand
evaluator    text -> value; owns every cache and setting of one evaluation
auto_call    arguments given and asked for; attributes by path (-A)
workspace    the store, the evaluator, and what builds for both
targets      derivations and images made of values
observers    counts, times and flame graphs of a run
remembered   results with what they depended on
"""
