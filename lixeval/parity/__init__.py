"""Comparison of lixeval with real Nix.

    subjects -> each implementation's outcomes -> differences -> where exactly the values or derivations part

A *subject* is a file or an expression, with the arguments it is called with; an *outcome* is what an implementation
makes of it in one *mode*: its value printed lazily or strictly, its parse, the paths of its derivations, or an error.
`real_nix` runs nix-instantiate, many subjects a process; `own` runs lixeval in a process of its own, which may crash
or hang without harm (`worker`).  `comparing` brings both together; `printed_values` finds the attribute at which two
values part and `store.derivation_difference` the field at which two derivations do.  `generate` makes random
programs out of `literals` and `builtin_calls`, `mutations` damages them, `trials` compares them, and `shrinking` makes
small those on which the implementations differ.
"""
