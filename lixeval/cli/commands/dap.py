"""`lixeval dap`: a debug adapter for editors, over standard input and output (`lixeval.debugger`)."""

from __future__ import annotations

import sys

from lixeval.cli.subcommand import no_words, read


def run(arguments: list[str]) -> int:
    """Serves one editor."""
    line = read("dap", arguments)
    no_words(line, "dap")
    from lixeval.debugger.adapter import Adapter

    Adapter(sys.stdin.buffer, sys.stdout.buffer).serve()
    return 0
