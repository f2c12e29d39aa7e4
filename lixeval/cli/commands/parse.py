"""--parse: the expression as it was understood, in C++ Nix's form."""

from __future__ import annotations

import os

from lixeval.cli.options import Options
from lixeval.cli.workspace import open_workspace
from lixeval.evaluation.inputs import source_of


def print_parsed(options: Options) -> int:
    """Parses each expression and file, resolves its names, and prints it back."""
    from lixeval.compiler.program import check_names
    from lixeval.syntax.unparse import unparse

    evaluator = open_workspace(options, write_store=False, faithful=True).evaluator
    names = evaluator.names()
    here = os.getcwd()
    sources = [(evaluator.source("«string»", text), here) for text in options.expressions]
    for source, directory in (*sources, *(source_of(evaluator, name) for name in options.files)):
        expression = evaluator.parse(source)
        check_names(source, expression, names)
        print(unparse(expression, directory))
    return 0
