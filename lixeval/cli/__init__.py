"""The command: arguments in, exit code out.

    options -> command (dispatch) | action (evaluating | building) -> stdout: results only; stderr: progress, errors

`main` is the command's script.  Nothing is imported before it is known to be needed, so that `lixeval -E '1 + 1'`
starts in the time that Python itself takes.

    option_table, option_reading, options    every option: spelling, type, help; a command line read by it; what it says
    command_table                every command; those of some topics in store_command_table, flake_command_table,
                                 lesson_command_table, use_command_table; main_command where none is named
    module_groups                which modules are imported together
    subcommand                   a command's own command line
    words, installables, images, flakes    what the words of a command line name
    targets                      what they give that can be made, evaluated by as many processes as are worth having
    applications                 the program that `lixeval run` runs
    workspace, delivery          what options ask of evaluation and stores; of an image's delivery
    opened                       stores that are open, closed in the end
    commands                     one module a command
    output                       what people see
    repl, notebook               the REPL, and it in a notebook
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` itself loads enum, for nothing
import os
import sys

from lixeval.system import own_modules
from lixeval.system.deep_stack import rest_collector

COMMAND_NAMES = frozenset(
    (
        *(
            "completion",
            "config",
            "copy",
            "daemon",
            "develop",
            "diff",
            "embedded",
            "eval",
            "flake",
            "hash",
            "help",
            "index",
            "inspect",
            "manifest",
        ),
        *("dap", "doc", "explain", "kernel", "learn", "lint", "site"),
        *("nix2container", "parity", "prefetch-git", "prefetch-url", "print-dev-env", "repl", "run", "sbom", "shell"),
        *("show-derivation", "store", "validate", "version", "where", "why", "why-not-remembered"),
    )
)
"""The first words of commands, so that other runs need not load the table of them (a test compares the two)."""

LONG_LIVED = frozenset(("daemon", "kernel", "learn", "parity", "repl", "store"))
"""Commands that evaluate one thing after the other in one process; --all evaluates one in parts."""


def main(arguments: list[str] | None = None) -> int:
    """Runs a command line; the exit code.  As the command's script it ends the process without tidying up memory."""
    if arguments is None and sys.getfilesystemencoding() != "utf-8":
        start_again_in_utf8()
    words = sys.argv[1:] if arguments is None else arguments
    if arguments is None:
        lives_long = not LONG_LIVED.isdisjoint(words[:1])
        rest_collector(ends=not lives_long and "--all" not in words, collects=lives_long)
    _bytes_as_text()
    if arguments is None:
        _shown_on_terminals()
    try:
        if arguments is None and _signal.getsignal(_signal.SIGINT) is _signal.SIG_DFL:
            # From here on `run` hears it (see `__main__`).
            _signal.signal(_signal.SIGINT, _signal.default_int_handler)
        code = run(words)
        if arguments is None:
            _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
    except SystemExit as ended:
        if arguments is not None:
            raise
        # A signal ended it: threads that wait for a network must not be waited for.
        code = ended.code if isinstance(ended.code, int) else 1
    except KeyboardInterrupt:
        # While an error was being told, or a second time: there is nothing to add.
        if arguments is not None:
            raise
        code = 130
    if arguments is None:
        sys.stdout.flush()
        sys.stderr.flush()
        lacking = own_modules.lacking()
        if lacking:
            from lixeval.cli.module_groups import GROUPS

            own_modules.keep_together(lacking, GROUPS)
        # Millions of cells would be freed one by one for nothing.
        os._exit(code)
    return code


def start_again_in_utf8() -> None:
    """Replaces this process by one to which names, arguments and variables are UTF-8, whatever the locale says.

    Python decides when it starts by what it decodes them, and never again; a locale that is not UTF-8 is rare enough
    for its users to pay for a second start.  Who says `-X utf8=0` is taken at his word.
    """
    if "utf8" not in sys._xoptions and sys.executable:
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


def _bytes_as_text() -> None:
    """Strings are bytes (surrogateescape), whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")


def _shown_on_terminals() -> None:
    """What a terminal gets is what others wrote, in part."""
    if sys.stdout is not None and sys.stdout.isatty():
        from lixeval.system.terminal_text import Shown

        sys.stdout = Shown(sys.stdout)
    if sys.stderr is not None and sys.stderr.isatty():
        from lixeval.system.terminal_text import Shown

        sys.stderr = Shown(sys.stderr)


def run(words: list[str]) -> int:
    """Does what a command line says, and reports what goes wrong."""
    try:
        if words and words[0] in COMMAND_NAMES:
            from lixeval.cli.dispatch import run_command

            return run_command(words)
        if "--no-eval-cache" in words:
            recollection = None
        else:
            own_modules.import_group("recalling")
            from lixeval.evaluation.remembered.recall import recall

            recollection = recall(words)
            if recollection is not None and recollection.tell():
                return 0
        own_modules.import_group("evaluating")
        from lixeval.cli.action import act

        return act(words, recollection)
    except KeyboardInterrupt:
        return interrupted()
    except BrokenPipeError:
        # Whoever reads us has had enough; nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        from lixeval.system.signals import ending

        ended = ending(error)
        if isinstance(ended, SystemExit):
            raise ended from None
        return _failed(error, words) if ended is None else interrupted()
    finally:
        if "lixeval.cli.opened" in sys.modules:
            from lixeval.cli.opened import close_stores

            close_stores()


def interrupted() -> int:
    """Says so: takes off what moves; where nothing did, the terminal has printed ^C, and the line ends behind that."""
    terminal = sys.modules.get("lixeval.cli.output.terminal")
    if not (terminal is not None and terminal.clear()) and sys.stderr.isatty():
        print(file=sys.stderr)
    print("error: interrupted by the user", file=sys.stderr)
    return 130


def _failed(error: Exception, words: list[str]) -> int:
    """Reports an error; one that is a bug of lixeval shows its Python trace, for the bug report."""
    from lixeval.cli.output.errors import Manner, print_error
    from lixeval.diagnostics import explained
    from lixeval.errors import SystemFailure

    manner = Manner(words)
    nix_error = explained(error, frames=manner.frames)
    if nix_error is None and isinstance(error, OSError):
        nix_error = SystemFailure.of(error)
    if nix_error is None:
        import traceback

        traceback.print_exception(error)
        print("error: this is a bug of lixeval; please report it with the lines above", file=sys.stderr)
        return 1
    print_error(nix_error, manner)
    return nix_error.exit_code
