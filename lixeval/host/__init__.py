"""Knowledge of the host's packages: what they are called, what they consist of, and how they become store paths.

The journey: a nixpkgs name -> `names` -> a group of installed packages (`dpkg`, `rpm`, `apk`, `pacman`, `bare`) ->
`contents` (which files) and `dependencies` (which other groups) -> `describe` (JSON that the Nix side reads) -> a
derivation -> `package_builder` (copies, sets loader and rpath, writes wrappers).
"""
