"""Many attributes: every derivation below a set, evaluated one by one in worker processes.

    root -> names -> record (one attribute: a derivation, further names, an error) -> one line of JSON

What nix-eval-jobs does for Nix.
"""
