"""`lixeval store add`, `dump`, `restore`, `export`, `import` and `log`: objects, into the store and out of it."""

from __future__ import annotations

import os
import sys

from lixeval.cli.installables import Installables, open_store, store_path_of
from lixeval.cli.output.terminal import bytes_out
from lixeval.cli.subcommand import at_least, no_words, read
from lixeval.errors import StoreError, SystemFailure, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.cli.subcommand import CommandLine


def add(arguments: list[str]) -> int:
    """`lixeval store add`."""
    line = read("store add", arguments)
    methods = {"nar": "recursive", "flat": "flat", "text": "text"}
    return _add("store add", line, methods[line.texts.get("mode", "nar")], line.texts.get("algorithm", "sha256"))


def add_file(arguments: list[str]) -> int:
    """`lixeval store add-file`."""
    return _add("store add-file", read("store add-file", arguments), "flat", "sha256")


def add_path(arguments: list[str]) -> int:
    """`lixeval store add-path`."""
    return _add("store add-path", read("store add-path", arguments), "recursive", "sha256")


def add_fixed(arguments: list[str]) -> int:
    """`lixeval store add-fixed ALGORITHM FILE…`, as `nix-store --add-fixed` has it."""
    from lixeval.formats.hashes import known_algorithm

    line = read("store add-fixed", arguments)
    at_least(line, "store add-fixed", 2, "an algorithm and a file")
    algorithm = known_algorithm(line.options.files.pop(0))
    return _add("store add-fixed", line, "recursive" if "recursive" in line.flags else "flat", algorithm)


def _add(command: str, line: CommandLine, method: str, algorithm: str) -> int:
    at_least(line, command, 1, "a file to add")
    name = line.texts.get("name")
    if name is not None and len(line.words) > 1:
        raise UsageError("--name is for one file", hint="add the others by commands of their own")
    store = open_store(line.options)
    put = store.compute_path if "dry-run" in line.flags else store.add_path
    for word in line.words:
        path = os.path.abspath(word)
        _require(path, path)
        called = os.path.basename(path) if name is None else name
        print(put(path, called, method=method, algorithm=algorithm))
    return 0


def _require(path: str, called: str) -> None:
    if not os.path.lexists(path):
        raise SystemFailure(f"path '{called}' does not exist")


def dump(arguments: list[str]) -> int:
    """`lixeval store dump`."""
    from lixeval.formats import nar

    line = read("store dump", arguments)
    if len(line.words) != 1:
        raise UsageError("lixeval store dump needs one path", hint="lixeval store dump --help")
    word = line.words[0]
    out = bytes_out("a NAR", f"lixeval store dump {word} > archive.nar")
    store = open_store(line.options)
    real = word if os.path.lexists(word) or not word.startswith(store.store_dir + "/") else store.real(word)
    _require(real, word)
    nar.dump(real, out.write)
    out.flush()
    return 0


def restore(arguments: list[str]) -> int:
    """`lixeval store restore`."""
    from lixeval.formats import nar
    from lixeval.system.atomic import beside

    line = read("store restore", arguments)
    if len(line.words) != 1:
        raise UsageError("lixeval store restore needs one path", hint="lixeval store restore --help")
    destination = line.words[0]
    if os.path.lexists(destination):
        raise SystemFailure(f"'{destination}' exists already", hint="name a path that does not exist")
    temporary = beside(destination.rstrip("/"))
    try:
        nar.restore(sys.stdin.buffer.read, temporary)
        os.rename(temporary, destination)
    finally:
        from lixeval.system.removing import remove_tree

        remove_tree(temporary)
    return 0


def log(arguments: list[str]) -> int:
    """`lixeval store log`."""
    from lixeval.build.log import read_log

    line = read("store log", arguments)
    at_least(line, "store log", 1, "a derivation")
    installables = Installables(line.options)
    for drv_path in installables.all_derivations():
        text = read_log(installables.store, drv_path)
        if text is None:
            raise StoreError(f"build log of derivation '{drv_path}' is not available")
        sys.stdout.buffer.write(text)
    sys.stdout.buffer.flush()
    return 0


def export(arguments: list[str]) -> int:
    """`lixeval store export`."""
    from lixeval.store.export import export as write_paths

    line = read("store export", arguments)
    at_least(line, "store export", 1, "a store path")
    out = bytes_out("an export", "lixeval store export PATH... > FILE")
    store = open_store(line.options)
    paths = [store_path_of(store, word) for word in line.words]
    write_paths(store, store.closure(paths) if "closure" in line.flags else paths, out.write)
    out.flush()
    return 0


def import_stream(arguments: list[str]) -> int:
    """`lixeval store import`."""
    from lixeval.store.export import import_paths

    line = read("store import", arguments)
    no_words(line, "store import")
    for path in import_paths(open_store(line.options), sys.stdin.buffer):
        print(path)
    return 0
