"""What a builder that runs inside lixeval is given, and what it must do.

A derivation whose `builder` is "builtin:NAME" starts no program: the realiser looks NAME up in a mapping and calls what
it finds.  `builtin:fetchurl` is the classic one; image layers and packages taken from the host are made the same way,
so they are ordinary derivations with output paths, locks, logs and registration like everybody else's.

The contract of a builder:

- it is called in a process of its own, forked for this one derivation, so it may use a core for itself, and whatever it
  leaves behind in memory is gone afterwards.  Its standard output and error are the build log;
- it runs in a sandbox where there is one (`sandbox.builtin`): it sees the closure of its inputs, its outputs, and
  `context.temporary_directory`.  Where there is none it must not see more: whatever an attribute names is read through
  `context.store` (`inputs`), whatever it makes at a place that an attribute names is made through `context.tree`
  (`output_tree`);
- it creates exactly the paths in `context.outputs`, each a file, a directory or a symlink, and nothing else outside
  `context.temporary_directory`.  Modes, owners and times do not matter: they are made canonical afterwards, and
  references are scanned for as for every other build;
- attributes are anybody's: `context.asked` checks them (`shapes`) before they are used;
- it fails by raising a `BuildError` (or any `LixevalError`); every other exception is a bug and is reported as one.

Stands between `build.realise`, which calls the builders, and the rooms that supply them (containers/, host/).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from lixeval.build.builders import shapes
from lixeval.build.builders.output_tree import OutputTree
from lixeval.errors import BuildError

if TYPE_CHECKING:
    from lixeval.build.builders.inputs import Inputs
    from lixeval.formats.derivation import Derivation
    from lixeval.formats.store_path import StorePath
    from lixeval.store.local import LocalStore

PREFIX = "builtin:"


@dataclass(frozen=True, slots=True)
class BuildContext:
    """One build, as its builtin builder sees it.

    `outputs` maps an output's name ("out") to the *real* path to create; the logical path that the output will have is
    `derivation.outputs[name].path`, also found in `environment[name]`.  `environment` is the environment an external
    builder would get; `structured_attrs` is the parsed `__json` of a derivation with `__structuredAttrs`, with
    `outputs` and the closure information of `exportReferencesGraph` added, else None.  `cores` is how many threads
    the builder may use; `also` are the paths that `Builtin.also_reads` has named, `outside`
    is what `Builtin.ask_outside` has given.
    """

    drv_path: StorePath
    derivation: Derivation
    outputs: dict[str, str]
    store: Inputs
    environment: dict[str, str]
    structured_attrs: dict[str, Any] | None
    log: Callable[[str], None]
    temporary_directory: str
    cores: int = 1
    input_closure: tuple[str, ...] = field(default=(), repr=False)
    also: tuple[str, ...] = ()
    outside: Any = field(default=None, repr=False)

    @property
    def out(self) -> str:
        """The real path of the output `out`, which every builder of ours has to make."""
        if "out" not in self.outputs:
            raise BuildError("this builder makes an output 'out', and the derivation has none", drv_path=self.drv_path)
        return self.outputs["out"]

    def tree(self) -> OutputTree:
        """The output `out`, to be made piece by piece."""
        return OutputTree(self.out)

    def asked(self, **wanted: shapes.Shape) -> dict[str, Any]:
        """The structured attributes, of which those that are `wanted` have been looked at."""
        if self.structured_attrs is None:
            raise BuildError("this builder needs __structuredAttrs", drv_path=self.drv_path)
        shapes.check(self.structured_attrs, wanted)
        return self.structured_attrs

    def variable(self, name: str) -> str:
        """A variable of the environment that must be there."""
        if name not in self.environment:
            raise BuildError(f"the attribute '{name}' is missing", drv_path=self.drv_path)
        return self.environment[name]


BuildFunction: TypeAlias = Callable[[BuildContext], None]


@dataclass(frozen=True, slots=True)
class Builtin:
    """A builder that needs more than its inputs.

    `fetches`: the network, so that only a fixed output may have it.  `reads_host`: the packages of the machine.
    From the derivation's structured attributes (or its variables) `also_reads` names further valid store paths, and
    `ask_outside` finds what only the user's own files say, before the builder is shut in: credentials.
    """

    build: BuildFunction
    fetches: bool = False
    reads_host: bool = False
    also_reads: Callable[[LocalStore, Mapping[str, Any]], Iterable[str]] | None = None
    ask_outside: Callable[[Mapping[str, Any]], object] | None = None


BuiltinBuilder: TypeAlias = BuildFunction | Builtin


def builtin_name(builder: str) -> str | None:
    """The NAME of "builtin:NAME"; None for a builder that is a program."""
    return builder[len(PREFIX) :] if builder.startswith(PREFIX) else None
