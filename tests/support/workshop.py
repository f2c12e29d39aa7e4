"""A workshop for build tests: a store of its own, derivations made of shell scripts, and a record of what happened."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from lixeval.build import preparation
from lixeval.build.builders.builder import BuiltinBuilder
from lixeval.build.realise import BuildObserver, BuildSettings, Plan, Results, Wanted, realise
from lixeval.build.sandbox.isolation import Isolation, why_not
from lixeval.errors import LixevalError
from lixeval.formats.derivation import UNKNOWN, Derivation, Output, complete
from lixeval.formats.store_path import StorePath
from lixeval.store.local import LocalStore
from lixeval.system.removing import remove_tree

HOST_PATHS = {path: f"{path}?" for path in ("/bin", "/usr", "/lib", "/lib64")}
COMPLETE = [kind for kind in Isolation if kind.is_complete]


class Recorder(BuildObserver):
    """Remembers everything that an observer is told."""

    def __init__(self) -> None:
        self.plans: list[Plan] = []
        self.events: list[tuple[str, str]] = []
        self.lines: list[str] = []
        self.messages: list[str] = []

    def plan(self, plan: Plan) -> None:
        self.plans.append(plan)

    def started(self, drv_path: StorePath, pid: int) -> None:
        self.events.append(("started", drv_path))

    def log_line(self, drv_path: StorePath, line: str) -> None:
        self.lines.append(line)

    def finished(self, drv_path: StorePath, seconds: float) -> None:
        self.events.append(("finished", drv_path))

    def failed(self, drv_path: StorePath, error: LixevalError) -> None:
        self.events.append(("failed", drv_path))

    def isolated(self, how: str) -> None:
        self.messages.append(how)

    def message(self, text: str) -> None:
        self.messages.append(text)


class Workshop:
    """A store below a temporary directory, and settings whose sandbox has the machine's shell and tools."""

    def __init__(self, root: Path, build_directory: Path) -> None:
        self.store = LocalStore(str(root))
        self.settings = BuildSettings(
            sandbox_paths=HOST_PATHS, cores=2, system="x86_64-linux", build_directory=str(build_directory)
        )
        self.build_directory = build_directory
        self.recorder = Recorder()

    def derivation(
        self,
        name: str,
        script: str = "",
        *,
        builder: str = "/bin/sh",
        outputs: Mapping[str, Output] | None = None,
        inputs: Mapping[StorePath, tuple[str, ...]] | None = None,
        sources: Sequence[StorePath] = (),
        environment: Mapping[str, str] | None = None,
        platform: str = "x86_64-linux",
    ) -> StorePath:
        """Add a derivation that runs a shell script; its path."""
        outputs = outputs or {"out": Output(UNKNOWN)}
        variables = {"name": name, "PATH": "/usr/bin:/bin", **dict.fromkeys(outputs, ""), **(environment or {})}
        drv = Derivation(outputs, inputs or {}, tuple(sources), platform, builder, ("-c", script), variables)
        completed = complete(name, drv, self.store.modulo_hash)
        return self.store.add_completed(completed)

    def out(self, drv_path: StorePath, output: str = "out") -> StorePath:
        """The logical path of an output."""
        return self.store.query_deriver_outputs(drv_path)[output]

    def read(self, drv_path: StorePath, output: str = "out") -> str:
        """The contents of an output that is a file."""
        return Path(self.store.real(self.out(drv_path, output))).read_text()

    def build(
        self, *drv_paths: StorePath, builtin_builders: Mapping[str, BuiltinBuilder] | None = None, **settings: Any
    ) -> Results:
        """Realise derivations with changed settings."""
        chosen = dataclasses.replace(self.settings, **settings)
        wanted = [Wanted(path) for path in drv_paths]
        return realise(self.store, wanted, chosen, self.recorder, builtin_builders)

    def leftovers(self) -> list[str]:
        """What should not be there when nothing runs: files of the store that are not valid, build directories."""
        valid = {os.path.basename(path) for path in self.store.all_paths()}
        stray = [name for name in os.listdir(self.store.real_store_dir) if name not in valid and name != ".links"]
        return sorted(stray + os.listdir(self.build_directory))


@pytest.fixture
def make_workshop(tmp_path: Path) -> Iterator[Callable[[], Workshop]]:
    """Make workshops, with stores that can be removed afterwards."""
    made: list[Workshop] = []

    def make() -> Workshop:
        number = len(made)
        build_directory = tmp_path / f"builds-{number}"
        build_directory.mkdir(mode=0o755)
        made.append(Workshop(tmp_path / f"store-{number}", build_directory))
        return made[-1]

    yield make
    for workshop in made:
        workshop.store.close()
        remove_tree(workshop.store.root)


def _require_isolation() -> None:
    reasons = [f"{kind.name.lower()}: {why_not(kind)}" for kind in COMPLETE if why_not(kind) is not None]
    if len(reasons) == len(COMPLETE):
        pytest.skip(f"no sandbox works here ({'; '.join(reasons)})")
    if not os.path.exists("/bin/sh") or not os.path.exists("/usr/bin/tr"):
        pytest.skip("the builders of these tests need /bin/sh and /usr/bin")
    if os.uname().machine != "x86_64":
        pytest.skip("the derivations of these tests are for x86_64-linux")


@pytest.fixture
def workshop(make_workshop: Callable[[], Workshop]) -> Workshop:
    """A workshop where builds are isolated completely; skips where that is not possible."""
    _require_isolation()
    return make_workshop()


@pytest.fixture(params=COMPLETE, ids=lambda kind: kind.name.lower())
def isolated_workshop(
    request: pytest.FixtureRequest, make_workshop: Callable[[], Workshop], monkeypatch: pytest.MonkeyPatch
) -> Workshop:
    """A workshop for each kind of isolation that works here."""
    _require_isolation()
    reason = why_not(request.param)
    if reason is not None:
        pytest.skip(f"{request.param.name.lower()}: {reason}")
    monkeypatch.setattr(preparation, "choose", lambda setting, *, diverted: request.param)
    return make_workshop()
