"""The settings in force: what nix.conf, NIX_CONFIG and the command line say, each overriding the one before.

    defaults -> system nix.conf -> user's nix.conf -> NIX_CONFIG -> (NIX_PATH, for nix-path) -> command line

`extra-NAME` adds to a list.  Values are typed when they are set, so that a wrong one is refused where it stands.
C++: config.cc, `Settings` in globals.hh.
"""

from __future__ import annotations

import os

from lixeval.environment.nix_conf import assignments
from lixeval.environment.setting_table import (
    BOOLEAN,
    FEATURES,
    JOBS,
    LIST,
    MAP,
    NUMBER,
    SANDBOX,
    SORTED,
    by_name,
)
from lixeval.environment.variables import split_search_path
from lixeval.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from lixeval.environment.setting_table import Setting

_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_LONGEST = 20
_SANDBOX_WORDS = {"required": "true", "off": "false", "auto": "auto", "true": "true", "false": "false"} | {
    "relaxed": "relaxed",
    "yes": "true",
    "no": "false",
    "1": "true",
    "0": "false",
}


class Configuration:
    """Typed values by name: bool, int, str, tuple of str; of max-jobs None for "auto".

    `unknown` are names that no setting has; `explicit` those that something other than a default has set,
    `replaced` those of them that are not only added to, and `commanded` those that the command line has.
    """

    def __init__(self) -> None:
        self.known = by_name()
        self.unknown: set[str] = set()
        self.explicit: set[str] = set()
        self.replaced: set[str] = set()
        self.commanded: set[str] = set()
        self._values: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        setting = self.known[name]
        if setting.name not in self._values:
            self._values[setting.name] = _typed(setting, setting.default)
        return self._values[setting.name]

    def find(self, name: str) -> tuple[Setting | None, bool]:
        """The setting of a name, and whether the name says that its value is to be added."""
        if name in self.known:
            return self.known[name], False
        added = self.known.get(name.removeprefix("extra-"))
        if added is not None and name.startswith("extra-") and added.kind in (LIST, MAP):
            return added, True
        return None, False

    def set(self, name: str, text: str, *, commanded: bool = False) -> None:
        """Assigns a value; `extra-NAME` adds.  A name that is unknown is remembered; UsageError for a wrong value."""
        setting, add = self.find(name)
        if setting is None:
            self.unknown.add(name)
            return
        value = _typed(setting, text)
        if add:
            value = (*self[setting.name], *value)
        if not add:
            self.replaced.add(setting.name)
        self._values[setting.name] = value
        self.explicit.add(setting.name)
        if commanded:
            self.commanded.add(setting.name)

    def put(self, name: str, value: object) -> None:
        """Assigns a value that is typed already."""
        self._values[name] = value
        self.explicit.add(name)

    def is_set(self, name: str) -> bool:
        """Whether something other than the default says what it is."""
        return name in self.explicit

    @property
    def sandbox(self) -> str:
        """auto, required, relaxed or off.  A file's `sandbox = true` is auto, unless sandbox-fallback is off."""
        word: str = self["sandbox"]
        if word == "true":
            return "required" if "sandbox" in self.commanded or not self["sandbox-fallback"] else "auto"
        return {"false": "off", "relaxed": "relaxed"}.get(word, "auto")

    def warnings(self) -> list[str]:
        """What is to be said of names that nobody knows."""
        said = [f"warning: unknown setting '{name}'" for name in sorted(self.unknown)]
        features = [name for name in self["experimental-features"] if name not in FEATURES]
        return said + [f"warning: unknown experimental feature '{name}'" for name in dict.fromkeys(features)]

    def shown(self, name: str) -> str:
        """The value as nix.conf would have it."""
        value = self[name]
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, tuple):
            if self.known[name].kind == MAP:
                return "".join(f" {word}" for word in sorted(value))  # the space before the first is Nix's own
            return " ".join(sorted(set(value)) if self.known[name].name in SORTED else value)
        return "auto" if value is None else str(value)


def configured(variables: Mapping[str, str] | None = None) -> Configuration:
    """What files and variables say; UsageError where they cannot be understood."""
    environment = os.environ if variables is None else variables
    found = Configuration()
    for name, value in assignments(environment):
        found.set(name, value)
    if "NIX_PATH" in environment:
        found.put("nix-path", tuple(split_search_path(environment["NIX_PATH"])))
    return found


def _typed(setting: Setting, text: str) -> Any:
    """A value made of its text; UsageError in Nix's words where it is none."""
    kind = setting.kind
    if kind == BOOLEAN:
        if text not in ("true", "yes", "1", "false", "no", "0"):
            raise UsageError(f"Boolean setting '{setting.name}' has invalid value '{text}'", hint="it is true or false")
        return text in ("true", "yes", "1")
    if kind == NUMBER:
        return _number(setting.name, text)
    if kind == JOBS:
        if text != "auto" and not _is_whole(text):
            raise UsageError(f"configuration setting '{setting.name}' should be 'auto' or an integer, not '{text}'")
        return None if text == "auto" else int(text)
    if kind == SANDBOX:
        if text not in _SANDBOX_WORDS:
            raise UsageError(
                f"option '{setting.name}' has invalid value '{text}'",
                hint="it is auto, required or off; in nix.conf true, false or relaxed",
            )
        return _SANDBOX_WORDS[text]
    return tuple(text.split()) if kind in (LIST, MAP) else text


def _number(name: str, text: str) -> int:
    digits, unit = (text[:-1], text[-1:].upper()) if text[-1:].upper() in _UNITS else (text, "")
    if not _is_whole(digits):
        raise UsageError(f"setting '{name}' has invalid value '{text}'", hint="it is a number; K, M, G, T may follow")
    return int(digits) * _UNITS.get(unit, 1)


def _is_whole(text: str) -> bool:
    """What `formats.numbers.whole` would say; a run that sets no number does without that module."""
    return text.isascii() and text.isdecimal() and len(text) < _LONGEST
