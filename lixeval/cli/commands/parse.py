"""--parse: the expression as it was understood, in C++ Nix's form."""

from __future__ import annotations

import os
import sys

from lixeval.cli.options import Options
from lixeval.cli.workspace import open_workspace
from lixeval.source import Source


def print_parsed(options: Options) -> int:
    """Parses each expression and file, resolves its names, and prints it back."""
    from lixeval.compiler.program import check_names
    from lixeval.syntax.unparse import unparse

    evaluator = open_workspace(options, write_store=False, faithful=True).evaluator
    names = evaluator.names()
    for source, directory in _sources(options):
        expression = evaluator.parse(source)
        check_names(source, expression, names, directory)
        print(unparse(expression, directory))
    return 0


def _sources(options: Options) -> list[tuple[Source, str]]:
    here = os.getcwd()
    found = [(Source("«string»", text, is_file=False), here) for text in options.expressions]
    for name in options.files:
        if name == "-":
            data = sys.stdin.buffer.read()
            found.append((Source("«stdin»", data.decode("utf-8", "surrogateescape"), is_file=False), here))
            continue
        path = os.path.abspath(name)
        if os.path.isdir(path):
            path = os.path.join(path, "default.nix")
        with open(path, "rb") as file:
            found.append((Source(path, file.read().decode("utf-8", "surrogateescape")), os.path.dirname(path)))
    return found
