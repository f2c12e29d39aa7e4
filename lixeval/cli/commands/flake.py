"""`lixeval flake lock`, `update`, `metadata`: what Nix 2.26.3 writes and prints.

C++: nix/flake.cc.
"""

from __future__ import annotations

import hashlib
import json
import os
from time import gmtime, localtime, strftime

from lixeval.cli.flakes import lock_flags, locked_for, reference_of_word
from lixeval.cli.subcommand import CommandLine, read
from lixeval.cli.workspace import open_workspace
from lixeval.errors import UsageError
from lixeval.fetchers.flake_inputs import way_of
from lixeval.fetchers.flake_locks import Node, is_locked
from lixeval.fetchers.input_urls import url_of
from lixeval.system.terminal_text import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from lixeval.environment.services import Services
    from lixeval.evaluation.workspace import Workspace
    from lixeval.fetchers.flake_locking import LockFlags
    from lixeval.fetchers.flakes import LockedFlake

    T = TypeVar("T")


def lock(arguments: list[str]) -> int:
    """Writes the lock file with what it lacks."""
    line = read("flake lock", arguments)
    line.options.tarball_ttl = 0

    def adjust(flags: LockFlags) -> None:
        # What an override gives is to be written here: it is sticky.
        flags.write = not line.options.no_write_lock_file
        flags.fail_on_unlocked = True

    with_locked(line, word_of(line, "flake lock"), lambda services, flake: None, adjust)
    return 0


def update(arguments: list[str]) -> int:
    """Locks inputs anew."""
    line = read("flake update", arguments)
    line.options.tarball_ttl = 0
    ways = {way_of(word) for word in line.words}

    def adjust(flags: LockFlags) -> None:
        flags.updates |= ways
        flags.recreate = not flags.updates
        flags.write = True

    line.options.files.clear()
    with_locked(line, line.texts.get("flake", "."), lambda services, flake: None, adjust)
    return 0


def metadata(arguments: list[str]) -> int:
    """Prints what a flake is."""
    line = read("flake metadata", arguments)
    shown = _as_json if "json" in line.flags else _as_text
    print(with_locked(line, word_of(line, "flake metadata"), shown, heeds=False))
    return 0


def word_of(line: CommandLine, command: str) -> str:
    """The one flake that is named, or the one here; no more words are taken."""
    words = list(line.words)
    line.options.files.clear()
    if len(words) > 1 or line.options.expressions:
        more = words[1] if len(words) > 1 else line.options.expressions[0]
        raise UsageError(f"unexpected argument '{more}'", hint=f"lixeval {command} --help")
    return words[0] if words else "."


def open_flakes(line: CommandLine) -> Workspace:
    """A workspace that evaluates as flakes are evaluated."""
    line.options.treat_as_flakes()
    return open_workspace(line.options, write_store=True)


def with_locked(
    line: CommandLine,
    word: str,
    function: Callable[[Services, LockedFlake], T],
    adjust: Callable[[LockFlags], None] = lambda flags: None,
    *,
    heeds: bool = True,
) -> T:
    """What `function` makes of the locked flake that a word names; `heeds` its nixConfig."""
    workspace = open_flakes(line)
    services = workspace.evaluator.services

    def body() -> T:
        given = reference_of_word(word, services, os.getcwd())
        flags = lock_flags(line.options, services)
        adjust(flags)
        return function(services, locked_for(line.options, services, given, flags, heeds=heeds))

    return workspace.evaluate(body)


# Metadata


def _fingerprint(services: Services, flake: LockedFlake) -> str | None:
    """What a flake and its lock are, as one hash; None where it is not all locked.  C++: `getFingerprint`."""
    locked = flake.locked
    if flake.lock.unlocked(dirty=services.settings.allow_dirty_locks) is not None:
        return None
    if "rev" in locked and locked["type"] != "path":
        text = f"{locked['rev']}{';s' if locked.get('submodules') else ''}{';e' if locked.get('exportIgnore') else ''}"
    elif locked["type"] in ("tarball", "file"):
        text = str(locked["narHash"])
    else:
        return None
    text += f";{locked.get('dir', '')};{flake.lock.text().rstrip()}"
    for name in ("revCount", "lastModified"):
        if name in locked:
            text += f";{name}={locked[name]}"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _as_json(services: Services, flake: LockedFlake) -> str:
    locked = flake.locked
    found: dict[str, object] = {
        "originalUrl": url_of(flake.original),
        "original": flake.original,
        "resolvedUrl": url_of(flake.resolved),
        "resolved": flake.resolved,
        "url": url_of(locked),
        "locked": {**locked, "__final": True},
        "path": flake.tree.path,
        "locks": flake.lock.document(),
        "description": flake.file.description,
        "revision": locked.get("rev"),
        "dirtyRevision": locked.get("dirtyRev"),
        "revCount": locked.get("revCount"),
        "lastModified": locked.get("lastModified"),
        "fingerprint": _fingerprint(services, flake),
    }
    there = {name: value for name, value in found.items() if value is not None}
    return json.dumps(there, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _as_text(services: Services, flake: LockedFlake) -> str:
    locked = flake.locked
    modified = locked.get("lastModified")
    found = {
        "Resolved URL": url_of(flake.resolved),
        "Locked URL": url_of(locked) if is_locked(locked) else None,
        "Description": flake.file.description,
        "Path": flake.tree.path,
        "Revision": locked.get("rev", locked.get("dirtyRev")),
        "Revisions": locked.get("revCount"),
        "Last modified": None if modified is None else strftime("%Y-%m-%d %H:%M:%S", localtime(int(modified))),
        "Fingerprint": _fingerprint(services, flake),
    }
    lines = [f"{name + ':':<15}{value}" for name, value in found.items() if value is not None]
    if flake.lock.root.inputs:
        lines.append("Inputs:")
    return visible("\n".join([*lines, *_tree(flake.lock.root, "", set())]))


def _tree(node: Node, prefix: str, visited: set[int]) -> list[str]:
    """The inputs as a tree; what is in it twice is gone into once."""
    lines: list[str] = []
    steps = node.sorted_inputs()
    for number, (name, step) in enumerate(steps):
        is_last = number == len(steps) - 1
        branch = f"{prefix}{'└───' if is_last else '├───'}{name}"
        if not isinstance(step, Node):
            lines.append(f"{branch} follows input '{'/'.join(step)}'")
            continue
        modified = step.locked.get("lastModified")
        when = "" if modified is None else strftime(" (%Y-%m-%d %H:%M:%S)", gmtime(int(modified)))
        lines.append(f"{branch}: {url_of(step.locked)}{when}")
        if id(step) not in visited:
            visited.add(id(step))
            lines += _tree(step, prefix + ("    " if is_last else "│   "), visited)
    return lines
