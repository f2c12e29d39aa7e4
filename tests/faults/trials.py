"""Runs that are killed, or whose n-th call of one kind fails: whatever happens, the store is right and the next run
succeeds.

    python tests/faults/trials.py kill [ROUNDS]            200: kill -9 at a random moment
    python tests/faults/trials.py fail [LAST]              the 1st to LAST-th call of each kind (`CALLS`) fails
    python tests/faults/trials.py crowd [PROCESSES]        32 processes make one derivation

After each: no traceback, nothing registered that is not so.  `FAULTS_REGISTRY=HOST` names a registry to push to; else
Debian's docker-registry is started, where there is one.
"""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lixeval.store.local import LocalStore
from lixeval.store.verify import verify

LIXEVAL = [sys.executable, "-m", "lixeval"]
CALLS = ("write", "fsync", "rename", "open", "mkdir", "read", "open to read")
ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT)
BUILD = """
let
  make = name: text: derivation {
    inherit name text;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    args = [ "-c" "read line < ${./source}; echo $text $line > $out" ];
  };
in make "b" "of ${make "a" "x"}"
"""
IMAGE = """
{ nix2container }: nix2container.buildImage {
  name = "image"; tag = "v1"; copyToRoot = [ ./tree ]; config.Env = [ "A=1" ];
}
"""
OPERATIONS = {
    "build": ["build.nix"],
    "image": ["image.nix", "-o", "image.tar"],
    "layout": ["image.nix", "--to", "oci:pushed"],
    "gc": ["store", "gc"],
    "add": ["store", "add", "tree"],
    "copy": ["copy", "docker-archive:first.tar", "oci:copied-NUMBER"],
    "copy to a cache": ["copy", "result", "--to", "file://FOLDER/cache-NUMBER?compression=zstd"],
    "copy from a cache": [
        *("copy", "PATH", "--from", "file://FOLDER/cache", "--store", "FOLDER/NUMBER", "--no-require-sigs"),
    ],
}
TO_A_REGISTRY = {
    "push": ["image.nix", "--to", "docker://REGISTRY/image:v1", "--plain-http"],
    "copy to a registry": ["copy", "docker-archive:first.tar", "docker://REGISTRY/copied-NUMBER:v1", "--plain-http"],
}
"""NUMBER is another one each time: what has been brought there once has not to be brought again."""


