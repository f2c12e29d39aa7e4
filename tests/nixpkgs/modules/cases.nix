# Configurations of those options: what they come to, or how they fail.
{ library }:
let
  lib = import library;
  eval = module: (lib.evalModules { modules = [ ./options.nix module ]; specialArgs.extra = 7; });
  plain = config: builtins.removeAttrs config [ "unset" "make" "old" "gone" ] // { made = config.make 1; };
in
{
  nothing = plain (eval { }).config;
  much = plain (eval {
    services.service1 = { enable = true; level = "debug"; environment = { A = 1; B = "b"; C = null; D = true; }; nice = -20; limits.stack = 3; };
    services.service2 = lib.mkMerge [ { enable = true; extra = "first"; } (lib.mkIf false { port = "no"; }) { extra = lib.mkBefore "zeroth"; arguments = [ "x" ]; } ];
    users = { ann.id = 1; bob = lib.mkForce { id = 2; groups = [ "a" "b" ]; shell = "/bin/bash"; }; };
    tree = lib.mkMerge [ { a.b = 1; list = [ 1 ]; } { a.c = 2; } ];
    chosen = { text = "u"; };
    make = x: "made ${toString x}";
  }).config;
  priorities = plain (eval ({ extra, ... }: {
    imports = [ { services.service3.port = lib.mkDefault 1; } { services.service3.port = lib.mkOverride 60 2; } { services.service3.port = 3; } ];
    unique = lib.mkOverride 10 extra;
    ratio = 1;
  })).config;
  options = map (o: { inherit (o) name type readOnly internal; description = o.description or null; })
    (lib.optionAttrSetToDocList (eval { }).options);
  found = (eval { services.service4.nice = 5; }).options.services.service4.definitionsWithLocations;
  removed = map (a: { inherit (a) assertion message; }) (eval { gone = 1; }).config.assertions;

  fails = builtins.mapAttrs (_: check: builtins.deepSeq check check) {
    wrongString = (eval { services.service1.user = 1; }).config.services.service1.user;
    wrongList = (eval { services.service1.arguments = "a"; }).config.services.service1.command;
    wrongElement = (eval { services.service1.arguments = [ "a" 2 ]; }).config.services.service1.arguments;
    wrongEnum = (eval { services.service1.level = "warn"; }).config.services.service1.level;
    wrongPort = (eval { services.service1.port = 70000; }).config.services.service1.port;
    wrongBetween = (eval { services.service1.nice = 20; }).config.services.service1.nice;
    wrongUnion = (eval { services.service1.environment.X = 1.5; }).config.services.service1.environment;
    wrongSubmodule = (eval { services.service1 = 1; }).config.services.service1.port;
    wrongPath = (eval { users.ann = { id = 1; home = "relative"; }; }).config.users.ann.home;
    wrongPattern = (eval { users."Ann1".id = 1; }).config.users."Ann1".name;
    wrongRatio = (eval { ratio = 2; }).config.ratio;
    wrongFreeform = (eval { services.service1.limits.stack = "deep"; }).config.services.service1.limits;
    wrongTag = (eval { chosen = { other = 1; }; }).config.chosen;
    twoTags = (eval { chosen = { file = /x; text = "t"; }; }).config.chosen;
    missing = (eval { services.service99.enable = true; }).config.services;
    missingInside = (eval { services.service1.enabel = true; }).config.services.service1.enable;
    missingTop = (eval { no.such.option = 1; }).config.ratio;
    unset = (eval { }).config.unset;
    noId = (eval { users.ann = { }; }).config.users.ann.id;
    readOnly = (eval { services.service1.command = "mine"; }).config.services.service1.command;
    conflict = (eval { imports = [ { unique = 2; } { unique = 3; } ]; }).config.unique;
    conflictValues = (eval { imports = [ { services.service1.user = "a"; } { services.service1.user = "b"; } ]; }).config.services.service1.user;
    noArgument = (eval ({ nowhere, ... }: { ratio = nowhere; })).config.ratio;
    cycle = (eval ({ config, ... }: { ratio = config.ratio; })).config.ratio;
    noModule = (eval { imports = [ 1 ]; }).config.ratio;
    mixed = (eval { config = { }; ratio = 1; }).config.ratio;
    recursion = (eval ({ config, ... }: { imports = lib.optional (config.ratio == 1) { }; })).config.ratio;
  };
}
