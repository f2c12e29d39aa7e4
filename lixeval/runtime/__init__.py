"""What Nix values are in Python, and what can be done to them.

In the order to read them:

    values                 representation
    code_info              what compiled code says of itself
    traits                 what functions may be to those who apply them
    thunks                 cells that delay
    faults                 how errors are raised; `showing` is how they show values
    call                   functions applied
    eagerness              functions of numbers, applied before anybody wants what they give
    gathering              what folds like `unique` gather, each thing once
    asking                 of which elements a function has something to say
    strings                context, coercion
    compare, inequality    equality and order; why two values differ
    operators              the operators of the language
    printing               values as text
    deep_forcing, nesting  a value with everything in it, and how deep that may be
    name_order, said       the order of names in a running program; of what it says while it goes through them
    builtin, arguments     how builtins are declared, and what they are given checked
    runs                   very many elements of one shape, made of one constant
    exports                the only names that generated code may use
    walk                   code that runs about once, as data that is walked
    walked_functions       functions of such code
    shared_code            what answers the cells that say as data what they are
    frames, instructions   what a failure leaves behind: variables by their meaning, what was about to be done
    walked_frames          the same of what is walked
"""
