{
  imports = [ ./misspelt.nix ];
}
