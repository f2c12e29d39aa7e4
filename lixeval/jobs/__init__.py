"""Many attributes: every derivation below a set, evaluated one by one in worker processes.

    root -> names -> record (one attribute: a derivation, further names, an error) -> one line of JSON

What nix-eval-jobs does for Nix.

    record          what is said of one attribute
    workers         the processes that make records, each replaced when it has grown too large
    lines           JSON of several processes on one stream
    cache_status    whether an attribute is there, can be fetched, or has to be built
    building        builds while others are still evaluated
    giving          what was built copied away at once
    constituents    derivations that stand for others
"""
