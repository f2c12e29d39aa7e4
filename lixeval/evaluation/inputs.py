"""What a user names to be evaluated, opened: in one way for --eval, --parse, the REPL, comparisons and the library.

    -         standard input
    <NAME>    looked up on the search path
    URL       a tarball, fetched; channel:NAME is one too
    PATH      a file, or a folder with a default.nix

Links of what is named are followed, so relative paths in it are relative to where it really lies.
C++: `lookupFileArg`, `resolveExprPath`.
"""

from __future__ import annotations

import os
import sys

from lixeval.runtime.values import Value
from lixeval.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.evaluation.evaluator import Evaluator

STDIN = "-"


def value_of(evaluator: Evaluator, name: str) -> Value:
    """The value of what is named; files are evaluated once, whoever asks for them."""
    if name == STDIN:
        return evaluator.value(_stdin(evaluator), os.getcwd())
    return evaluator.file(_file(evaluator, name))


def source_of(evaluator: Evaluator, name: str) -> tuple[Source, str]:
    """The text of what is named, and the folder that relative paths in it are relative to."""
    if name == STDIN:
        return _stdin(evaluator), os.getcwd()
    path = _file(evaluator, name)
    return evaluator.read(path), os.path.dirname(path) if path.startswith("/") else "/"


def _stdin(evaluator: Evaluator) -> Source:
    return evaluator.source("«stdin»", sys.stdin.buffer.read().decode("utf-8", "surrogateescape"))


def _file(evaluator: Evaluator, name: str) -> str:
    services = evaluator.services
    if name.startswith("<") and name.endswith(">"):
        from lixeval.builtins.search_path import resolve_search_path

        path = resolve_search_path(services, name[1:-1], services.settings.search_path)
    elif ":" in name and _is_url(name):
        from lixeval.fetchers.urls import fetch_tree_of_url

        path = fetch_tree_of_url(services, name)
    else:
        path = os.path.abspath(name)
    return services.files.resolve_expression(path)


def _is_url(name: str) -> bool:
    from lixeval.builtins.search_path import is_pseudo_url

    return is_pseudo_url(name) and not os.path.lexists(name)
