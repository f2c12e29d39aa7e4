"""`lixeval embedded`: where lixeval's own Nix files are, for those who want to give them to real Nix.

    nix-instantiate image.nix $(lixeval embedded --nix)

Real Nix then makes the same derivations, from the same package set, the same functions, and the same knowledge of the
host, which lixeval leaves in JSON files when it evaluates an expression.
"""

from __future__ import annotations

import os

from lixeval.cli.subcommand import no_words, read
from lixeval.environment.variables import store_root
from lixeval.system.directories import EMBEDDED, host_directory


def run(arguments: list[str]) -> int:
    """Prints the places."""
    functions = os.path.join(EMBEDDED, "nix2container.nix")
    line = read("embedded", arguments)
    no_words(line, "embedded")
    if "nix" in line.flags:
        print(f"-I nixpkgs={EMBEDDED} --arg nix2container (import<nixpkgs>{{}}).nix2container")
    else:
        print(f"package set      {EMBEDDED}")
        print(f"nix2container    {functions}")
        print(f"host's packages  {host_directory(store_root(None))}")
    return 0
