# blame: 5:1
let
  args = { config = null; };
in
args.config // { allowUnfree = true; }
