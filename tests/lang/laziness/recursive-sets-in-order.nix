# Which attributes are values and which are thunks follows from the order in which Nix meets the names.
{
  a = builtins.deepSeq (rec { b = 1; "or" = b; }) 1;
} // rec { b = 1; "or" = b; z = map c; y = 1; c = y; d = c; name = b; type = name; x = b; filter = y; }
