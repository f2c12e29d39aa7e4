assert { a = 1; } == { a = 1.0; }; "fine"
