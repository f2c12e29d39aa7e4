"""The part of the table of commands for who learns and teaches: exercises, and Nix in the browser."""

from __future__ import annotations

from lixeval.cli.command import COMMANDS_PACKAGE as _C
from lixeval.cli.command import Command
from lixeval.cli.option_table import Option
from lixeval.environment.setting_table import MESSAGES

LESSON_COMMANDS: tuple[Command, ...] = (
    Command(
        "learn",
        _C + "commands.learn",
        "exercises: programs to complete, to repair, to predict",
        usage=("[NAME]", "--list", "--check [NAME...]"),
        about="Shows an exercise and watches your copy of its file. Whenever you save it, it is judged: by its value, "
        "and by what it asked for. Goes on where the last time ended. Exit codes of --check: 0 all right; 1 not.",
        words=(("NAME", "an exercise, by its name or a part of it"),),
        groups=(MESSAGES,),
        own=(
            Option("--list", "list", "all exercises, a line each, and which are solved"),
            Option("--check", "check", "judges once and watches nothing"),
            Option("--path", "path", "the exercises of this folder, a teacher's own", takes="DIR"),
            Option("--into", "into", "where your copies are (default: learn-nix)", takes="DIR"),
            Option("--reset", "reset", "the exercise as it was at first"),
            Option("--forget", "forget", "none counts as solved any more"),
        ),
        examples=("lixeval learn", "lixeval learn laziness/01", "lixeval learn --path course --check"),
    ),
    Command(
        "site",
        _C + "commands.site",
        "a site that runs Nix in the browser",
        usage=("DIR [--pyodide DIR]",),
        about="Writes a folder of files that any web server can serve: an editor, runs and their steps, the lessons, "
        "the manual of the builtins. It asks no server for anything, and works offline once it was open.",
        words=(("DIR", "the folder; a new one, or one that this command has written"),),
        groups=(MESSAGES,),
        own=(
            Option(
                "--pyodide",
                "pyodide",
                "the folder node_modules/pyodide, put into the site; else browsers load it from a public CDN",
                takes="DIR",
            ),
        ),
        examples=("lixeval site public --pyodide node_modules/pyodide", "python3 -m http.server --directory public"),
    ),
)
