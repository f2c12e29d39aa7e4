"""From nodes to Python code objects.

    nodes -> names resolved to bindings -> Python `ast` with the Nix file's own positions -> code object -> code cache

Each expression that must be delayed becomes a module-level Python function (a *unit*) that takes the thunk's cell,
reads the variables it needs from the cell's environment, and stores the value; each lambda becomes a nested `def` whose
variables are Python's.  An example, `let f = x: x + y; in [ (f 1) ]` inside a scope that binds `y`:

    def f_2(x_3):                          # known function: called directly
        if x_3.__class__ is list: x_3 = x_3[0](x_3)
        …
        return t if … else ADD(x_3, y_1)

    def T_4(c):                            # unit: the thunk of (f 1)
        f_2 = c[1]                         # its environment: one variable, or a tuple of them
        c[0] = BLACKHOLE
        try:
            v = f_2(1)
        except:
            c[0] = T_4
            raise
        c[1] = v
        c[0] = READ
        return v

    ([T_4, f_2],)                          # the list: one cell

Code that runs about once, that of a file outside the functions in it, is data that `runtime.walk` walks, for what it
costs is being generated, compiled and loaded (`walked`); the function that a file is, is such code too, until it has
been called often: then its body is compiled as one piece more.  Functions in it are Python's, and what is better
compiled with them: `let`s that bind functions, loops.

Generated code uses only names that `lixeval.runtime.exports` offers, besides the file's own. Modules, each on the ones
above it: `pyast` (building Python nodes), `scope` (names and what they are bound to), `analysis` (free names), `places`
(what flows into what), `flow_of_builtins`, `visibility` (which lists nobody looks into), `symbol_order`, `forcing`
(what is forced first), `frames` (Python functions under construction), `pieces` (what is compiled at one go, and what
is put off), `positions` (where nodes stand), `captures` (what names mean, and what a piece holds), `generator`
(dispatch), `literals`, `selection`, `operators`, `comparators` (what orders by keys), `asking` (what asks for an
attribute), `traits` (what else functions are seen to do), `functions`, `calls`, `bindings`, `attribute_sets` (one
construct each), `walked`, `walked_sets`, `walked_functions` (what runs once), `runs` (very many elements of one shape,
as data), `unbound` (which name an error tells), `program` (whole files), `compiled` and `cache` (what is kept).
"""
