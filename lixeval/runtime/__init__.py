"""What Nix values are in Python, and what can be done to them.

The room's modules, each on the ones above it: `values` (representation), `thunks` (cells that delay), `faults` (how
errors are raised), `call`, `strings` (context, coercion), `compare`, `operators`, `printing`, `exports` (the only names
that generated code may use).
"""
