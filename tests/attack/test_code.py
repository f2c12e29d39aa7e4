"""Compiled code that lies together is used where it is the user's alone and whole; otherwise all is compiled again."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lixeval.compiler import cache
from lixeval.environment.settings import Settings
from lixeval.evaluation.evaluator import Evaluator
from lixeval.runtime.printing import printed
from lixeval.runtime.thunks import force
from lixeval.system import atomic
from lixeval.system.atomic import identity
from tests.attack.code_attempts import ATTEMPTS, MEANWHILE, WRITES, Attempt, Meanwhile

COUNT = 3
ANSWER = f"[ {' '.join(['40'] * COUNT)} ]"


def evaluator_of(home: Path) -> Evaluator:
    return Evaluator(Settings(system="x86_64-linux"), None, cache_directory=str(home / "code"))  # type: ignore[arg-type]  # no store


def evaluated(home: Path) -> str:
    """What a run says of a program of several files, whose code it keeps."""
    evaluator = evaluator_of(home)
    found = printed(evaluator.file(str(home / "all.nix")), force)
    evaluator.names_in_order(["a", "x"])
    evaluator.save_code()
    return str(found)


def kept(home: Path) -> dict[str, tuple[int, ...]]:
    """The files that are there, each by what tells it from all others."""
    files = [path for path in home.rglob("*") if path.is_file() and not path.is_symlink()]
    return {str(path): identity(os.lstat(path)) for path in files}


def is_well(home: Path) -> bool:
    """Whether a program has its answer, and whatever was missing has been kept by then."""
    first = evaluated(home)
    found = kept(home)
    return first == evaluated(home) == ANSWER and found == kept(home)


def ended(work: Callable[[], object]) -> Callable[[], int]:
    """Begins to do something in another process; waits for its end, whose status is 0 where it ended well."""
    child = os.fork()
    if not child:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return lambda: os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture(scope="module", autouse=True)
def few_are_many() -> Iterator[None]:
    """So few programs are kept together."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "MANY", COUNT)
        yield


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program whose code lies in one pack."""
    home = tmp_path_factory.mktemp("code")
    for number in range(COUNT):
        terms = " ".join(f"(n + {term} * {number})" for term in range(40))
        (home / f"{number}.nix").write_text(f"{{ n ? {number} }}: {{ a = builtins.length [ {terms} ]; }}")
    every = " ".join(f"(import ./{number}.nix {{ }})" for number in range(COUNT))
    (home / "all.nix").write_text(f"map (x: x.a) [ {every} ]")
    assert evaluated(home) == ANSWER
    return home


@pytest.fixture
def home(known: Path, tmp_path: Path) -> Path:
    """The same, for one test."""
    shutil.copytree(known, tmp_path / "home")
    return tmp_path / "home"


def pack_of(home: Path) -> Path:
    (pack,) = (home / "code" / "packs").iterdir()
    return pack


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_packs(attempt: Attempt, home: Path, tmp_path: Path) -> None:
    if attempt.by_root and os.geteuid():
        pytest.skip("only root can give files away and make devices")
    secret = tmp_path / "secret"
    secret.write_text("secret")
    os.utime(secret, (1, 1))
    before = os.lstat(secret)
    attempt.do(home / "code" / "packs", pack_of(home), secret)
    harmed = kept(home)
    assert evaluated(home) == ANSWER
    assert kept(home) != harmed  # it was compiled again
    assert is_well(home)
    after = os.lstat(secret)
    assert secret.read_text() == "secret"
    assert (before.st_mtime_ns, before.st_mode, before.st_uid) == (after.st_mtime_ns, after.st_mode, after.st_uid)


@pytest.mark.parametrize("event", MEANWHILE, ids=lambda event: event.name)
def test_a_pack_that_changes_while_it_is_in_use(event: Meanwhile, home: Path) -> None:
    evaluator = evaluator_of(home)
    for number in range(COUNT):
        evaluator.program(str(home / f"{number}.nix"), ())
    event.do(pack_of(home))
    assert printed(evaluator.file(str(home / "all.nix")), force) == ANSWER
    evaluator.save_code()
    assert is_well(home)


def failing_at(step: int, fail: Callable[[], Any]) -> Callable[[int, Any], None]:
    """Writes as `write_all` does, but for the one after so many."""
    write_all = atomic.write_all
    count = 0

    def write(fd: int, data: Any) -> None:
        nonlocal count
        count += 1
        if count > step:
            write_all(fd, data[: len(data) // 2])
            fail()
        write_all(fd, data)

    return write


def disk_full() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("named", [False, True], ids=["without a name", "under a hidden one"])
@pytest.mark.parametrize("what", WRITES)
def test_who_writes_a_pack(what: str, named: bool, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if named:
        monkeypatch.setattr(atomic, "_open_nameless", lambda folder, mode: None)
    disk = what == WRITES[1]
    for step in range(COUNT + 1):
        shutil.rmtree(home / "code")

        def work(step: int = step) -> None:
            monkeypatch.setattr(atomic, "write_all", failing_at(step, disk_full if disk else lambda: os._exit(9)))
            assert evaluated(home) == ANSWER

        assert ended(work)() == (0 if disk else 9)
        assert is_well(home)
        assert len(list((home / "code" / "packs").glob("[!.]*"))) == 1


def test_several_that_write_at_once(home: Path) -> None:
    shutil.rmtree(home / "code")
    begin, go = os.pipe()

    def work() -> None:
        os.close(go)
        os.read(begin, 1)  # until all are there
        assert evaluated(home) == ANSWER

    running = [ended(work) for _ in range(5)]
    os.close(begin)
    os.close(go)
    assert [end() for end in running] == [0] * 5
    assert is_well(home)
    shutil.rmtree(home / "code" / "packs")
    assert is_well(home)
