"""Layers and images built by the store itself, without an evaluation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lixeval.build.observer import BuildObserver
from lixeval.build.plan import Wanted
from lixeval.build.realise import realise
from lixeval.build.settings import BuildSettings
from lixeval.containers.builders import builders
from lixeval.formats import derivation as derivations
from lixeval.formats.derivation import UNKNOWN, Derivation, Output
from lixeval.formats.store_path import StorePath
from lixeval.store.local import LocalStore

HISTORY = {"created_by": "nix2container"}


class Watcher(BuildObserver):
    """Keeps what is for everybody."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def message(self, text: str) -> None:
        self.said.append(text)


class Workshop:
    """A store, and derivations as embedded/nix2container.nix makes them; `said` is what the last build warned of."""

    def __init__(self, root: Path) -> None:
        self.store = LocalStore(str(root / "root"))
        self.sources = root / "sources"
        self.sources.mkdir()
        self.said: list[str] = []

    def add(self, name: str, files: dict[str, str], references: Sequence[StorePath] = ()) -> str:
        top = self.sources / name
        for file, text in files.items():
            (top / file).parent.mkdir(parents=True, exist_ok=True)
            (top / file).write_text(text)
        return self.store.add_path(str(top), name, references=references)

    def derivation(
        self, name: str, builder: str, attributes: dict[str, Any], inputs: Sequence[StorePath]
    ) -> tuple[str, str]:
        """The drv path and the output path; `inputs` are store paths and .drv paths."""
        drv = Derivation(
            {"out": Output(UNKNOWN)},
            {path: ("out",) for path in inputs if path.endswith(".drv")},
            tuple(sorted(path for path in inputs if not path.endswith(".drv"))),
            "x86_64-linux",
            f"builtin:nix2container-{builder}",
            (),
            {"__json": json.dumps(attributes)},
        )
        completed = derivations.complete(name, drv, self.store.modulo_hash)
        return self.store.add_completed(completed), completed.derivation.outputs["out"].path

    def layer(self, paths: Sequence[str], inputs: Sequence[StorePath], **changes: Any) -> tuple[str, str]:
        attributes = {
            "exportReferencesGraph": {"graph": list(paths)},
            "ignore": "",
            "rewrites": [],
            "perms": [],
            "history": HISTORY,
            "maxLayers": "1",
            "layers": [],
            "reproducible": True,
            "linkMoved": True,
        }
        return self.derivation("layers.json", "layer", {**attributes, **changes}, inputs)

    def image(self, config: str, layers: Sequence[str], inputs: Sequence[StorePath], **changes: Any) -> tuple[str, str]:
        attributes = {
            "configFile": config,
            "layers": [f"{layer}/layers.json" for layer in layers],
            "fromImage": "",
            "arch": "amd64",
            "created": "0001-01-01T00:00:00Z",
        }
        return self.derivation("image-test.json", "image", {**attributes, **changes}, inputs)

    def build(self, drv_path: StorePath) -> str:
        watcher = Watcher()
        self.said = watcher.said
        settings = BuildSettings(sandbox="off")
        results = realise(
            self.store, [Wanted(drv_path, ("out",))], settings, observer=watcher, builtin_builders=builders
        )
        return self.store.real(results.outputs[drv_path]["out"])
