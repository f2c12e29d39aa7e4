"""What environment variables decide where the command line is silent: the store ($LIXEVAL_STORE), the search path
($NIX_PATH).
"""

from __future__ import annotations

import os

from lixeval.system.directories import data_directory
from lixeval.system.machines import user

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


DAEMON_SOCKET = "/nix/var/nix/daemon-socket/socket"
"""Where Nix's daemon listens, unless $NIX_DAEMON_SOCKET_PATH says otherwise."""


def store_word(asked: str | None) -> str:
    """What names the store: what was asked for, $LIXEVAL_STORE, or "" for the user's own; `auto` is chosen now.

    As Nix chooses: the machine's store if it may be written, else its daemon's; where there is neither, the user's own.
    """
    word = asked or os.environ.get("LIXEVAL_STORE") or ""
    if word != "auto":
        return word
    if os.access("/nix/store", os.W_OK) and os.access("/nix/var/nix", os.W_OK):
        return "local"
    return "daemon" if os.path.exists(daemon_socket()) else ""


def daemon_socket() -> str:
    """Where the machine's daemon listens."""
    return os.environ.get("NIX_DAEMON_SOCKET_PATH") or DAEMON_SOCKET


def is_daemon(word: str) -> bool:
    """Whether a word behind --store names a daemon's store rather than a folder; see `daemon.store_urls`."""
    return word == "daemon" or word.startswith(("unix:", "ssh-ng://", "ssh://", "exec:"))


def store_root(asked: str | None) -> str | None:
    """The root of the store: what was asked for, $LIXEVAL_STORE, or the user's own; None is the machine's /nix.

    What belongs to a daemon's store and is no part of it (what is known of the host) is at the user's own.
    """
    root = store_word(asked)
    if not root or is_daemon(root):
        return None if _is_restricted_root() else data_directory()
    if root in ("/", "local"):
        return None
    if root.startswith("local?"):
        return _local_root(root)
    if "://" in root:
        from lixeval.errors import UsageError

        raise UsageError(
            f"'{root}' is no store that lixeval can use",
            hint="a folder, / for /nix/store, daemon, unix:///SOCKET, ssh-ng://HOST, local?root=DIR or auto",
        )
    return os.path.abspath(root)


def _local_root(word: str) -> str | None:
    """The folder that `local?root=DIR` names."""
    from urllib.parse import parse_qsl

    from lixeval.errors import UsageError

    options = dict(parse_qsl(word.partition("?")[2], keep_blank_values=True))
    unknown = set(options) - {"root"}
    if unknown:
        raise UsageError(f"'{word}': a local store has no option '{min(unknown)}'", hint="local?root=DIR")
    root = options.get("root", "").rstrip("/")
    return os.path.abspath(root) if root else None


def _is_restricted_root() -> bool:
    """Whether this is root without CAP_SYS_ADMIN, as in a container: it can mount nothing, but /nix is its own.

    Builders then see the store at /nix/store because it is there, with /proc and all; in any other place they could
    only be shut into the store's root.
    """
    if user() != 0 or not os.path.exists("/proc/self/status"):
        return False
    with open("/proc/self/status", encoding="utf-8", errors="replace") as file:
        effective = next((line.split()[1] for line in file if line.startswith("CapEff:")), "0")
    return not int(effective, 16) >> CAP_SYS_ADMIN & 1


CAP_SYS_ADMIN = 21
"""The number of the capability to mount (capabilities(7))."""


def search_path(given: Iterable[str], nix_path: Iterable[str] | None = None) -> tuple[tuple[str, str], ...]:
    """-I, then `nix_path` (what the setting says) or NIX_PATH; where neither is set, the user's channels."""
    entries = [_entry(text) for text in given]
    variable = os.environ.get("NIX_PATH")
    if nix_path is None and variable is not None:
        nix_path = split_search_path(variable)
    if nix_path is not None:
        return (*entries, *(_entry(text) for text in nix_path))
    channels = os.path.expanduser("~/.nix-defexpr/channels")
    if os.path.isdir(channels):
        if os.path.isdir(channels + "/nixpkgs"):
            entries.append(("nixpkgs", channels + "/nixpkgs"))
        entries.append(("", channels))
    return tuple(entries)


def _entry(text: str) -> tuple[str, str]:
    """As it is typed, which `builtins.nixPath` shows."""
    prefix, equals, path = text.partition("=")
    return (prefix, path) if equals else ("", text)


def split_search_path(text: str) -> list[str]:
    """NIX_PATH's entries: separated by colons, except those of URLs."""
    entries: list[str] = []
    for part in text.split(":"):
        if entries and (part.startswith("//") or entries[-1].endswith(("=channel", "=flake"))):
            entries[-1] += ":" + part
        elif part:
            entries.append(part)
    return entries
