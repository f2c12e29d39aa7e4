# title: // takes the right side first
# kind: predict
# read: a // b has all attributes of both; where both have one, it is b's.
# ask: What is the value?
# answer: { a = 1; b = { y = 3; }; }
# hint: The attribute b is in both sets: whose is taken?
# hint: The whole attribute is taken. Sets inside are not mixed.
# after: explain
{ a = 1; b = { x = 2; }; } // { b = { y = 3; }; }
