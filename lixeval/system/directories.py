"""The folders of one user's lixeval, and where its own files are.

data     $XDG_DATA_HOME/lixeval  (~/.local/share/lixeval)   the default store, and in it what is known of the host
cache    $XDG_CACHE_HOME/lixeval (~/.cache/lixeval)         compiled code, results: may be deleted at any time
"""

from __future__ import annotations

import os

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
"""Where lixeval is installed."""

EMBEDDED = os.path.join(PACKAGE, "embedded")
"""Where lixeval's own Nix files are: the default package set, lib, nix2container's functions."""


SHIPPED = os.path.join(PACKAGE, "compiled")
"""Where an installation has what would be made at first use: lixeval's own Nix files as code, parsing tables."""


def grammar_file() -> str:
    """The grammar of the language: within the package where that was installed, beside it in a checkout."""
    path = os.path.join(PACKAGE, "syntax", "nix.lark")
    return path if os.path.exists(path) else os.path.join(os.path.dirname(PACKAGE), "grammar", "nix.lark")


def data_directory() -> str:
    """Where lixeval keeps what must last."""
    return _directory("XDG_DATA_HOME", ".local/share")


def cache_directory() -> str:
    """Where lixeval keeps what can be made again."""
    return _directory("XDG_CACHE_HOME", ".cache")


def host_directory(root: str | None) -> str:
    """Where the answers about the host's packages are left, for real Nix to read: beside the store with this root.

    embedded/answers.nix looks at the same places.
    """
    named = os.environ.get("LIXEVAL_HOST_DIRECTORY")
    return named or ("/nix/var/lixeval/host" if root is None else os.path.join(root, "host"))


def _directory(variable: str, below_home: str) -> str:
    base = os.environ.get(variable) or os.path.join(os.path.expanduser("~"), below_home)
    return os.path.join(base, "lixeval")
