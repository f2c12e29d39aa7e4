"""The commands that use what was built or fetched, `lixeval run`, `shell` and `develop`; see `cli.command_table`."""

from __future__ import annotations

from lixeval.cli.command import COMMANDS_PACKAGE as _C
from lixeval.cli.command import EVALUATING, JSON, Command
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

_PHASES = (
    *(Option(f"--{phase}", phase, f"runs the {phase} phase") for phase in ("unpack", "configure", "build", "check")),
    Option("--install", "install", "runs the install phase"),
    Option("--installcheck", "installcheck", "and its check"),
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
    Command(
        "develop",
        _C + "commands.develop",
        "a shell with the environment of a derivation's builder",
        function="develop",
        usage=("[INSTALLABLE] [-c COMMAND ARGUMENT...]", "[INSTALLABLE] --build"),
        about="Starts a bash with the variables and functions that the builder of a derivation has after its stdenv's "
        "setup, and runs its shellHook; of a flake devShells come first. Its outputs are folders in ./outputs. "
        + _VIEW,
        words=(_INSTALLABLE,),
        groups=EVALUATING,
        own=(
            _COMMAND,
            Option("--phase", "phase", "runs one phase of the build instead", takes="PHASE"),
            *_PHASES,
            *_ENVIRONMENT,
        ),
        examples=(
            "lixeval develop",
            "lixeval develop nixpkgs#hello -c make",
            "lixeval develop default.nix --configure",
        ),
    ),
    Command(
        "print-dev-env",
        _C + "commands.develop",
        "what `lixeval develop` gives a shell",
        function="print_dev_env",
        usage=("[INSTALLABLE] [--json]",),
        about="Prints the environment of a derivation's builder as a script for bash, as `nix print-dev-env` does. The "
        "store paths in it are there for programs that `lixeval shell` or `develop` started.",
        words=(_INSTALLABLE,),
        groups=EVALUATING,
        own=(JSON,),
    ),
)
