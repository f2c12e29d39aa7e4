"""The builtins, one module a topic, and what one topic alone needs.

    table        all names: in which module each stands, how many arguments it takes, what is a global
    constants    the builtins that are values
    imports, search_path, paths, source_paths    files: evaluated, found, read, copied to the store
    derivations, derivation_sets, dynamic_outputs, contexts    derivations, and what strings know of them
    types, arithmetic, strings, lists, attrsets, control    values and when they are evaluated
    specialised_lists    `map`, `genList` and `concatLists` where the compiler knows more
    sorting, generic_closure, versions, hashing, regex    libstdc++'s sort, closures, versions, digests, patterns
    regex_programs    what `re` makes of patterns, kept between runs
    json, toml, xml    values as texts of other languages
    downloads, fetch_tree, flakes    what is fetched, by `fetchers`
    closures, host_package    a path from a binary cache; a program of this machine

A builtin is a Python function under `runtime.builtin.builtin`, which gives it its Nix name.  Its parameters are the Nix
arguments (values or cells), its docstring is its manual, whose examples a test runs.  One that needs files, the store
or settings has them as keyword-only parameters; `environment` is the only way to them.  A module is imported when
the first of its builtins is asked for.
"""
