"""Before a program of a package is started, nothing that it says leads elsewhere (`use_attempts`)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lixeval.build.shell_environment import read
from lixeval.cli import main
from lixeval.cli.commands import run as running
from lixeval.errors import BuildError, LixevalError
from lixeval.store.local import LocalStore
from lixeval.system.removing import remove_tree
from tests.attack.use_attempts import INSTALLED_LINKS, PROPAGATED, RECORDS, USES, Records, Use


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    for name in ("LIXEVAL_STORE", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("NIX_CONFIG", "substitute = false")
    monkeypatch.chdir(tmp_path)
    return LocalStore(str(tmp_path / "LIXEVAL_STORE"))


@pytest.mark.parametrize("use", USES, ids=lambda use: use.name)
@pytest.mark.parametrize("command", ["run", "shell", "develop", "print-dev-env"])
def test_packages(
    use: Use, command: str, store: LocalStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "package.nix").write_text(use.value)
    assert main([command, "package.nix"]) == 1
    said = capsys.readouterr()
    assert (use.must if command == "run" else "error:") in said.err
    assert "Traceback" not in said.err and "bug of lixeval" not in said.err
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f]", said.out + said.err)


@pytest.mark.parametrize("said", PROPAGATED, ids=lambda said: ascii(said)[:40])
def test_what_is_installed_with_a_package(said: str, store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "package/nix-support").mkdir(parents=True)
    (tmp_path / "package/nix-support/propagated-user-env-packages").write_text(f"{said} ")
    path = store.add_path(str(tmp_path / "package"), "package")
    with pytest.raises(LixevalError, match=r"store path|not in the Nix store"):
        running.installed_with(store, [path])
    store.close()
    remove_tree(store.root)


@pytest.mark.parametrize("target", INSTALLED_LINKS)
def test_what_is_installed_is_in_a_file(target: str, store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "package/nix-support").mkdir(parents=True)
    (tmp_path / "package/nix-support/propagated-user-env-packages").symlink_to(target)
    path = store.add_path(str(tmp_path / "package"), "package")
    assert running.installed_with(store, [path]) == [path]
    store.close()
    remove_tree(store.root)


@pytest.mark.parametrize("records", RECORDS, ids=lambda records: records.name)
def test_environments(records: Records) -> None:
    with pytest.raises(BuildError, match="did not say which environment"):
        read(records.text)
