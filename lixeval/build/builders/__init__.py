"""The builders that run inside lixeval.

builder                what such a builder is given, and what it must do
shapes, inputs, output_tree    what it is asked for checked, what it may read, what it may write
of_nix                 the builders that real Nix has too, by name
fetch, fetchurl        files and archives from elsewhere, whose hashes are known
texts, build_env       files, and trees of links
user_environment       the trees of links that profiles are
of_nixpkgs             nixpkgs' trivial builders, without the programs that they are written for:
plain_script           their shell scripts parsed
plain_known            whether all of one is known
plain_commands, made_tree    and done, on a tree in memory
"""
