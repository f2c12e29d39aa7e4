"""`parseFlakeRef` and `flakeRefToString`: flake references as text and as attributes.

    reference = ID [ "/" REF ] [ "/" REV ]     looked up in the flake registry
              | URL                            of an input, see `input_urls`; `dir` names a directory in it
              | PATH                           an absolute path, as in `path:` URLs

Both are experimental: they are there where the feature "flakes" is on.  C++: flake/flakeref.cc.
"""

from __future__ import annotations

import re

from lixeval.errors import EvalError
from lixeval.fetchers.input_urls import FLAKE_ID, Input, NotAUrl, Url, attributes_of, checked, decoded_query, url_of
from lixeval.runtime.arguments import forced_attrs
from lixeval.runtime.builtin import builtin
from lixeval.runtime.faults import described
from lixeval.runtime.strings import text_without_context
from lixeval.runtime.thunks import READ
from lixeval.runtime.values import Delayed, Value, sorted_names

NAMED = re.compile(
    rf"({FLAKE_ID}(?:/(?:[0-9a-fA-F]{{40}}|[a-zA-Z0-9@][a-zA-Z0-9_./@+-]*(?:/[0-9a-fA-F]{{40}})?))?)(?:#(.*))?",
    re.ASCII,
)


@builtin("parseFlakeRef")
def parse_flake_ref(reference: Delayed) -> Value:
    """The attributes of a flake reference.

    >>> builtins.parseFlakeRef "github:NixOS/nixpkgs/24.05?dir=lib"
    { dir = "lib"; owner = "NixOS"; ref = "24.05"; repo = "nixpkgs"; type = "github"; }
    """
    return reference_attributes(text_without_context(reference))


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


@builtin("flakeRefToString")
def flake_ref_to_string(attributes: Delayed) -> str:
    """The text of a flake reference given as a set.  Looks at the set's values as they are, forcing none.

    >>> builtins.flakeRefToString { dir = "lib"; owner = "NixOS"; ref = "24.05"; repo = "nixpkgs"; type = "github"; }
    "github:NixOS/nixpkgs/24.05?dir=lib"
    """
    given = forced_attrs(attributes)
    found: Input = {}
    for name in sorted_names(given):
        value = given[name]
        if value.__class__ is list and value[0] is READ:
            value = value[1]
        if value.__class__ is int and value < 0:
            raise EvalError(f"negative value given for flake ref attr {name}: {value}")
        if value.__class__ is int or value.__class__ is bool or value.__class__ is str:
            found[name] = value
            continue
        shown = "a thunk" if value.__class__ is list else described(value)
        raise EvalError(
            "flake reference attribute sets may only contain integers, Booleans, and strings, "
            f"but attribute '{name}' is {shown}"
        )
    directory = found.pop("dir", None)
    checked(found)
    return url_of(found if directory is None else {**found, "dir": directory})
