# The host's packages as derivations: one a group of host packages, with the builder that runs
# inside lixeval.
#
# What is known of the host is asked for by name and only when needed:
#   index             -> { manager, system, packages = [ names ] }
#   attributes/NAME   -> { package } or { missing = "how to get it" }
#   packages/NAME     -> a description, { group = the package it is merged into } or { missing }
{
  lib,
  system,
  hostDirectory,
  ask ? import ./answers.nix { inherit hostDirectory; },
}:
let
  index = ask "index";

  # All names of host-packages.json and those that its rules make (see host/variants.py).
  names = builtins.fromJSON (builtins.readFile ./host-names.json);

  # Every name has one value, so a package that many others need is made into a derivation once.
  # What is in no package manager's records (a program of its own on PATH) is not in the index.
  packages = builtins.listToAttrs (
    map (name: {
      inherit name;
      value = package name;
    }) index.packages
  );

  named = name: packages.${name} or (package name);

  package =
    name:
    let
      answer = ask "packages/${name}";
    in
    if answer ? missing then
      ask "missing/packages/${name}"
    else if answer ? group then
      named answer.group
    else if answer.system != system then
      throw "the package '${name}' is taken from the host, which is ${answer.system} and not ${system}"
    else
      fromDescription name answer;

  fromDescription =
    name: description:
    let
      drv = derivation {
        inherit (description) name fingerprint;
        inherit system;
        builder = "builtin:host-package";
        hostPackage = name;
        hostAttribute = description.attribute;
        hostManager = description.manager;
        hostMembers = builtins.concatStringsSep "\n" description.members;
        dependencyNames = description.dependencies;
        dependencies = map named description.dependencies;
        preferLocalBuild = true;
        allowSubstitutes = false;
      };

      meta = {
        inherit (description) description name;
        available = true;
        outputsToInstall = [ "out" ];
        platforms = [ system ];
      }
      // lib.optionalAttrs (description.homepage != "") { inherit (description) homepage; }
      // lib.optionalAttrs (description.mainProgram != "") { inherit (description) mainProgram; };

      passthru =
        {
          bash.shellPath = "/bin/bash";
          python3 = {
            pythonVersion = lib.versions.majorMinor description.version;
            interpreter = "${drv}/bin/python3";
            executable = "python3";
            sitePackages = "lib/python3/dist-packages";
            isPy3 = true;
          };
        }
        .${description.pname} or { };
    in
    presented description drv { inherit meta passthru; };

  # A package of the host cannot be built otherwise, but something else can be said of it (a priority).
  presented =
    description: drv: said:
    let
      # The host knows no outputs: whatever one asks for is in the only one.
      self = drv // {
        inherit (description) pname version;
        inherit (said) meta passthru;
        outputs = [ "out" ];
        out = self;
        bin = self;
        dev = self;
        lib = self;
        man = self;
        doc = self;
        info = self;
        data = self;
        overrideAttrs =
          changes:
          let
            changed = lib.toExtension changes self self;
            other = removeAttrs changed [
              "meta"
              "passthru"
            ];
          in
          if other != { } then
            throw "the package '${description.pname}' is taken from the host as it is: nothing but its meta and passthru can be overridden, not ${lib.concatStringsSep ", " (builtins.attrNames other)}"
          else
            presented description drv (said // changed);
        override = _: self;
        overrideDerivation = _: self;
      }
      // said.passthru;
    in
    self;

  answers = lib.genAttrs names (name: ask "attributes/${name}");
in
{
  inherit ask packages;

  # Whether the host has what this attribute means.
  has = name: answers ? ${name} && answers.${name} ? package;

  attributes = lib.mapAttrs (
    name: answer: if answer ? missing then ask "missing/attributes/${name}" else named answer.package
  ) answers;
}
