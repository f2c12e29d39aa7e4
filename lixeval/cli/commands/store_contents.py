"""`lixeval store ls`, `cat`, `print-env` and `diff-closures`: what is in store paths.

Printed as `nix store ls`, `nix store cat`, `nix-store --print-env` and `nix store diff-closures` print it.
"""

from __future__ import annotations

import os
import stat
import sys

from lixeval.cli.installables import Installables, open_store
from lixeval.cli.subcommand import at_least, read
from lixeval.errors import FormatError, StoreError, UsageError
from lixeval.formats import store_path
from lixeval.formats.byte_text import bytes_of, text_of
from lixeval.formats.shell_text import quoted
from lixeval.formats.sizes import growth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.cli.subcommand import CommandLine
    from lixeval.store.local import LocalStore


def _one_place(command: str, arguments: list[str]) -> tuple[CommandLine, bytes, str]:
    """The line of a command that takes one path, and that path; see `_located`."""
    line = read(command, arguments)
    if len(line.words) != 1:
        raise UsageError(f"lixeval {command} needs one path", hint=f"lixeval {command} --help")
    return line, *_located(open_store(line.options), line.words[0])


def _located(store: LocalStore, word: str) -> tuple[bytes, str]:
    """The real place of a path in the store, and its logical name; StoreError where it is not there."""
    path = os.path.abspath(word)
    if path.startswith(store.real_store_dir + "/"):
        path = store.store_dir + path.removeprefix(store.real_store_dir)
    if not path.startswith(store.store_dir + "/"):
        raise FormatError(f"path '{path}' is not in the Nix store")
    base, rest = store_path.split(path)
    if not store.is_valid(base):
        raise StoreError(f"path '{base}' is not a valid store path")
    real = bytes_of(store.real(base))
    for name in filter(None, rest.split("/")):
        # Links are not followed: what they point to may be outside of the store.
        if not stat.S_ISDIR(os.lstat(real).st_mode) or not os.path.lexists(real + b"/" + bytes_of(name)):
            raise StoreError(f"path '{path}' does not exist")
        real += b"/" + bytes_of(name)
    return real, path


def ls(arguments: list[str]) -> int:
    """What is in a path, one line an entry."""
    line, real, path = _one_place("store ls", arguments)
    if "json" in line.flags:
        import json

        told = _as_json(real, "recursive" in line.flags)
        print(json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
        return 0
    is_directory = stat.S_ISDIR(os.lstat(real).st_mode)
    if not is_directory:
        _show(real, os.path.basename(path), line)
    elif "directory" in line.flags:
        _show(real, ".", line)
    else:
        _list(real, ".", line)
    return 0


def _list(real: bytes, shown: str, line: CommandLine) -> None:
    pending = [(real + b"/" + name, f"{shown}/{text_of(name)}") for name in sorted(os.listdir(real), reverse=True)]
    while pending:
        entry, name = pending.pop()
        _show(entry, name, line)
        if "recursive" in line.flags and stat.S_ISDIR(os.lstat(entry).st_mode):
            members = sorted(os.listdir(entry), reverse=True)
            pending += [(entry + b"/" + member, f"{name}/{text_of(member)}") for member in members]


def _show(real: bytes, name: str, line: CommandLine) -> None:
    if "long" not in line.flags:
        print(name)
        return
    status = os.lstat(real)
    if stat.S_ISREG(status.st_mode):
        print(f"{'-r-xr-xr-x' if status.st_mode & 0o100 else '-r--r--r--'} {status.st_size:20d} {name}")
    elif stat.S_ISLNK(status.st_mode):
        print(f"lrwxrwxrwx {0:20d} {name} -> {text_of(os.readlink(real))}")
    else:
        print(f"dr-xr-xr-x {0:20d} {name}")


def _as_json(real: bytes, recursive: bool, *, top: bool = True) -> dict[str, Any]:
    """An entry; the members of a folder in full only with `recursive`."""
    status = os.lstat(real)
    if stat.S_ISREG(status.st_mode):
        executable = {"executable": True} if status.st_mode & 0o100 else {}
        return {"type": "regular", "size": status.st_size, **executable}
    if stat.S_ISLNK(status.st_mode):
        return {"type": "symlink", "target": text_of(os.readlink(real))}
    found: dict[str, Any] = {"type": "directory", "entries": {}}
    todo = [(real, found["entries"])]
    while todo:
        folder, entries = todo.pop()
        for name in os.listdir(folder):
            full = folder + b"/" + name
            if not recursive:
                entries[text_of(name)] = {}
            elif stat.S_ISDIR(os.lstat(full).st_mode):
                entries[text_of(name)] = {"type": "directory", "entries": {}}
                todo.append((full, entries[text_of(name)]["entries"]))
            else:
                entries[text_of(name)] = _as_json(full, recursive)
    return found


def cat(arguments: list[str]) -> int:
    """The bytes of a file."""
    _, real, path = _one_place("store cat", arguments)
    if not stat.S_ISREG(os.lstat(real).st_mode):
        raise StoreError(f"path '{path}' is not a regular file")
    with open(real, "rb") as file:
        while block := file.read(1 << 20):
            sys.stdout.buffer.write(block)
    sys.stdout.buffer.flush()
    return 0


def print_env(arguments: list[str]) -> int:
    """The environment of a derivation's builder, for a shell."""
    line = read("store print-env", arguments)
    at_least(line, "store print-env", 1, "a derivation")
    installables = Installables(line.options)
    for drv_path in installables.all_derivations():
        derivation = installables.store.read_derivation(drv_path)
        for name in sorted(derivation.environment, key=bytes_of):
            print(f"export {name}; {name}={quoted(derivation.environment[name])}\n")
        arguments_text = " ".join(quoted(argument) for argument in derivation.arguments)
        print(f"export _args; _args='{arguments_text}'")
    return 0


def diff_closures(arguments: list[str]) -> int:
    """Which packages two closures do not have in common, and what grew."""
    from lixeval.cli.output.terminal import wants_colour
    from lixeval.store.reports.closure_difference import closure_difference

    line = read("store diff-closures", arguments)
    at_least(line, "store diff-closures", 2, "two paths")
    installables = Installables(line.options)
    subjects = installables.subjects()
    if len(subjects) > 2:
        raise UsageError(f"lixeval store diff-closures takes two things, and '{subjects[2].text}' is a third")
    before, after = (installables.output(subject, build=True) for subject in subjects)
    colour = wants_colour(sys.stdout)
    for change in closure_difference(installables.store, before, after):
        told = []
        if change.removed or change.added:
            told.append(f"{_versions(change.removed)} → {_versions(change.added)}")
        if change.shows_size:
            size = growth(change.grown)
            told.append(f"\x1b[{31 if change.grown > 0 else 32};1m{size}\x1b[0m" if colour else size)
        print(f"{change.name}: {', '.join(told)}")
    return 0


def _versions(versions: list[str]) -> str:
    return ", ".join(version or "ε" for version in versions) if versions else "∅"
