"""Images whose files the machine does not give: the run says which file, and leaves what was there before."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.containers.store_workshop import Workshop
from tests.faults import trials
from tests.support.faulty_registry import FaultyRegistry

FILE = "bin/two"


class Place:
    """An image of two layers that are made again from their files, and places for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        workshop: Any = Workshop(folder)
        one = workshop.add("one", {"bin/one": "1" * 10_000})
        two = workshop.add("two", {"bin/a": "a", FILE: "2" * 2_000_000, "bin/z": "z"})
        config_drv, config = workshop.derivation("config.json", "text", {"text": "{}"}, [])
        made = [workshop.layer([path], [path]) for path in (one, two)]
        image_drv, _ = workshop.image(config, [layer for _, layer in made], [config_drv, *(drv for drv, _ in made)])
        built = workshop.build(image_drv)
        (folder / "image.json").write_bytes(Path(built).read_bytes())
        self.file = f"{workshop.store.real(two)}/{FILE}"
        own = {"XDG_CACHE_HOME": "cache", "XDG_DATA_HOME": "data", "TMPDIR": "tmp"}
        for name in (*own.values(), "places"):
            (folder / name).mkdir()
        self.variables = {**os.environ, **{name: str(folder / each) for name, each in own.items()}, "NO_COLOR": "1"}
        self.variables |= {"LIXEVAL_STORE": workshop.store.root, "HOME": str(folder)}
        self.variables.pop("REGISTRY_AUTH_FILE", None)

    def copy(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """A run of `lixeval copy` with the image."""
        command = [*trials.LIXEVAL, "copy", "image.json", *words]
        variables = {**self.variables, **more}
        return subprocess.run(command, cwd=self.folder, env=variables, capture_output=True, text=True, check=False)

    def contents(self) -> dict[str, bytes | None]:
        """All that is where images go, and in the folder of temporary files."""
        return {
            str(path): path.read_bytes() if path.is_file() else None
            for folder in ("places", "tmp")
            for path in (self.folder / folder).rglob("*")
        }

    def packs(self) -> list[str]:
        """The packed layers that are kept."""
        folder = self.folder / "cache/lixeval/blobs/packed"
        return os.listdir(folder) if folder.exists() else []


@pytest.fixture
def library(tmp_path: Path) -> str:
    found = trials.compiled(tmp_path)
    if found is None:
        pytest.skip("needs a C compiler")
    return found


@pytest.fixture
def registry() -> Iterator[FaultyRegistry]:
    with FaultyRegistry() as running:
        yield running


@pytest.mark.parametrize(
    ("call", "number", "error"),
    [("open to read", 1, errno.EACCES), ("read", 1, errno.EIO), ("read", 3, errno.EIO)],
)
@pytest.mark.parametrize("place", ["docker://{}/app:v1", "oci:places/oci:v1", "docker-archive:places/docker.tar"])
def test_a_file_of_a_layer_that_cannot_be_read(
    call: str, number: int, error: int, place: str, library: str, registry: FaultyRegistry, tmp_path: Path
) -> None:
    where = Place(tmp_path)
    words = [place.format(registry.host), *(["--compression", "gzip"] if place.startswith("oci") else [])]
    if not place.startswith("docker:"):
        assert where.copy(words[0], "--compression", "none").returncode == 0  # an older one is there
    before = where.contents()
    mark = tmp_path / "mark"
    failing = where.copy(
        *words,
        LD_PRELOAD=library,
        FAULT_ROOT=where.file,
        FAULT_CALL=call,
        FAULT_NUMBER=str(number),
        FAULT_ERRNO=str(error),
        FAULT_MARK=str(mark),
    )
    assert mark.exists(), failing.stderr
    assert failing.returncode == 1 and f"cannot read '{where.file}': {os.strerror(error)}" in failing.stderr
    assert where.contents() == before and registry.manifests.get("app", {}) == {}
    packs = not place.startswith("docker-archive:")
    assert len(where.packs()) == packs
    again = where.copy(*words)
    assert again.returncode == 0, again.stderr
    assert again.stderr.count(" packed (") == packs
    assert where.packs() == []


def test_where_packed_layers_are_kept_is_full(library: str, registry: FaultyRegistry, tmp_path: Path) -> None:
    where = Place(tmp_path)
    mark, kept = tmp_path / "mark", tmp_path / "cache/lixeval/blobs/packed"
    failing = where.copy(
        f"docker://{registry.host}/app:v1",
        LD_PRELOAD=library,
        FAULT_ROOT=str(kept),
        FAULT_CALL="write",
        FAULT_NUMBER="2",
        FAULT_ERRNO=str(errno.ENOSPC),
        FAULT_MARK=str(mark),
    )
    assert mark.exists() and failing.returncode == 1
    assert f"cannot write '{kept}': No space left on device" in failing.stderr
    assert where.copy(f"docker://{registry.host}/app:v1").returncode == 0 and where.packs() == []
