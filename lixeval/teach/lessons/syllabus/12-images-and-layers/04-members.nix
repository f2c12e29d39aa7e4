# title: Groups and their members
# kind: complete
# read: Each user says in which groups he is. The group file wants it the other way round: a fold within a fold.
# ask: Add the account to the members found so far.
# answer: { builders = [ "builder1" "builder2" ]; root = [ "root" ]; }
# solution: sofar.${group} or [ ]
# hint: The group may not be there yet.
# hint: In the first exercises: an attribute that may be missing.
let
  users = {
    root.groups = [ "root" ];
    builder1.groups = [ "builders" ];
    builder2.groups = [ "builders" ];
  };
in
builtins.foldl' (
  known: account:
  builtins.foldl' (sofar: group: sofar // { ${group} = ??? ++ [ account ]; }) known users.${account}.groups
) { } (builtins.attrNames users)
