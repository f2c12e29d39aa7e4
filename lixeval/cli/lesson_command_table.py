"""The part of the table of commands for who learns and teaches: exercises, and Nix in the browser."""

from __future__ import annotations

from lixeval.cli.command import COMMANDS_PACKAGE as _C
from lixeval.cli.command import EVALUATING, Command
from lixeval.cli.option_table import ADDED, NUMBER, Option, check_seconds, check_size
from lixeval.environment.setting_table import MESSAGES

LESSON_COMMANDS: tuple[Command, ...] = (
    Command(
        "explain",
        _C + "commands.explain",
        "the story of an evaluation, step by step",
        usage=("FILE [options]", "-E EXPRESSION [options]", "--derivation INSTALLABLE|IMAGE"),
        about="Evaluates once and tells what happened: what was put off, who asked for it, what it came to, and what "
        "nobody asked for, _ being what is not evaluated. A small program is rewritten, its expression before and "
        "after; of a large one forces and calls are lines that open. On a terminal the story is walked through, "
        "through a pipe it is text. Exit codes: 0 there is a value; 1 there is none, and the story says why.",
        words=(("FILE", "a Nix file, FILE#ATTRIBUTE; a function is called with its defaults and --arg"),),
        groups=EVALUATING,
        own=(
            Option("--only", "only", "only what has this name: a thunk, an attribute, a function", takes="NAME"),
            Option("--depth", "depth", "how deep frames are open (default: 3)", kind=NUMBER, takes="N"),
            Option("--steps", "steps", "after so many steps the story stops (default: 200000)", kind=NUMBER, takes="N"),
            Option("--strict", "strict", "evaluates all of the value, not only what is printed without it"),
            Option("--small", "small", "as rewriting, however large it is"),
            Option("--large", "large", "as frames, however small it is"),
            Option("--print", "print", "on a terminal too: as text"),
            Option(
                "--derivation",
                "derivation",
                "what a derivation becomes instead: its environment, the text of its .drv, its hash, its paths, each "
                "number with what it is the hash of; of an image file its layers and digests",
            ),
            Option("--json", "json", "the record of the run, for programs"),
            Option("--html", "html", "as one page that needs nothing but itself (50000 steps)", takes="PAGE"),
        ),
        examples=(
            "lixeval explain -E 'let x = 1 + 1; in x * x'",
            "lixeval explain --derivation default.nix -A hello",
            "lixeval explain default.nix -A hello --only version",
        ),
    ),
    Command(
        "doc",
        _C + "commands.doc",
        "the manual of builtins and of lib",
        usage=("[NAME...]",),
        about="Tells what a function does, what it forces, its examples with their values as real Nix gives them, and "
        "since which Nix it is there. Without a NAME: all, a line each.",
        words=(("NAME", "map, builtins.map, lib.fix, fix; or a part of a name, for all that have it"),),
        groups=(MESSAGES,),
        own=(Option("--json", "json", "as JSON"),),
        examples=("lixeval doc mapAttrs", "lixeval doc lib.recursiveUpdate"),
    ),
    Command(
        "lint",
        _C + "commands.lint",
        "what could be written better, and why",
        usage=("FILE... [--fix] [--json]",),
        about="Finds what statix and deadnix find, by their names, and what Nix's lint settings are about; each with "
        "the exercise of `lixeval learn` that explains it. Exit codes: 0 nothing found; 1 something, or an error.",
        words=(("FILE", "a Nix file, or a folder: all .nix files in it"),),
        groups=(MESSAGES,),
        own=(
            Option("--fix", "fix", "changes what can be changed without changing what the program does"),
            Option("--only", "only", "only this rule", kind=ADDED, takes="RULE"),
            Option("--without", "without", "not this rule", kind=ADDED, takes="RULE"),
            Option("--list", "list", "all rules, a line each"),
            Option("--json", "json", "as JSON"),
        ),
        examples=("lixeval lint .", "lixeval lint default.nix --fix", "lixeval lint . --without useless_parens"),
    ),
    Command(
        "where",
        _C + "commands.where",
        "where an attribute or an option got its value",
        usage=("FILE ATTRPATH [options]", "-E EXPRESSION ATTRPATH [options]"),
        about="Tells who has set a value, who has overridden it, and who last: through //, overrides and overlays; of "
        "an option of a module system its definitions with their priorities, what mkIf, mkForce and mkDefault did, its "
        "type and how it was merged; of a package its arguments and why each input is one; of a string where its "
        "context is from. Each with file and line.",
        words=(
            ("FILE", "a Nix file; a function is called with its defaults and --arg"),
            ("ATTRPATH", "config.services.web.port, pkgs.hello.version"),
        ),
        groups=EVALUATING,
        own=(Option("--json", "json", "as JSON"),),
        examples=("lixeval where nixos.nix config.services.web.port", "lixeval where . hello.version"),
    ),
    Command(
        "learn",
        _C + "commands.learn",
        "exercises: programs to complete, to repair, to predict",
        usage=("[NAME]", "--list", "--check [NAME...]"),
        about="Shows an exercise and watches your copy of its file. Whenever you save it, it is judged: by its value, "
        "and by what it asked for. Goes on where the last time ended. Exit codes of --check: 0 all right; 1 not.",
        words=(("NAME", "an exercise or a chapter, by its name or a part of it"),),
        groups=(MESSAGES,),
        own=(
            Option("--list", "list", "all exercises, a line each, and which are solved"),
            Option("--check", "check", "judges once and watches nothing"),
            Option("--path", "path", "the exercises of this folder, a teacher's own", takes="DIR"),
            Option("--into", "into", "where your copies are (default: learn-nix)", takes="DIR"),
            Option("--reset", "reset", "the exercise as it was at first"),
            Option("--forget", "forget", "none counts as solved any more"),
            Option(
                "--max-time",
                "max_time",
                "ends a run that takes longer (20)",
                takes="SECONDS",
                check=check_seconds,
            ),
            Option("--max-memory", "max_memory", "ends a run that takes more (1G)", takes="SIZE", check=check_size),
            Option("--max-steps", "max_steps", "ends a run of more calls and thunks", kind=NUMBER, takes="N"),
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
            Option("--lessons", "lessons", "the exercises of this folder in place of lixeval's own", takes="DIR"),
        ),
        examples=("lixeval site public --pyodide node_modules/pyodide", "python3 -m http.server --directory public"),
    ),
    Command(
        "kernel",
        "",
        "Nix in Jupyter's notebooks",
        usage=("SUBCOMMAND [options]",),
        about="A kernel for Jupyter: cells are lines of the REPL, with completion and its commands.",
    ),
    Command(
        "kernel install",
        _C + "commands.kernel",
        "tells Jupyter of the kernel",
        function="install",
        usage=("[--prefix DIR]",),
        about="Writes kernel.json where Jupyter looks for kernels, and prints the folder. Needs the package ipykernel.",
        groups=(MESSAGES,),
        own=(
            Option("--prefix", "prefix", "below this environment; else for the user", takes="DIR"),
            Option("--user", "user", "for the user (default)"),
        ),
    ),
    Command(
        "kernel start",
        _C + "commands.kernel",
        "what Jupyter runs",
        function="start",
        usage=("--connection-file FILE",),
        about="Serves one notebook, until Jupyter ends it.",
        groups=(MESSAGES,),
        own=(Option("--connection-file", "connection", "how Jupyter is spoken to", takes="FILE"),),
    ),
    Command(
        "dap",
        _C + "commands.dap",
        "a debug adapter for editors, which goes both ways",
        about="Speaks the Debug Adapter Protocol over standard input and output. The program runs once, recorded; the "
        "editor steps in, over, out and back, and stops at lines, at names or attributes that are asked for (function "
        "breakpoints), at builtins.break and at failures. What nobody asked for is _; looking forces nothing.",
        groups=(MESSAGES,),
    ),
)
