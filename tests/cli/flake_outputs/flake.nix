{
  description = "outputs of every kind";
  outputs =
    { self }:
    let
      made = name: derivation {
        inherit name;
        system = "x86_64-linux";
        builder = "/bin/sh";
      };
      described = name: made name // { meta.description = "what ${name} is"; };
      systems = value: {
        x86_64-linux = value;
        aarch64-darwin = value;
      };
    in
    {
      packages = systems {
        default = made "usual";
        hello = described "hello";
      };
      legacyPackages = systems {
        old = made "old";
        fails = throw "no";
        set.inner = made "inner";
      };
      checks = systems { unit = made "unit"; };
      devShells = systems { default = made "shell"; };
      devShell = systems (made "shell");
      defaultPackage = systems (made "usual");
      formatter = systems (made "formatter");
      apps = systems {
        run = {
          type = "app";
          program = "/bin/run";
        };
        other = {
          type = "app";
          program = "/bin/other";
          meta.description = "the other";
        };
      };
      hydraJobs.build.x86_64-linux = made "job";
      overlays.default = final: prev: { };
      overlay = final: prev: { };
      nixosModules.web = { ... }: { };
      nixosConfigurations.box.config.system.build.toplevel = made "toplevel";
      templates.default = {
        path = ./template;
        description = "a start";
        welcomeText = "Welcome.";
      };
      lib.f = x: x;
      homeModules.a = { };
      other = 5;
      empty = { };
      packagesOf = throw "never looked at";
    };
}
