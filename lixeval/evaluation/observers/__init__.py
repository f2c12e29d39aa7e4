"""What a run tells about itself when it is asked: counts and times (--stats), and a flame graph (--profile).

`counts` is fed by code that `probes` has put counters into while it was compiled; such code has places of its own in
the code cache, and code that nobody watches holds nothing of it.  `sampling` needs nothing in the code: it looks at the
evaluation's stack a thousand times a second.  `meter` counts calls and steps exactly, where a run is bounded.
"""
