"""`lixeval why-not-remembered WORDS`: what `lixeval WORDS` would find kept, and for which change it evaluates again."""

from __future__ import annotations

from lixeval.cli.subcommand import at_least, read
from lixeval.cli.workspace import folders_of, needs_all, open_workspace
from lixeval.evaluation.remembered.account import account_of_library, account_of_result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.cli.options import Options

COMMAND = "why-not-remembered"


def run(arguments: list[str]) -> int:
    """Prints what is kept; 0 where the result is known, 1 where something is evaluated."""
    line = read(COMMAND, arguments)
    at_least(line, COMMAND, 1, "the words of a command line")
    is_known, text = account_of_result(line.options.asking)
    print(f"result: {text}")
    if is_known:
        return 0
    print(f"library: {library_account(line.options)}")
    return 1


def library_account(options: Options) -> str:
    """What a run with these options would find of its library."""
    write_store = options.read_write or not options.only_prints
    faithful = options.only_prints and not needs_all(options)
    workspace = open_workspace(options, write_store=write_store, faithful=faithful, words=options.files)
    settings, store = workspace.evaluator.settings, workspace.store
    return account_of_library(folders_of(options.files), settings, store.state_dir, faithful=faithful)[1]
