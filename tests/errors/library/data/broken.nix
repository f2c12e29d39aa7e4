# A file of the user's own, with a mistake of its own.
{ first, ... }:
{ second = first + one; }
