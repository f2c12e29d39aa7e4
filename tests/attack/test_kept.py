"""What is kept of a library is used where it is the user's alone and as it was left; otherwise all is evaluated."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lixeval.substituters.cache import Memory
from tests.attack.kept_attempts import ATTEMPTS, ON_DISK, OTHER_ANSWER, Attempt, OnDisk

AT_ONCE = """
from lixeval.evaluation.remembered import library
from lixeval.system import background
library.WORTH_IT, library.SEVERAL_TIMES = 0.0, 0
background.in_background = lambda work, **_: work()
from lixeval.cli import main
main()
"""


def evaluated(home: Path, expression: str) -> subprocess.CompletedProcess[str]:
    """What a run says of an expression that uses a library; it keeps what it has taken of that before it ends."""
    environment = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "NIX_PATH": ""}
    environment |= {"LIXEVAL_STORE": str(home / "store"), "XDG_DATA_HOME": str(home / "data")}
    (home / "project").mkdir(exist_ok=True)
    (home / "project" / "main.nix").write_text(f"let l = import <library> {{ n = 1; }}; in {expression}")
    command = [sys.executable, "-c", AT_ONCE, "--eval", "--strict", "-v", "-I", f"library={home}/library"]
    return subprocess.run(
        [*command, f"{home}/project/main.nix"], env=environment, capture_output=True, text=True, timeout=120, check=True
    )


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a kept heap."""
    home = tmp_path_factory.mktemp("kept") / "home"
    (home / "library").mkdir(parents=True)
    (home / "library" / "default.nix").write_text(
        "{ n }: let all = builtins.genList (i: { value = i + n; }) 50; in { inherit all; first = builtins.head all; }"
    )
    assert evaluated(home, "l.first.value").stdout == "1\n"
    assert "of 1 calls known" in evaluated(home, "(builtins.elemAt l.all 7).value").stderr
    return home


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_what_is_not_as_it_was_left_is_evaluated(attempt: Attempt, kept: Path, tmp_path: Path) -> None:
    if attempt.by_root and os.geteuid():
        pytest.skip("only root can give files away and make devices")
    shutil.copytree(kept, tmp_path / "real", symlinks=True)
    # The library's place is part of what is known of it: it goes where it was.
    backup = kept.with_name("backup")
    kept.rename(backup)
    try:
        (tmp_path / "real").rename(kept)
        secret = tmp_path / "secret"
        secret.write_text("secret")
        os.utime(secret, (1, 1))
        before = os.lstat(secret)
        folder = kept / "cache" / "lixeval" / "heaps"
        description = next(path for path in folder.iterdir() if "-" not in path.name and path.suffix != ".lock")
        records = next(path for path in folder.iterdir() if "-" in path.name)
        attempt.do(folder, description, records, secret)
        found = evaluated(kept, "map (one: one.value + 1) [ (builtins.elemAt l.all 3) ]")
        assert found.stdout == "[ 5 ]\n"
        assert "the library was evaluated" in found.stderr
        after = os.lstat(secret)
        assert (before.st_mtime_ns, before.st_mode, before.st_uid) == (after.st_mtime_ns, after.st_mode, after.st_uid)
        assert secret.read_text() == "secret"
    finally:
        shutil.rmtree(kept, ignore_errors=True)
        backup.rename(kept)


@pytest.mark.parametrize("one", ON_DISK, ids=lambda one: one.name)
def test_what_is_remembered_of_a_cache(one: OnDisk, tmp_path: Path) -> None:
    """What is not as it was left is asked for again, and the answer is kept where it can be."""
    if one.by_root and os.geteuid():
        pytest.skip("only root can give files away and make devices")
    folder, secret = tmp_path / "narinfo", tmp_path / "secret"
    secret.write_text("secret")
    folder.mkdir(mode=0o700)
    memory = Memory(str(folder))
    memory.remember("https://other", "b.narinfo", b"other")
    (other,) = (path for path in folder.rglob("*") if path.is_file())
    (folder / OTHER_ANSWER).parent.mkdir(exist_ok=True)
    other.rename(folder / OTHER_ANSWER)
    memory.remember("https://one", "a.narinfo", b"what it says")
    (answer,) = (path for path in folder.rglob("*") if path.is_file() and path != folder / OTHER_ANSWER)
    assert Memory(str(folder)).recall("https://one", "a.narinfo") == (b"what it says",)
    one.do(folder, answer, secret)
    assert Memory(str(folder)).recall("https://one", "a.narinfo") is None
    memory = Memory(str(folder))
    memory.remember("https://one", "a.narinfo", b"what it says now")
    assert Memory(str(folder)).recall("https://one", "a.narinfo") in (None, (b"what it says now",))
    assert secret.read_text() == "secret"
