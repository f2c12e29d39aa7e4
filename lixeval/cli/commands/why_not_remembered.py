"""`lixeval why-not-remembered WORDS`: what `lixeval WORDS` would find kept, and for which change it evaluates again."""

from __future__ import annotations

from lixeval.cli.subcommand import at_least, read
from lixeval.cli.workspace import folders_of, open_workspace
from lixeval.evaluation.remembered.account import account_of_library, account_of_result

COMMAND = "why-not-remembered"


def run(arguments: list[str]) -> int:
    """Prints what is kept; 0 where the result is known, 1 where something is evaluated."""
    line = read(COMMAND, arguments)
    at_least(line, COMMAND, 1, "the words of a command line")
    is_known, text = account_of_result(arguments)
    print(f"result: {text}")
    if is_known:
        return 0
    options = line.options
    workspace = open_workspace(
        options,
        write_store=options.read_write or not options.only_prints,
        faithful=False,
        words=options.files,
    )
    settings = workspace.evaluator.settings
    _, text = account_of_library(folders_of(options.files), settings, workspace.store.state_dir)
    print(f"library: {text}")
    return 1
