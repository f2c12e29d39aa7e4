"""What a builder that runs inside lixeval is given, and what it must do.

A derivation whose `builder` is "builtin:NAME" starts no program: the realiser looks NAME up in a mapping and calls what
it finds.  `builtin:fetchurl` is the classic one; image layers and packages taken from the host are made the same way,
so they are ordinary derivations with output paths, locks, logs and registration like everybody else's.

The contract of a builder:

- it is called in a process of its own, forked for this one derivation, so it may use a core for itself, and whatever it
  leaves behind in memory is gone afterwards.  Its standard output and error are the build log;
- it creates exactly the paths in `context.outputs`, each a file, a directory or a symlink, and nothing else outside
  `context.temporary_directory`.  Modes, owners and times do not matter: they are made canonical afterwards, and
  references are scanned for as for every other build;
- it may read `context.store` and must not write to it;
- it fails by raising a `BuildError` (or any `LixevalError`); every other exception is a bug and is reported as one.

Stands between `build.realise`, which calls the builders, and the rooms that supply them (containers/, host/).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from lixeval.formats.derivation import Derivation
    from lixeval.store.local import LocalStore

PREFIX = "builtin:"


@dataclass(frozen=True, slots=True)
class BuildContext:
    """One build, as its builtin builder sees it.

    `outputs` maps an output's name ("out") to the *real* path to create; the logical path that the output will have is
    `derivation.outputs[name].path`, also found in `environment[name]`.  `environment` is the environment an external
    builder would get; `structured_attrs` is the parsed `__json` of a derivation with `__structuredAttrs`, with
    `outputs` and the closure information of `exportReferencesGraph` added, else None.  `cores` is how many threads
    the builder may use.
    """

    drv_path: str
    derivation: Derivation
    outputs: dict[str, str]
    store: LocalStore
    environment: dict[str, str]
    structured_attrs: dict[str, Any] | None
    log: Callable[[str], None]
    temporary_directory: str
    cores: int = 1
    input_closure: tuple[str, ...] = field(default=(), repr=False)


BuiltinBuilder: TypeAlias = Callable[[BuildContext], None]


def builtin_name(builder: str) -> str | None:
    """The NAME of "builtin:NAME"; None for a builder that is a program."""
    return builder[len(PREFIX) :] if builder.startswith(PREFIX) else None
