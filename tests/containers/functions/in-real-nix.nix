# A layer made by a build of real Nix in which lixeval stands for the original program.
{ python }:
let
  inherit (import ./layer-contents.nix) top;
  run =
    name: script: attributes:
    derivation (
      attributes
      // {
        inherit name;
        system = builtins.currentSystem;
        builder = "/bin/sh";
        args = [
          "-c"
          script
        ];
        PYTHONPATH = "/lixeval:/site";
        PYTHONDONTWRITEBYTECODE = "1";
      }
    );
  graph = run "closure-graph.json" ''
    exec ${python} -c '
    import json
    attributes = json.load(open(".attrs.json"))
    graph = sorted(attributes["graph"], key=lambda entry: entry["path"])
    json.dump(graph, open(attributes["outputs"]["out"], "w"))
    '
  '' { __structuredAttrs = true; exportReferencesGraph.graph = [ top ]; };
  history = builtins.toFile "history.json" (builtins.toJSON { created_by = "nix2container"; });
in
run "layers.json" ''
  cd /
  exec ${python} -m lixeval nix2container layers-from-reproducible-storepaths $out ${graph} --max-layers 2 \
    --history ${history}
'' { }
