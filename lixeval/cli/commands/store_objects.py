"""`lixeval store add`, `dump`, `restore` and `log`: single objects, into the store and out of it."""

from __future__ import annotations

import os
import sys

from lixeval.cli.installables import Installables, open_store
from lixeval.cli.subcommand import at_least, read
from lixeval.errors import StoreError, SystemFailure, UsageError

ADD_HELP = """\
usage: lixeval store add FILE … [--name NAME] [--mode nar|flat|text] [--hash-algo ALGORITHM] [--dry-run]

copies files and folders into the store, under paths that follow from their content, and prints these

  --name NAME              what it is called there (default: the file's own name)
  -m, --mode MODE          nar (default): a file or folder as it is; flat: the bytes of a file; text: as toFile does
  --hash-algo ALGORITHM    sha256 (default), sha512, sha1, md5
  --dry-run                only prints the path
  --store ROOT
"""


def add(arguments: list[str]) -> int:
    """`lixeval store add`; see ADD_HELP."""
    texts = {"--name": "name", "-n": "name", "--mode": "mode", "-m": "mode", "--hash-algo": "algorithm"}
    line = read("store add", arguments, texts=texts)
    if "help" in line.flags:
        print(ADD_HELP, end="")
        return 0
    at_least(line, "store add", 1, "a file to add")
    name, mode = line.texts.get("name"), line.texts.get("mode", "nar")
    methods = {"nar": "recursive", "flat": "flat", "text": "text"}
    if mode not in methods:
        raise UsageError(f"unknown mode '{mode}'", hint="--mode is nar, flat or text")
    if name is not None and len(line.words) > 1:
        raise UsageError("--name is for one file", hint="add the others by commands of their own")
    store = open_store(line.options)
    put = store.compute_path if line.options.dry_run else store.add_path
    for word in line.words:
        path = os.path.abspath(word)
        _require(path)
        called = os.path.basename(path) if name is None else name
        print(put(path, called, method=methods[mode], algorithm=line.texts.get("algorithm", "sha256")))
    return 0


def _require(path: str) -> None:
    if not os.path.lexists(path):
        raise SystemFailure(f"path '{path}' does not exist")


DUMP_HELP = """\
usage: lixeval store dump PATH > ARCHIVE.nar

writes the NAR of a file, folder or store path to standard output
"""


def dump(arguments: list[str]) -> int:
    """`lixeval store dump`; see DUMP_HELP."""
    from lixeval.formats import nar

    line = read("store dump", arguments)
    if "help" in line.flags:
        print(DUMP_HELP, end="")
        return 0
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


RESTORE_HELP = """\
usage: lixeval store restore PATH < ARCHIVE.nar

unpacks a NAR from standard input to a path that does not exist yet
"""


def restore(arguments: list[str]) -> int:
    """`lixeval store restore`; see RESTORE_HELP."""
    from lixeval.formats import nar

    line = read("store restore", arguments)
    if "help" in line.flags:
        print(RESTORE_HELP, end="")
        return 0
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


LOG_HELP = """\
usage: lixeval store log INSTALLABLE …

prints the logs of builds: of a .drv file, of what one has made (or a link to it, such as result), or of the
derivation of a Nix file: FILE#ATTRIBUTE, FILE -A ATTRIBUTE, -E EXPRESSION
"""


def log(arguments: list[str]) -> int:
    """`lixeval store log`; see LOG_HELP."""
    from lixeval.build.log import read_log

    line = read("store log", arguments)
    if "help" in line.flags:
        print(LOG_HELP, end="")
        return 0
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
