"""`lixeval flake init`: a flake in the current folder, from a template of another flake.

    TEMPLATE = FLAKE [ "#" NAME ]      templates.NAME, or NAME itself; templates.default, defaultTemplate without one

A file that is there already stays as it is.  C++: `CmdFlakeInitCommon` in nix/flake.cc.
"""

from __future__ import annotations

import contextlib
import os

from lixeval.cli.commands.flake import open_flakes
from lixeval.cli.flakes import first_of, lock_flags, locked_for
from lixeval.cli.subcommand import no_words, read
from lixeval.environment.coercion import coerced_place
from lixeval.errors import EvalError, FormatError, SystemFailure
from lixeval.fetchers.flake_words import typed_reference
from lixeval.fetchers.flakes import flake_value
from lixeval.fetchers.git_names import is_dot_git
from lixeval.fetchers.git_tracking import git_in
from lixeval.formats.byte_text import bytes_of
from lixeval.formats.store_path import split
from lixeval.runtime.strings import text_of
from lixeval.runtime.thunks import force
from lixeval.system.terminal_text import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.cli.options import Options
    from lixeval.environment.services import Services


def init(arguments: list[str]) -> int:
    """Copies a template."""
    line = read("flake init", arguments)
    no_words(line, "flake init")
    workspace = open_flakes(line)
    services = workspace.evaluator.services
    text = line.texts.get("template", "templates")
    source, welcome = workspace.evaluate(lambda: _template(services, line.options, text))
    copying = _Copying()
    copying.copy(services.files.real(source), source, os.getcwd())
    if copying.written and os.path.lexists(".git"):
        _tell_git(copying.written)
    if welcome is not None:
        tell(f"\n{welcome}")
    if copying.conflicts:
        raise SystemFailure(f"encountered {len(copying.conflicts)} conflicts - see above")
    return 0


def _tell_git(written: list[str]) -> None:
    try:
        done = git_in(os.getcwd(), "add", "--intent-to-add", "--force", "--", *written)
    except FileNotFoundError:
        tell("warning: git is not told of the new files: there is no git")
        return
    if done.returncode:
        tell("warning: git is not told of the new files: " + done.stderr.decode("utf-8", "replace").strip())


def _template(services: Services, options: Options, text: str) -> tuple[str, str | None]:
    """Where a template is in the store, and what it says to whoever uses it."""
    given, name = typed_reference(text, os.getcwd(), services.say)
    flags = lock_flags(options, services)
    flags.write = False
    whole = force(flake_value(services, locked_for(options, services, given, flags)))["outputs"]
    if name.startswith("."):
        places = [name[1:]]
    else:
        places = [f"templates.{name}", name] if name else ["templates.default", "defaultTemplate"]
    found = force(first_of(whole, places, given))
    if found.__class__ is not dict or "path" not in found:
        raise EvalError(f"template '{name or 'default'}' lacks attribute 'path'")
    path, _ = coerced_place(found["path"])
    _check_place(services, path)
    return path, text_of(force(found["welcomeText"])) if "welcomeText" in found else None


def _check_place(services: Services, path: str) -> None:
    """EvalError where a template is not in the store, or its path a link out of it: files of the user's are none."""
    with contextlib.suppress(FormatError):
        top, rest = split(path)
        inside = os.path.realpath(services.files.real(top))
        if os.path.realpath(f"{inside}{rest}") == f"{inside}{rest}".rstrip("/"):
            return
    raise EvalError(f"the template '{path}' is not in the Nix store")


class _Copying:
    """Copies a tree into another; `written` are the new files, `conflicts` those that were there and differ."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.conflicts: list[str] = []

    def copy(self, real: str, shown: str, target: str) -> None:
        """One folder; `shown` is what `real` is called in the store."""
        if not os.path.isdir(real):
            raise SystemFailure(f"the template '{shown}' is no folder")
        os.makedirs(target, exist_ok=True)
        for name in sorted(os.listdir(real)):
            if is_dot_git(bytes_of(name)):
                raise SystemFailure(f"the template '{shown}' has a folder of git's, '{name}', which git would obey")
            source, place = f"{real}/{name}", f"{target}/{name}"
            if os.path.isdir(source) and not os.path.islink(source):
                self.copy(source, f"{shown}/{name}", place)
            elif os.path.lexists(place):
                self._compare(source, f"{shown}/{name}", place)
            else:
                self._write(source, place)

    def _compare(self, source: str, shown: str, place: str) -> None:
        if _content(source) == _content(place):
            tell(f"skipping identical file: {shown}")
            return
        tell(f"refusing to overwrite existing file '{place}'\n please merge it manually with '{shown}'")
        self.conflicts.append(place)

    def _write(self, source: str, place: str) -> None:
        if os.path.islink(source):
            os.symlink(os.readlink(source), place)
        else:
            with open(place, "xb") as file:
                file.write(_content(source) or b"")
        self.written.append(place)
        tell(f'wrote: "{place}"')


def _content(path: str) -> bytes | None:
    """What a file has in it, or where a link leads; None for anything else."""
    if os.path.islink(path):
        return b"-> " + os.fsencode(os.readlink(path))
    if not os.path.isfile(path):
        return None
    with open(path, "rb") as file:
        return file.read()
