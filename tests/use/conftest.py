"""Packages made by the sandbox's /bin/sh alone, and `lixeval run`, `shell` and `develop` on them, in processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from lixeval.build.sandbox.isolation import Isolation, why_not

Ran = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store and a cache that the tests share."""
    return tmp_path_factory.mktemp("use")


@pytest.fixture
def ran(shared: Path, tmp_path: Path) -> Ran:
    """Calls lixeval in `tmp_path`; skips where nothing can be built or shown."""
    if (reason := why_not(Isolation.NAMESPACES)) is not None:
        pytest.skip(f"namespaces: {reason}")
    (tmp_path / "packages.nix").write_text(Path(__file__).with_name("packages.nix").read_text())
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LIXEVAL", "NIX"))}
    environment |= {
        "XDG_DATA_HOME": f"{shared}/data",
        "XDG_CACHE_HOME": f"{shared}/cache",
        "NIX_CONFIG": "substitute = false",
    }

    def run(
        *words: str,
        variables: dict[str, str] | None = None,
        given: str = "",
        program: Sequence[str] = ("-m", "lixeval"),
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *program, *words],
            cwd=tmp_path,
            env={**environment, **(variables or {})},
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )

    return run
