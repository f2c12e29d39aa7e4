"""Knowledge of the host's packages: what they are called, what they consist of, and how they become store paths.

The journey: a question of the Nix side -> `answers` (kept?) -> `names` (nixpkgs' name -> a group of installed packages;
`dpkg`, `rpm`, `apk`, `pacman`, behind them `unpackaged`, all through `combined`) -> `contents` (which files) and
`dependencies` (which other groups) -> `describe` (the answer) -> a derivation -> `package_builder` (copies, sets loader
and rpath, writes wrappers).
"""
