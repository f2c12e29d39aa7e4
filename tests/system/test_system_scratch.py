"""Folders of killed runs are swept; --offline leaves the network alone."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from lixeval.cli import run
from lixeval.system.network import Offline, require_network, set_offline
from lixeval.system.scratch import Scratch, sweep


def test_a_folder_goes_with_its_mark(tmp_path: Path) -> None:
    with Scratch("lixeval-x-", str(tmp_path)) as folder:
        Path(folder, "sub").mkdir()
        Path(folder, "sub", "file").write_text("x")
        os.chmod(Path(folder, "sub"), 0o555)
        assert len(os.listdir(tmp_path)) == 2
    assert os.listdir(tmp_path) == []


def test_what_a_killed_run_left_is_swept_and_what_is_in_use_is_not(tmp_path: Path) -> None:
    ready, write = os.pipe()
    child = os.fork()
    if child == 0:
        scratch = Scratch("lixeval-x-", str(tmp_path))
        Path(scratch.path, "file").write_text("x")
        os.write(write, b"x")
        signal.pause()
    os.read(ready, 1)
    with Scratch("lixeval-y-", str(tmp_path)):
        assert len(os.listdir(tmp_path)) == 4
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert len(os.listdir(tmp_path)) == 2
    with Scratch("lixeval-y-", str(tmp_path)):
        assert len(os.listdir(tmp_path)) == 2
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("kind", ["pipe", "link", "folder", "other name", "two names", "empty"])
def test_a_mark_that_is_none_sweeps_nothing(tmp_path: Path, kind: str) -> None:
    folder, mark = tmp_path / "precious", tmp_path / "precious.lixeval"
    folder.mkdir()
    (folder / "file").write_text("x")
    if kind == "pipe":
        os.mkfifo(mark)
    elif kind == "link":
        (tmp_path / "text").write_text("precious")
        mark.symlink_to(tmp_path / "text")
    elif kind == "folder":
        mark.mkdir()
    elif kind == "two names":
        mark.write_text("precious")
        os.link(mark, tmp_path / "other")
    else:
        mark.write_text("elsewhere" if kind == "other name" else "")
    sweep(str(tmp_path))
    assert (folder / "file").read_text() == "x"


def test_offline_fails_at_once_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in ("LIXEVAL_STORE", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        here = f"127.0.0.1:{server.getsockname()[1]}"
        for words in (
            ["--eval", "-E", f'builtins.fetchurl "http://{here}/x"'],
            ["--eval", "-E", f'builtins.fetchGit "http://{here}/x"'],
            ["inspect", f"docker://{here}/x:v1"],
        ):
            assert run([*words, "--offline"]) == 1
            assert "--offline allows no network" in capsys.readouterr().err
        with pytest.raises(BlockingIOError):
            server.accept()
    assert run(["--eval", "-E", "1", "--no-eval-cache"]) == 0
    require_network("http://x")  # the next command is not offline
    set_offline(True)
    with pytest.raises(Offline):
        require_network("http://x")
    set_offline(False)
