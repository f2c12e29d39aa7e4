"""`lixeval store add`, `dump`, `restore` and `log`: single objects, into the store and out of it."""

from __future__ import annotations

import os
import sys

from lixeval.cli.installables import Installables, open_store
from lixeval.cli.subcommand import at_least, read
from lixeval.errors import StoreError, SystemFailure, UsageError


def add(arguments: list[str]) -> int:
    """`lixeval store add`."""
    line = read("store add", arguments)
    at_least(line, "store add", 1, "a file to add")
    name, mode = line.texts.get("name"), line.texts.get("mode", "nar")
    methods = {"nar": "recursive", "flat": "flat", "text": "text"}
    if name is not None and len(line.words) > 1:
        raise UsageError("--name is for one file", hint="add the others by commands of their own")
    store = open_store(line.options)
    put = store.compute_path if "dry-run" in line.flags else store.add_path
    for word in line.words:
        path = os.path.abspath(word)
        _require(path)
        called = os.path.basename(path) if name is None else name
        print(put(path, called, method=methods[mode], algorithm=line.texts.get("algorithm", "sha256")))
    return 0


def _require(path: str) -> None:
    if not os.path.lexists(path):
        raise SystemFailure(f"path '{path}' does not exist")


def dump(arguments: list[str]) -> int:
    """`lixeval store dump`."""
    from lixeval.formats import nar

    line = read("store dump", arguments)
    if len(line.words) != 1:
        raise UsageError("lixeval store dump needs one path", hint="lixeval store dump --help")
    word = line.words[0]
    out = sys.stdout.buffer
    if out.isatty():
        raise UsageError("a NAR is no text for a terminal", hint=f"lixeval store dump {word} > archive.nar")
    store = open_store(line.options)
    real = word if os.path.lexists(word) or not word.startswith(store.store_dir + "/") else store.real(word)
    _require(real)
    nar.dump(real, out.write)
    out.flush()
    return 0


def restore(arguments: list[str]) -> int:
    """`lixeval store restore`."""
    from lixeval.formats import nar

    line = read("store restore", arguments)
    if len(line.words) != 1:
        raise UsageError("lixeval store restore needs one path", hint="lixeval store restore --help")
    destination = line.words[0]
    if os.path.lexists(destination):
        raise SystemFailure(f"'{destination}' exists already", hint="name a path that does not exist")
    temporary = f"{destination.rstrip('/')}.{os.getpid()}.tmp"
    try:
        nar.restore(sys.stdin.buffer.read, temporary)
        os.rename(temporary, destination)
    finally:
        from lixeval.store.canonical import remove_tree

        remove_tree(temporary)
    return 0


def log(arguments: list[str]) -> int:
    """`lixeval store log`."""
    from lixeval.build.log import read_log

    line = read("store log", arguments)
    at_least(line, "store log", 1, "a derivation")
    installables = Installables(line.options)
    for subject in installables.subjects():
        for drv_path in installables.derivations(subject):
            text = read_log(installables.store.root, drv_path)
            if text is None:
                raise StoreError(f"build log of derivation '{drv_path}' is not available")
            sys.stdout.buffer.write(text)
    sys.stdout.buffer.flush()
    return 0
