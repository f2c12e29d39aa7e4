"""The REPL: what its lines are, its session, its terminal, its printing.

`explaining` is what it tells of evaluation: steps, who asked, what a string is made from; `building` what it does with
derivations."""
