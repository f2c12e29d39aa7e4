import ../files-import-one-another.nix
