{
  join = list: builtins.concatStringsSep "," list;
}
