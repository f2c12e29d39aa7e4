"""What a run did, for people who learn, teach, or ask why: recorded from one real run, never scripted.

    text | file -> evaluated under a `Recorder` -> log -> steps -> record -> told

    probes         compiled code that writes down what it does; only runs that are recorded have it
    recorder       the observer: the log, and its bound
    attempts       an evaluation that gives its value or its error
    watched        a program watched as far as the bounds allow, and what it comes to
    program        what the text alone says: the expression at a place, what a name is bound to
    values         bounded forms of values, `_` for what nobody asked
    texts, cells   the sources and the thunks that are met, by number
    steps          from the log to steps within steps
    step_forms     what the record says of each step
    record         the record: cells and steps as data, versioned (docs/record.md); `story` is the door
    replay         the thunks of a record at one of its steps
    rewriting      a small program's story: its expression before and after each step
    rewritten      such an expression, with what was replaced in it
    frames         a large program's: forces and calls that open
    summary        what it comes to: what nobody asked for, boxes with several names, layers, who asked for a failure
    browsing       walking through either
    tracing        the observer of provenance: calls, updates, strings put together
    provenance     who has set an attribute, and who has laid another one over it
    options        the definitions of an option of a module system
    contexts       why a path is in a string's context, and a derivation an input
    whereabouts    all that `where` answers, as data
    derivation_stages, image_stages    what a derivation becomes, and an image's digest, hash by hash
    manual         the manual of builtins and lib
    lints          what could be written better
    lessons        exercises, and the judge of what a learner makes of them

Who shows a run reads the record alone, so terminal, page, notebook and browser tell the same.
"""
