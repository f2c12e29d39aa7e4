{
  imports = [ ./second.nix ];
}
