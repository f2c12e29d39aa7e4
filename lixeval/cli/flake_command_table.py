"""The commands of `lixeval flake`; see `cli.command_table`."""

from __future__ import annotations

from lixeval.cli.command import COMMANDS_PACKAGE as _C
from lixeval.cli.command import EVALUATING, JSON, Command
from lixeval.cli.option_table import Option
from lixeval.environment.setting_table import MESSAGES

_WORDS = (
    (
        "FLAKE",
        "a folder with a flake.nix (default: this one, or the nearest above it), path:DIR, git+file:///DIR, "
        "git+https://..., github:OWNER/REPO, an archive's URL, or a name in the registries",
    ),
)

FLAKE_COMMANDS: tuple[Command, ...] = (
    Command(
        "flake",
        "",
        "flakes: their inputs, locks and outputs",
        usage=("SUBCOMMAND ...",),
        groups=(MESSAGES,),
    ),
    Command(
        "flake lock",
        _C + "commands.flake",
        "locks the inputs that flake.lock lacks",
        function="lock",
        usage=("[FLAKE]",),
        about="Writes flake.lock as Nix does, to the byte. What is locked already stays as it is.",
        words=_WORDS,
        groups=EVALUATING,
        examples=("lixeval flake lock --override-input nixpkgs github:NixOS/nixpkgs/nixos-24.05",),
    ),
    Command(
        "flake update",
        _C + "commands.flake",
        "locks inputs anew",
        function="update",
        usage=("[INPUT...] [--flake FLAKE]",),
        about="Locks the inputs that are named, such as nixpkgs or a/nixpkgs, to what they are now; without one all.",
        words=(("INPUT", "the name of an input, or of one of its inputs: a/nixpkgs"),),
        groups=EVALUATING,
        own=(Option("--flake", "flake", "the flake (default: the one here)", takes="FLAKE"),),
        examples=("lixeval flake update nixpkgs",),
    ),
    Command(
        "flake metadata",
        _C + "commands.flake",
        "what a flake is locked to, and its inputs",
        function="metadata",
        usage=("[FLAKE] [--json]",),
        words=_WORDS,
        groups=EVALUATING,
        own=(JSON,),
    ),
    Command(
        "flake check",
        _C + "commands.flake_check",
        "whether a flake's outputs are sound, and its checks build",
        function="check",
        usage=("[FLAKE]",),
        about="Evaluates every output, examines each kind as `nix flake check` does, and builds checks.SYSTEM.",
        words=_WORDS,
        groups=EVALUATING,
        own=(
            Option("--no-build", "no-build", "builds nothing"),
            Option("--all-systems", "all-systems", "examines the outputs for other systems too"),
        ),
    ),
    Command(
        "flake show",
        _C + "commands.flake_show",
        "the outputs of a flake",
        function="show",
        usage=("[FLAKE] [--json]",),
        about="Prints a tree of what a flake has to offer, as `nix flake show` does. Nothing is built for it.",
        words=_WORDS,
        groups=EVALUATING,
        own=(
            JSON,
            Option("--legacy", "legacy", "what is in legacyPackages too"),
            Option("--all-systems", "all-systems", "of other systems too"),
        ),
    ),
    Command(
        "flake init",
        _C + "commands.flake_init",
        "makes a flake here from a template",
        function="init",
        usage=("[-t TEMPLATE]",),
        about="Copies a template of a flake into this folder; a file that is there already stays as it is.",
        groups=EVALUATING,
        own=(
            Option(
                "--template -t",
                "template",
                "FLAKE#NAME for its templates.NAME, or FLAKE for templates.default (default: templates)",
                takes="TEMPLATE",
            ),
        ),
        examples=("lixeval flake init -t path:../templates#python",),
    ),
)
