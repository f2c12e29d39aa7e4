# A set of packages of its own, inside the large one: its members see each other first.
self:
{
  python = self.callPackage
    ({ stdenv, zlib, tls, ... }@arguments: stdenv.mkDerivation (this: {
      pname = "python";
      version = "3.11.7";
      buildInputs = [ zlib tls ];
      passthru = {
        short = builtins.concatStringsSep "." (builtins.genList (builtins.elemAt (builtins.splitVersion this.version)) 2);
        with_ = choose: self.environment (choose self);
      };
    }))
    { };
  buildModule = self.callPackage
    ({ stdenv, python }: { pname, version, requires ? [ ], ... }@arguments:
      stdenv.mkDerivation (builtins.removeAttrs arguments [ "requires" ] // {
        pname = "python${python.short}-${pname}";
        propagated = requires;
        buildInputs = [ python ] ++ requires;
      }))
    { };
  environment = packages: self.callPackage
    ({ stdenv, python }: stdenv.mkDerivation {
      inherit (python) version;
      pname = "python-env";
      paths = [ python ] ++ packages;
    })
    { };
  six = self.buildModule { pname = "six"; version = "1.16"; };
  wheel = self.buildModule { pname = "wheel"; version = "0.42"; doCheck = false; };
  attrs = self.buildModule { pname = "attrs"; version = "23.1"; requires = [ self.six ]; };
  requests = self.buildModule { pname = "requests"; version = "2.31"; requires = [ self.attrs self.urllib ]; };
  urllib = self.buildModule { pname = "urllib"; version = "2"; format = "wheel"; requires = [ self.six ]; nativeBuildInputs = [ self.wheel ]; };
  env = self.python.with_ (p: [ p.requests p.six ]);
}
