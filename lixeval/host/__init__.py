"""Knowledge of the host's packages: what they are called, what they consist of, and how they become store paths.

The journey: a question of the Nix side -> `answers` (kept?) -> `names` (nixpkgs' name -> a group of installed packages;
`dpkg`, `rpm`, `apk`, `pacman`, behind them `unpackaged`, all through `combined`) -> `contents` (which files) and
`dependencies` (which other groups) -> `describe` (the answer) -> a derivation -> `package_builder` (copies, sets loader
and rpath, writes wrappers).

    table, variants            nixpkgs' names and the hosts', as data and by rule
    detect, database           which package manager there is, and what is asked of any
    this_host                  who answers for this machine; `records`, `digests` are what package managers share
    layout, elf, linking       where a file lies in a store path; what a program is linked with
    patching, patcher_place    loader and rpath set; the program that does it
    scripts, programs, shell   interpreter lines, what particular programs need, the sandbox's /bin/sh
    builders                   the name by which derivations call `package_builder`
"""
