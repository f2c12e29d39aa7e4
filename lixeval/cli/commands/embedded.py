"""`lixeval embedded`: where lixeval's own Nix files are, for those who want to give them to real Nix.

    nix-instantiate image.nix $(lixeval embedded --nix)

Real Nix then makes the same derivations, from the same package set, the same functions, and the same knowledge of the
host, which lixeval leaves in JSON files when it evaluates an expression.
"""

from __future__ import annotations

import os

from lixeval.errors import UsageError
from lixeval.system.directories import EMBEDDED, host_directory

HELP = """\
usage: lixeval embedded [--nix]

prints where lixeval's own Nix files are, and where it leaves what it knows of the host's packages
  --nix   the arguments with which nix-instantiate uses them: -I nixpkgs=… --arg nix2container '…'
"""


def run(arguments: list[str]) -> int:
    """Prints the places; see HELP."""
    functions = os.path.join(EMBEDDED, "nix2container.nix")
    if arguments in (["--help"], ["-h"]):
        print(HELP, end="")
    elif arguments == ["--nix"]:
        print(f"-I nixpkgs={EMBEDDED} --arg nix2container (import<nixpkgs>{{}}).nix2container")
    elif arguments:
        raise UsageError(f"unknown argument '{arguments[0]}'", hint="lixeval embedded --help")
    else:
        print(f"package set      {EMBEDDED}")
        print(f"nix2container    {functions}")
        print(f"host's packages  {host_directory()}")
    return 0
