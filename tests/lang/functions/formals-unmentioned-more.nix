# All that are asked for are there, mentioned or not, and one more.
({ a, b }: b) { a = 1; b = 2; d = 3; }
