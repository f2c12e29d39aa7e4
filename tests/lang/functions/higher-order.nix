let compose = f: g: x: f (g x); inc = x: x + 1; in compose inc (compose inc inc) 0
