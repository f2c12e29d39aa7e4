a: b: { x = a // b; y = a ++ b; }
