"""Nothing half-written, nothing of others overwritten."""

from __future__ import annotations

import errno
import os
import stat
import threading
from pathlib import Path

import pytest

from lixeval.errors import ImageError
from lixeval.oci import publish
from lixeval.system import atomic


def always(_: str) -> bool:
    return True


def never(_: str) -> bool:
    return False


@pytest.fixture(params=["nameless", "named"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With files that have no name until they are complete, and without."""
    if request.param == "named":
        monkeypatch.setattr(atomic, "_open_nameless", lambda folder, mode: None)
    return str(request.param)


def test_a_file_appears_when_it_is_complete(way: str, tmp_path: Path) -> None:
    target = tmp_path / "image.tar"
    with publish.replacing_file(str(target), never, "ours") as fd:
        os.write(fd, b"new")
        assert not target.exists()
    assert target.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["image.tar"]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~mask


@pytest.mark.parametrize(
    "failure", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device"), SystemExit(1)]
)
def test_after_a_failure_the_old_file_is_there_and_nothing_else(
    way: str, failure: BaseException, tmp_path: Path
) -> None:
    target = tmp_path / "image.tar"
    target.write_bytes(b"old")
    expected = ImageError if isinstance(failure, OSError) else type(failure)
    with pytest.raises(expected) as raised, publish.replacing_file(str(target), always, "ours") as fd:
        os.write(fd, b"half")
        raise failure
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["image.tar"]
    if isinstance(raised.value, ImageError):
        assert "No space left on device" in raised.value.message and "nothing was left behind" in str(raised.value.hint)


def test_a_full_disk_leaves_nothing(way: str, tmp_path: Path) -> None:
    """/dev/full fails every write with the real error."""
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full here")
    with (
        pytest.raises(ImageError, match="No space left"),
        publish.replacing_file(str(tmp_path / "x"), never, "ours"),
        open("/dev/full", "wb", buffering=0) as full,
    ):
        full.write(b"data")
    assert os.listdir(tmp_path) == []


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    target = tmp_path / "thesis.tex"
    target.write_bytes(b"precious")
    with pytest.raises(ImageError, match="exists and is not ours"), publish.replacing_file(str(target), never, "ours"):
        pytest.fail("must not get here")
    assert target.read_bytes() == b"precious"
    with (
        pytest.raises(ImageError, match="exists and is not ours"),
        publish.replacing_file(str(tmp_path), always, "ours"),
    ):
        pytest.fail("a folder is no file")


def test_a_symlink_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    with publish.replacing_file(str(tmp_path / "link"), always, "ours") as fd:
        os.write(fd, b"new")
    assert os.readlink(tmp_path / "link") == "real"
    assert (tmp_path / "real").read_bytes() == b"new"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    with publish.replacing_file(str(tmp_path / "pipe"), never, "ours") as fd:
        os.write(fd, b"stream")
    reader.join()
    assert read == [b"stream"]
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    path = str(tmp_path / "nowhere/x.tar")
    with pytest.raises(ImageError, match=r"nowhere' does not exist"), publish.replacing_file(path, never, "ours"):
        pytest.fail("must not get here")


def test_a_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    target = tmp_path / "image"
    target.mkdir()
    (target / "old").touch()
    with publish.replacing_folder(str(target), always, "ours") as part:
        Path(part, "new").touch()
    assert os.listdir(target) == ["new"]
    with pytest.raises(KeyboardInterrupt), publish.replacing_folder(str(target), always, "ours") as part:
        Path(part, "newer").touch()
        raise KeyboardInterrupt
    assert os.listdir(target) == ["new"]
    assert os.listdir(tmp_path) == ["image"]


def test_an_empty_folder_is_nobodys_and_a_full_one_stays(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with publish.replacing_folder(str(tmp_path / "empty"), never, "ours") as part:
        Path(part, "x").touch()
    assert os.listdir(tmp_path / "empty") == ["x"]
    with (
        pytest.raises(ImageError, match="is not ours"),
        publish.replacing_folder(str(tmp_path / "empty"), never, "ours"),
    ):
        pytest.fail("must not get here")


def test_a_nameless_file_gets_its_name_without_being_copied(tmp_path: Path) -> None:
    folder = atomic._open_nameless(str(tmp_path), 0o666)
    if folder is None:
        pytest.skip("the file system makes no nameless files")
    os.close(folder)
    with atomic.complete_file(str(tmp_path / "file")) as fd:
        written = os.fstat(fd).st_ino
    assert (tmp_path / "file").stat().st_ino == written