class Place:
    """A folder with a store, caches, a TMPDIR and sources of its own."""

    def __init__(self, folder: Path, registry: str | None = None) -> None:
        self.folder = folder
        own = {"LIXEVAL_STORE": "store", "XDG_CACHE_HOME": "cache", "XDG_DATA_HOME": "data", "TMPDIR": "tmp"}
        for name in own.values():
            (folder / name).mkdir()
        self.variables = {**os.environ, **{name: str(folder / each) for name, each in own.items()}, "NO_COLOR": "1"}
        (folder / "tree").mkdir()
        (folder / "tree" / "file").write_text("x" * 100_000)
        (folder / "source").write_text("first\n")
        (folder / "build.nix").write_text(BUILD)
        (folder / "image.nix").write_text(IMAGE)
        self.operations = OPERATIONS if registry is None else OPERATIONS | TO_A_REGISTRY
        self.took: dict[str, float] = {}
        """Operation -> how many seconds it has taken."""
        self._words = {"FOLDER": str(folder), "REGISTRY": registry or "", "NUMBER": "0"}
        self.succeed(["image.nix", "-o", "first.tar"])
        self.succeed(["build.nix"])
        self._words["PATH"] = "/nix/store/" + os.path.basename(os.readlink(folder / "result"))
        self.succeed(["copy", "result", "--to", f"file://{folder}/cache?compression=none"])

    def change(self, text: str) -> None:
        """Other sources: what depends on them has to be done again."""
        self._words["NUMBER"] = str(int(self._words["NUMBER"]) + 1)
        (self.folder / "source").write_text(text + "\n")
        (self.folder / "tree" / "file").write_text(text * 20_000)

    def arguments(self, operation: str) -> list[str]:
        """The command line of an operation."""
        found = self.operations[operation]
        for name, value in self._words.items():
            found = [word.replace(name, value) for word in found]
        return found

    def start(self, arguments: list[str], **more: str) -> subprocess.Popen[bytes]:
        """A run in a session of its own."""
        return subprocess.Popen(
            [*LIXEVAL, *arguments],
            cwd=self.folder,
            env={**self.variables, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def succeed(self, arguments: list[str]) -> None:
        """A run that must succeed."""
        said = self.start(arguments)
        error = said.communicate()[1].decode()
        assert said.returncode == 0, f"{arguments}: {error}"

    def check(self, operation: str) -> None:
        """What must hold after a fault in a run."""
        self._verify()
        begun = time.monotonic()
        self.succeed(self.arguments(operation))
        self.took[operation] = time.monotonic() - begun
        self._verify()

    def _verify(self) -> None:
        for place in (self.folder / "store", self.folder / self._words["NUMBER"]):
            if (place / "nix/var/nix/db/db.sqlite").exists():
                store = LocalStore(str(place), read_only=True)
                assert verify(store, check_contents=True) == []
                store.close()


@contextmanager
def place(registry: str | None = None) -> Iterator[Place]:
    """A place that goes afterwards."""
    folder = tempfile.mkdtemp(prefix="faults-")
    try:
        yield Place(Path(folder), registry)
    finally:
        from lixeval.system.removing import remove_tree

        remove_tree(folder)


@contextmanager
def registry() -> Iterator[str | None]:
    """A registry to push to: its host and port."""
    program, named = shutil.which("docker-registry"), os.environ.get("FAULTS_REGISTRY")
    if named or program is None:
        yield named
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{probe.getsockname()[1]}"
    with tempfile.TemporaryDirectory(prefix="registry-") as folder:
        config = Path(folder, "config.yml")
        storage = f"storage:\n  filesystem:\n    rootdirectory: {folder}/data\n"
        config.write_text(f"version: 0.1\n{storage}http:\n  addr: {host}\nlog:\n  level: error\n")
        process = subprocess.Popen(
            [program, "serve", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            time.sleep(1)
            yield host
        finally:
            process.terminate()
            process.wait()


def kill(where: Place, rounds: int, seed: int = 0) -> int:
    """How many runs were killed before they ended; AssertionError where something is wrong afterwards."""
    chance, killed = random.Random(seed), 0
    names = list(where.operations)
    for number in range(rounds):
        operation = names[number % len(names)]
        where.change(f"kill {seed} {number}")
        process = where.start(where.arguments(operation))
        time.sleep(chance.uniform(0.02, where.took.get(operation, 0.5)))
        killed += process.poll() is None
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        error = process.communicate()[1].decode()
        assert "Traceback" not in error, error
        where.check(operation)
    return killed


def compiled(folder: Path) -> str | None:
    """The library that makes calls fail; None without a compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    library = str(folder / "failing_calls.so")
    source = str(Path(__file__).parent / "failing_calls.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


def fail(where: Place, library: str, operation: str, call: str, number: int, error: int) -> bool:
    """Whether there was such a call, which has failed; AssertionError where something is wrong afterwards."""
    where.change(f"{operation} {call} {number} {error}")
    mark = where.folder / "mark"
    mark.unlink(missing_ok=True)
    process = where.start(
        where.arguments(operation),
        LD_PRELOAD=library,
        FAULT_ROOT=str(where.folder),
        FAULT_CALL=call,
        FAULT_NUMBER=str(number),
        FAULT_ERRNO=str(error),
        FAULT_MARK=str(mark),
    )
    said = process.communicate()[1].decode()
    what = f"{operation}: {call} {number} with {errno.errorcode[error]}: {said}"
    assert "Traceback" not in said and "this is a bug" not in said, what
    assert process.returncode in (0, 1, 100), what
    if not mark.exists():
        return False
    where.check(operation)
    return True


def crowd(where: Place, processes: int) -> None:
    """Many processes make one derivation: all succeed, and it is built once."""
    where.change("crowd")
    running = [where.start([*where.arguments("build"), "-o", f"result-{each}"]) for each in range(processes)]
    said = [process.communicate() for process in running]
    assert [process.returncode for process in running] == [0] * processes, said
    assert len({output for output, _ in said}) == 1
    together = b"".join(error for _, error in said).decode()
    assert (together.count("] a ("), together.count("] b (")) == (1, 1), together
    where.check("build")


def main(what: str, count: int | None) -> None:
    """Does what the command line says, and tells figures."""
    with registry() as host, place(host) as where:
        if what == "kill":
            rounds = count or 200
            print(f"{rounds} rounds, {kill(where, rounds, seed=int(time.time()))} of them killed: all is well")
        elif what == "crowd":
            crowd(where, count or 32)
            print(f"{count or 32} processes: all succeed, each derivation was built once")
        else:
            library, failed, wrong = compiled(where.folder), 0, 0
            assert library is not None, "no compiler"
            for operation in where.operations:
                for call in CALLS:
                    for number in range(1, (count or 10) + 1):
                        try:
                            if not fail(where, library, operation, call, number, ERRORS[number % len(ERRORS)]):
                                break
                        except AssertionError as error:
                            wrong += 1
                            print(f"WRONG {error}", flush=True)
                        failed += 1
                print(f"{operation}: {failed} injected so far, {wrong} went wrong", flush=True)


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("kill", "crowd", "fail"))
    parser.add_argument("count", nargs="?", type=int)
    main(**vars(parser.parse_args()))
