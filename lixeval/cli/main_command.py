"""What runs where no command is named, apart from the table of all commands, which such a run does not need."""

from __future__ import annotations

from lixeval.cli.command import EVALUATING, Command
from lixeval.cli.option_table import IMAGES, JOBS_OF_ALL, MAKING, PRINTING, REGISTRY, WATCHING

MAIN = Command(
    "",
    "",
    "evaluates, builds, and writes images",
    usage=("FILE [options]", "-E EXPRESSION [options]", "COMMAND [options]"),
    about="An image is built and written, a derivation is built, a value is printed.",
    words=(
        (
            "FILE",
            "a Nix file, a folder with a default.nix, FILE#ATTRIBUTE, <NAME> in the search path, a .drv file, or - for "
            "standard input; of a finished image it is told what is in it",
        ),
        (
            "FLAKE",
            ". or another folder with a flake.nix and no default.nix, path:DIR, github:OWNER/REPO, git+file:///DIR, "
            "NAME# in the registries; with #ATTRIBUTE, looked up in packages, legacyPackages and the outputs "
            "themselves, and ^OUTPUT,OUTPUT or ^*",
        ),
    ),
    groups=(PRINTING, MAKING, JOBS_OF_ALL, IMAGES, REGISTRY, WATCHING, *EVALUATING),
    expressions_follow=True,
)
