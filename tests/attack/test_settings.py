"""Configuration files and search paths end, whatever they name, and what is wrong with them is said."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from lixeval.environment.configuration import configured
from lixeval.environment.settings import Settings
from lixeval.environment.variables import split_search_path
from lixeval.errors import LixevalError, UsageError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.runtime.printing import printed
from lixeval.runtime.thunks import force
from lixeval.store.local import LocalStore
from lixeval.system.transport import Patience
from tests.attack.setting_attempts import ATTEMPTS, SEARCH_PATHS, Attempt


@pytest.fixture(autouse=True)
def ends() -> Iterator[None]:
    """What would wait for ever fails instead."""
    signal.alarm(60)
    yield
    signal.alarm(0)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_configuration_files(attempt: Attempt, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "FIFO")
    (tmp_path / "LOOP").symlink_to("LOOP")
    with open(tmp_path / "SPARSE", "wb") as file:
        file.truncate(3_000_000_000)
    for number in range(40):
        (tmp_path / f"DOUBLE{number}").write_text(f"include DOUBLE{number + 1}\n" * 2)
    (tmp_path / "DOUBLE40").write_text("")
    conf = tmp_path / "nix.conf"
    conf.write_text(f"cores = 3\n{attempt.text}\n", errors="surrogateescape")
    variables = {"NIX_CONF_DIR": str(tmp_path / "none"), "NIX_USER_CONF_FILES": str(conf)}
    if attempt.must is None:
        assert configured(variables)["cores"] == 3
    else:
        with pytest.raises(UsageError, match=attempt.must):
            configured(variables)


def test_a_pipe_that_somebody_writes_to_is_read(tmp_path: Path) -> None:
    """As from `NIX_USER_CONF_FILES=<(…)`."""
    reading, writing = os.pipe()
    os.write(writing, b"cores = 5\n")
    os.close(writing)
    variables = {"NIX_CONF_DIR": str(tmp_path), "NIX_USER_CONF_FILES": f"/dev/fd/{reading}"}
    assert configured(variables)["cores"] == 5
    os.close(reading)


@pytest.mark.parametrize("entry", SEARCH_PATHS, ids=lambda entry: ascii(entry)[:40])
@pytest.mark.parametrize("restricted", [False, True], ids=["free", "restricted"])
def test_search_paths(entry: str, restricted: bool, tmp_path: Path) -> None:
    settings = Settings(
        "x86_64-linux",
        tuple(tuple(pair.split("=", 1)) for pair in split_search_path(entry) if "=" in pair),  # type: ignore[misc]
        restricted=restricted,
        experimental=frozenset(("flakes", "fetch-tree")),
        cache_directory=str(tmp_path / "cache"),
        flake_registry="",
        patience=Patience(attempts=1),
    )
    store = LocalStore(str(tmp_path / "store"))
    with pytest.raises(LixevalError):
        printed(Evaluator(settings, store).text("import <x>", str(tmp_path)), force)
    store.close()
