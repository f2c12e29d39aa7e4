# The package set in every way that it can be asked for; each member is compared with real Nix.
let
  set = arguments: import ./. arguments;
  keep = pkgs: builtins.removeAttrs pkgs [ "lib" "stdenv" "config" "hostPlatform" "buildPackages" "pkgs" "callPackage" "newScope" "fetch" ]
    // { recurseForDerivations = true; };
  upgrade = final: prev: {
    zlib = prev.zlib.overrideAttrs (old: { version = "2.0"; patches = old.patches or [ ] ++ [ ./python.nix ]; });
    extra = final.callPackage ({ stdenv, zlib, fetcher }: stdenv.mkDerivation { pname = "extra"; version = "1"; buildInputs = [ zlib fetcher ]; }) { };
  };
  python = final: prev: {
    pythonPackages = prev.pythonPackages // prev.pythonPackages.overrideScope (self: super: {
      six = super.six.overrideAttrs { version = "99"; };
      mine = self.buildModule { pname = "mine"; version = "1"; requires = [ self.requests ]; };
    });
  };
in
{
  native = keep (set { });
  aarch64 = keep (set { crossSystem = "aarch64-linux"; });
  riscv = keep (set { crossSystem = "riscv64-linux"; overlays = [ upgrade ]; });
  overlaid = keep (set { overlays = [ upgrade python upgrade ]; });
  allowed = keep (set { config = { allowUnfree = true; allowBroken = true; }; });
  predicate = keep (set { config.allowUnfreePredicate = name: builtins.match "sec.*" name != null; });
  overridden = keep (set { config.packageOverrides = _: prev: { tls = prev.tls_1; gmp = prev.gmp.override { cxx = false; }; }; });
  structured = keep (set { config.structuredAttrsByDefault = true; });
  other = keep (set { system = "i686-linux"; });
}
