"""nix.conf and NIX_CONFIG: which files there are, and what is assigned in them.

    line      = [ NAME "=" { WORD } | "include" PATH | "!include" PATH ] [ "#" comment ]

System configuration first ($NIX_CONF_DIR or /etc/nix), then the user's ($NIX_USER_CONF_FILES, else nix/nix.conf in
$XDG_CONFIG_HOME and $XDG_CONFIG_DIRS, the first of which counts most), then $NIX_CONFIG; what comes later overrides.

This is read at every start, before the result of a run is looked up, and so imports hardly anything.
C++: `loadConfFile` in globals.cc, `applyConfig` in config.cc.
"""

from __future__ import annotations

import os
from stat import S_ISFIFO, S_ISREG

from lixeval.environment.machine import open_at_once

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    Assignment = tuple[str, str]

_MAX_DEPTH = 64
"""Of files that include files: one that includes itself ends here."""
_MOST_INCLUDED = 1000
"""Files, in all: those that include two others each, in forty steps, would be a million million."""
_LARGEST = 1 << 24


def assignments(environment: Mapping[str, str] | None = None) -> list[Assignment]:
    """All (name, value) in force, in order; values are words with one space between them.

    Raises UsageError for a line that is none, and for an included file that is not there.
    """
    variables = os.environ if environment is None else environment
    found: list[Assignment] = []
    for path in files(variables):
        text = _read(path)
        if text is not None:
            found += _parsed(text, path, [], 0)
    if "NIX_CONFIG" in variables:
        found += _parsed(variables["NIX_CONFIG"], "NIX_CONFIG", [], 0)
    return found


def files(variables: Mapping[str, str]) -> list[str]:
    """The configuration files that may be there, in the order in which they count."""
    system = os.path.join(variables.get("NIX_CONF_DIR") or "/etc/nix", "nix.conf")
    if "NIX_USER_CONF_FILES" in variables:
        users = [path for path in variables["NIX_USER_CONF_FILES"].split(":") if path]
    else:
        home = variables.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
        first = variables.get("NIX_CONFIG_HOME") or os.path.join(home, "nix")
        others = [path for path in (variables.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":") if path]
        users = [f"{folder}/nix.conf" for folder in (first, *(os.path.join(path, "nix") for path in others))]
    return [system, *reversed(users)]


def _read(path: str) -> str | None:
    """A file's text; None where it is not there or may not be read, as for Nix.

    A device has none, and a pipe that nobody writes to: no start of a run waits for them.
    """
    try:
        with open(path, "rb", buffering=0, opener=open_at_once) as file:
            mode = os.fstat(file.fileno()).st_mode
            if S_ISFIFO(mode):
                os.set_blocking(file.fileno(), True)  # of one that somebody writes to, all
            content = b""
            while (S_ISREG(mode) or S_ISFIFO(mode)) and len(content) <= _LARGEST:
                block = file.read(_LARGEST)
                if not block:
                    break
                content += block
    except OSError:
        return None
    if len(content) > _LARGEST:
        raise _wrong(f"configuration file '{path}' is larger than {_LARGEST} bytes", "is it the right one?")
    return content.decode("utf-8", "surrogateescape")


def _parsed(text: str, where: str, included: list[str], depth: int) -> list[Assignment]:
    found: list[Assignment] = []
    for line in text.split("\n"):
        line = line.partition("#")[0]
        words = line.split()
        if not words:
            continue
        if words[0] in ("include", "!include") and len(words) == 2:
            found += _included(words[1], where, included, depth, must_be=words[0] == "include")
        elif len(words) < 2 or words[1] != "=" or words[0] in ("include", "!include"):
            raise _wrong(f"syntax error in configuration line '{line}' in '{where}'", "a line is NAME = VALUE")
        else:
            found.append((words[0], " ".join(words[2:])))
    return found


def _included(name: str, where: str, included: list[str], depth: int, *, must_be: bool) -> list[Assignment]:
    """What is in an included file; `included` are all files that were so far."""
    path = os.path.normpath(os.path.join(os.path.abspath(os.path.dirname(where)), name))
    if depth >= _MAX_DEPTH:
        raise _wrong(f"configuration file '{path}' includes itself", f"see the include in '{where}'")
    if os.path.lexists(path):
        included.append(path)
        if len(included) > _MOST_INCLUDED:
            raise _wrong(f"more than {_MOST_INCLUDED} configuration files are included", f"the last is in '{where}'")
        text = _read(path)
        return [] if text is None else _parsed(text, path, included, depth + 1)
    if must_be:
        raise _wrong(f"file '{path}' included from '{where}' not found", "!include is for files that may be missing")
    return []


def _wrong(message: str, hint: str) -> Exception:
    from lixeval.errors import UsageError

    return UsageError(message, hint=hint)
