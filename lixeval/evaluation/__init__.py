"""One evaluation put together.

inputs         what the user names, opened: text, file, standard input, search path
compiled_file  a file's code, in pieces on demand
unread         files that are not read, since their stamps say what they hold
evaluator      text -> value; owns every cache and setting of one evaluation
auto_call      arguments given and asked for; attributes by path (-A)
workspace      the store, the evaluator, and what builds for both
in_place       fetched trees whose functions have lixeval's own in their place
limits         bounds of one run
shipping       what an installation brings compiled
targets        derivations and images made of values
side_by_side   several of them, evaluated by several processes
observer       who watches a run: nobody
observers      counts, times and flame graphs of a run
remembered     results with what they depended on
"""
