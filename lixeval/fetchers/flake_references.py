"""Flake references as text and as attributes.

    reference = ID [ "/" REF ] [ "/" REV ]     looked up in the flake registry
              | URL                            of an input, see `input_urls`; `dir` names a directory in it
              | PATH                           an absolute path, as in `path:` URLs

C++: flake/flakeref.cc.
"""

from __future__ import annotations

import re

from lixeval.errors import EvalError
from lixeval.fetchers.input_urls import FLAKE_ID, Input, NotAUrl, Url, attributes_of, decoded_query

NAMED = re.compile(
    rf"({FLAKE_ID}(?:/(?:[0-9a-fA-F]{{40}}|[a-zA-Z0-9@][a-zA-Z0-9_./@+-]*(?:/[0-9a-fA-F]{{40}})?))?)(?:#(.*))?",
    re.ASCII,
)


def reference_attributes(text: str) -> Input:
    """The attributes of a flake reference, `dir` among them."""
    match = NAMED.fullmatch(text)
    try:
        url = Url(f"flake:{text}" if match else text)
        _refuse_fragment(url.fragment, text)
        directory = url.query.pop("dir", None)
        found = attributes_of(url, tree=True)
    except NotAUrl:
        return _parse_path(text)
    return found if directory is None else {**found, "dir": directory}


def _parse_path(text: str) -> Input:
    """A reference that is no URL: it can only be an absolute path."""
    path, _, fragment = text.partition("#")
    path, _, parameters = path.partition("?")
    if not path.startswith("/"):
        raise EvalError(f"flake reference '{text}' is not an absolute path")
    _refuse_fragment(fragment, text)
    query = decoded_query(parameters)
    directory = query.pop("dir", None)
    url = Url("path:")
    url.text = f"path://{text}"
    url.path, url.query = path, query
    found = attributes_of(url, tree=True)
    return found if directory is None else {**found, "dir": directory}


def _refuse_fragment(fragment: str, text: str) -> None:
    if fragment:
        raise EvalError(f"unexpected fragment '{fragment}' in flake reference '{text}'")
