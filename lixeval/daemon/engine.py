"""What a daemon needs besides its store: whoever builds and fetches for clients.  `build.for_clients` is one."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Protocol

    from lixeval.daemon.connection import Missing
    from lixeval.daemon.messages import Speaker
    from lixeval.daemon.values import BuildResult
    from lixeval.formats.derivation import Derivation
    from lixeval.formats.store_path import StorePath

    class Engine(Protocol):
        """Builds into one store, for one client; `say` hears what happens meanwhile."""

        def set_options(self, numbers: Sequence[int], others: dict[str, str], *, trusted: bool) -> list[str]:
            """How to build from now on, as SetOptions has it (its twelve numbers, its names and values).

            What an untrusted client may not set is left as it is; a warning for each of it.
            """

        def build(self, wanted: Sequence[str], mode: int, say: Speaker) -> dict[str, BuildResult]:
            """Makes derived paths valid as far as that can be; what came of each."""

        def build_derivation(self, drv_path: StorePath, derivation: Derivation, mode: int, say: Speaker) -> BuildResult:
            """Builds a derivation whose inputs are valid paths."""

        def missing(self, wanted: Sequence[str]) -> Missing:
            """What `build` would have to do."""

        def substitutable(self, paths: Iterable[StorePath]) -> dict[StorePath, tuple[str, list[StorePath], int, int]]:
            """Those of the paths that can be fetched: deriver, references, packed and unpacked size of each."""

        def substitute(self, paths: Sequence[StorePath], say: Speaker) -> None:
            """Makes paths valid that can be fetched; the others stay as they are."""
