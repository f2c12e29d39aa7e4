"""Comparison of lixeval with real Nix.

    subjects -> each implementation's outcomes -> differences -> where exactly the values or derivations part

A *subject* is a file or an expression, with the arguments it is called with; an *outcome* is what an implementation
makes of it in one *mode*: its value printed lazily or strictly, its parse, the paths of its derivations, or an error.
`real_nix` runs nix-instantiate, many subjects a process; `own` runs lixeval in a process of its own, which may crash or
hang without harm (`worker`).  `comparing` brings both together; `printed_values` finds the attribute at which two
values part and `store.reports.derivation_difference` the field at which two derivations do.  `generate` makes random
programs out of `literals`, `builtin_calls`, `random_leaves`, `random_values` and `random_derivations`, `mutations`
damages them, `trials` compares them, and `shrinking` makes small those on which the implementations differ.

Differences that are known and stay, all of them accidents of C++ Nix 2.26: names that no text holds (`listToAttrs`,
`fromJSON`) come last in the order in which sets are compared and forced, whenever they were made; an attribute's
function that is selected for two arguments of a call (`f h.a h.a`) is the same in both; `elemAt` takes an index modulo
2^32 before it looks (and then reads anywhere); `break` hands on a thunk that --strict prints as `<CODE>`.

And some of ours: a function (or a short list) that a `let` or a parameter is bound to by more than a name, and that is
evaluated at once, is the very one that it came from (`let g = head [ f ]; in seq g ([ g ] == [ f ])` is true, in C++
Nix false); and what the right operand of `+` in a function traces is said before the left one, a set, traces what it is
as a string, or is refused.  `--instantiate` evaluates one derivation of a set or list after the other, C++ Nix first
all as far as to know that they are derivations: what they trace is said in another order.
"""
