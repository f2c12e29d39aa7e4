"""`python -m tests.bench.daemons`: copies into a real daemon's store beside `nix copy`, and builds on several builders.

    python -m tests.bench.daemons [-n RUNS] [--folder DIR] [CASE …]

    small      1,000 paths of some hundred bytes, and one that refers to them all
    big        one path of 500 MB
    builders   200 derivations that sleep 0.2 s, on one remote builder and on four, each a daemon of ours with one slot

Copies go to one nix-daemon (LIXEVAL_TEST_NIX, or the one on the PATH) at a socket, each run to an empty store; the two
clients have their turn in every round, the first round is not counted.  Round trips are lixeval's own count.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from lixeval.daemon.any_store import open_store
from lixeval.daemon.copying import Vouching, copy_closure
from lixeval.daemon.store import DaemonStore
from lixeval.formats.store_path import StorePath
from lixeval.store.local import LocalStore
from lixeval.system.removing import remove_tree

from .processes import run

PREFIX = shlex.split(os.environ.get("LIXEVAL_TEST_NIX", ""))
CASES = ("small", "big", "builders")
_TIMEOUT = 900.0
_MANY = """
let one = i: derivation {
  name = "one${toString i}"; system = "x86_64-linux"; builder = "/bin/sh"; salt = "SALT";
  args = [ "-c" "/bin/sleep 0.2; echo > $out" ];
}; in builtins.genList one 200
"""


def make_paths(folder: str) -> dict[str, StorePath]:
    """A store with what is copied; the path to copy of each case."""
    store = LocalStore(f"{folder}/source")
    with store.batch():
        many = [store.add_text(f"text{number}", f"{number}\n" * 20) for number in range(1000)]
        top = store.add_text("top", "\n".join(many), many)
    with open(f"{folder}/file", "wb") as file:
        for _ in range(500):
            file.write(os.urandom(1 << 20))
    big = store.add_path(f"{folder}/file", "big")
    os.unlink(f"{folder}/file")
    store.close()
    return {"small": top, "big": big}


@contextlib.contextmanager
def real_daemon(folder: str) -> Iterator[str]:
    """A nix-daemon for an empty store; its URL."""
    remove_tree(f"{folder}/there")
    place = f"{folder}/socket"
    environment = {**os.environ, "NIX_DAEMON_SOCKET_PATH": place}
    command = [*PREFIX, "nix-daemon", "--store", f"local?root={folder}/there"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield f"unix://{_awaited(place)}"
    finally:
        process.kill()
        process.wait()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(place)


def _awaited(place: str) -> str:
    while not os.path.exists(place):
        time.sleep(0.01)
    time.sleep(0.1)
    return place


def copies(folder: str, path: StorePath, runs: int) -> None:
    """Prints what both clients take to copy a path with its closure."""
    own = [
        sys.executable,
        "-m",
        "lixeval",
        "copy",
        path,
        "--store",
        f"{folder}/source",
        "--no-check-sigs",
        "-q",
        "--to",
    ]
    nix = [*PREFIX, "nix", "--extra-experimental-features", "nix-command", "copy", path, "--no-check-sigs"]
    nix += ["--from", f"local?root={folder}/source", "--to"]
    walls: dict[str, list[float]] = {"nix copy": [], "lixeval copy": []}
    cpus: dict[str, list[float]] = {"nix copy": [], "lixeval copy": []}
    for number in range(runs + 1):
        for name, command in ("nix copy", nix), ("lixeval copy", own):
            with real_daemon(folder) as url:
                done = run([*command, url], dict(os.environ), _TIMEOUT)
            if done.code:
                raise SystemExit(f"{name}: {done.errors}")
            if number:
                walls[name].append(done.wall)
                cpus[name].append(done.cpu)
    for name in walls:
        print(f"  {name:14} {statistics.median(walls[name]):7.2f} s   cpu {statistics.median(cpus[name]):6.2f} s")
    ratio = statistics.median(walls["lixeval copy"]) / statistics.median(walls["nix copy"])
    print(f"  lixeval takes {ratio:.2f} times as long")
    with real_daemon(folder) as url:
        source, target = LocalStore(f"{folder}/source"), open_store(url)
        assert isinstance(target, DaemonStore)
        copied = copy_closure(source, target, [path], Vouching(None))
        print(f"  {len(copied)} paths in {target.link.round_trips} round trips")
        target.close()
        source.close()


@contextlib.contextmanager
def builders(folder: str, count: int) -> Iterator[str]:
    """So many daemons of ours; the file that names them."""
    processes = []
    lines = []
    try:
        for number in range(count):
            place = f"{folder}/builder{number}"
            command = [sys.executable, "-m", "lixeval", "daemon", "--socket", f"{place}.socket", "--store", place]
            processes.append(subprocess.Popen([*command, "--sandbox", "off"], stderr=subprocess.DEVNULL))
            lines.append(f"unix://{_awaited(f'{place}.socket')} x86_64-linux - 1 1")
        with open(f"{folder}/machines", "w") as file:
            file.write("\n".join(lines))
        yield f"{folder}/machines"
    finally:
        for process in processes:
            process.terminate()
            process.wait()


def sleeping(folder: str, runs: int) -> None:
    """Prints what 200 short builds take on one builder and on four."""
    times = {}
    for count in (1, 4):
        found = []
        for number in range(runs):
            with open(f"{folder}/many.nix", "w") as file:
                file.write(_MANY.replace("SALT", f"{count} {number}"))
            with builders(folder, count) as machines:
                command = [sys.executable, "-m", "lixeval", f"{folder}/many.nix", "--no-link", "-q", "-j0"]
                command += ["--builders", f"@{machines}", "--store", f"{folder}/main{count}-{number}"]
                done = run(command, dict(os.environ), _TIMEOUT)
            if done.code:
                raise SystemExit(done.errors)
            found.append(done.wall)
        times[count] = statistics.median(found)
        print(f"  {count} builder{'s' if count > 1 else ''}     {times[count]:7.2f} s")
    print(f"  four are {times[1] / times[4]:.2f} times as fast as one")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.daemons")
    parser.add_argument("cases", nargs="*", metavar="CASE")
    parser.add_argument("-n", "--runs", type=int, default=3)
    parser.add_argument("--folder")
    options = parser.parse_args()
    chosen = options.cases or CASES
    if not PREFIX and shutil.which("nix-daemon") is None:
        parser.error("no real Nix: set LIXEVAL_TEST_NIX or put nix-daemon on the PATH")
    folder = tempfile.mkdtemp(prefix="lixeval-bench-", dir=options.folder)
    try:
        paths = make_paths(folder) if set(chosen) & {"small", "big"} else {}
        for case in chosen:
            print(case)
            if case == "builders":
                sleeping(folder, max(1, options.runs // 3))
            else:
                copies(folder, paths[case], options.runs)
    finally:
        remove_tree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
