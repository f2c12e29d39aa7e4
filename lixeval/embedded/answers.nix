# What lixeval knows of its host, asked by question; `host.nix` says which there are.
#
# missing/KIND/NAME,... is an error that says what the answers to KIND/NAME say is missing.
#
# lixeval answers itself and leaves each answer as a JSON file beside its store, where real Nix finds it: in
# `hostDirectory`, $LIXEVAL_HOST_DIRECTORY, else $LIXEVAL_STORE/host, the user's own store's, or that of /nix.
{ hostDirectory }:
let
  store = builtins.getEnv "LIXEVAL_STORE";
  named = builtins.getEnv "LIXEVAL_HOST_DIRECTORY";
  data = builtins.getEnv "XDG_DATA_HOME";
  home = builtins.getEnv "HOME";

  directories =
    if hostDirectory != null then
      [ (toString hostDirectory) ]
    else if named != "" then
      [ named ]
    else
      (if store == "" || store == "/" then [ ] else [ "${store}/host" ])
      ++ [
        (if data != "" then "${data}/lixeval/host" else "${home}/.local/share/lixeval/host")
        "/nix/var/lixeval/host"
      ];

  read =
    question:
    let
      files = builtins.filter builtins.pathExists (map (directory: "${directory}/${question}.json") directories);
    in
    if files != [ ] then
      builtins.fromJSON (builtins.readFile (builtins.head files))
    else
      throw "nothing is known of the host's ${question}: evaluate the expression once with lixeval, which writes ${builtins.head directories}/${question}.json";

  refused = builtins.match "missing/([a-z]*)/(.*)";

  missing =
    kind: names:
    builtins.concatStringsSep "; " (
      map (name: (read "${kind}/${name}").missing) (builtins.filter builtins.isString (builtins.split "," names))
    );
in
builtins.__hostPackage or (
  question:
  let
    asked = refused question;
  in
  if asked == null then read question else throw (missing (builtins.elemAt asked 0) (builtins.elemAt asked 1))
)
