"""The commands that use what was built or fetched, `lixeval run` and `lixeval shell`; see `cli.command_table`."""

from __future__ import annotations

from lixeval.cli.command import COMMANDS_PACKAGE as _C
from lixeval.cli.command import EVALUATING, Command
from lixeval.cli.option_table import ADDED, CALL, REST, Option

_INSTALLABLE = (
    "INSTALLABLE",
    "a Nix file or a flake, each with #ATTRIBUTE if wanted (default: the flake here), a .drv file, or a store path, "
    "which is fetched where it is not there",
)
_ENVIRONMENT = (
    Option("--ignore-environment --ignore-env -i", "ignore", "without the caller's variables"),
    Option("--keep --keep-env-var -k", "keep", "but with this one", kind=ADDED, takes="NAME"),
    Option("--set-env-var -s", "variable", "with this variable", kind=CALL, takes="NAME VALUE"),
    Option("--unset --unset-env-var -u", "unset", "without this variable", kind=ADDED, takes="NAME"),
)
_COMMAND = Option("--command -c", "command", "what to start, with all words behind it", kind=REST, takes="COMMAND...")
_VIEW = (
    "It sees the machine as it is, with the store at /nix/store; where that is not the machine's own store, user "
    "namespaces or root's rights are needed for it. Process id, terminal, signals, working folder and exit code are "
    "the caller's."
)

USE_COMMANDS: tuple[Command, ...] = (
    Command(
        "run",
        _C + "commands.run",
        "starts a program of a package",
        usage=("[INSTALLABLE] [-- ARGUMENT...]",),
        about="Builds or fetches a package and becomes its program: bin/NAME, where NAME is meta.mainProgram, else "
        "pname, else the name without version; of a flake's app it is what that says. " + _VIEW,
        words=(_INSTALLABLE,),
        groups=EVALUATING,
        own=_ENVIRONMENT,
        examples=(
            "lixeval run nixpkgs#hello -- --greeting Hi",
            "lixeval run -E 'with import <nixpkgs> { }; git' status",
        ),
    ),
    Command(
        "shell",
        _C + "commands.run",
        "a shell, or a command, with packages in PATH",
        function="shell",
        usage=("INSTALLABLE... [-c COMMAND ARGUMENT...]",),
        about="Builds or fetches packages and starts $SHELL with their bin folders first in PATH. " + _VIEW,
        words=(_INSTALLABLE,),
        groups=EVALUATING,
        own=(_COMMAND, *_ENVIRONMENT),
        examples=("lixeval shell nixpkgs#jq nixpkgs#curl", "lixeval shell pkgs.nix#hello -c hello --version"),
    ),
)
