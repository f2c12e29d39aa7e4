# The one that is missing is mentioned nowhere.
({ a, b, c ? b }@all: a) { a = 1; c = 2; d = 3; }
