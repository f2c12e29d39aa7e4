"""`python -m tests.bench.caches`: a closure fetched from a binary cache, by lixeval and by `nix copy`.

    python -m tests.bench.caches [-n RUNS] [--folder DIR] [--paths N] [--megabytes N] [--compression METHOD]

The closure (`closure`) has 1,000 paths and 500 MB.  lixeval brings it to a cache, nginx serves that from loopback, and
in each round both fetch it into an empty store; then lixeval is asked for it once more.  The first round is not
counted, medians are of the rest, and nginx's log says what was asked for.

nginx and a real Nix are needed (LIXEVAL_TEST_NIX, a command prefix, else nix on PATH).  A wrapper's own time is taken
off, as in `tests.bench`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from lixeval.formats.keys import SecretKey

from . import closure
from .processes import Run, medians, run

_TIMEOUT = 900.0


def main() -> int:
    """Makes the cache, and prints what each takes."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.caches", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("-n", "--runs", type=int, default=3)
    parser.add_argument("--folder", metavar="DIR")
    parser.add_argument("--paths", type=int, default=1000)
    parser.add_argument("--megabytes", type=int, default=500)
    parser.add_argument("--compression", default="zstd")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.folder or stack.enter_context(tempfile.TemporaryDirectory(prefix="lixeval-bench-"))
        key = _fill(folder, options.paths, options.megabytes * 1_000_000, options.compression)
        url = stack.enter_context(_served(folder))
        _compare(folder, url, key, options.runs)
    return 0


def _fill(folder: str, paths: int, size: int, compression: str) -> str:
    """The cache in `folder`, unless it is there; the public key."""
    secret = SecretKey.generate("bench-1")
    if os.path.exists(f"{folder}/cache/done"):
        with open(f"{folder}/cache/done", encoding="utf-8") as file:
            return file.read()
    root = f"{folder}/closure"
    with open(closure.stored(root, size, paths * 30, paths), encoding="utf-8") as file:
        entries = json.load(file)
    with open(f"{folder}/secret", "w", encoding="utf-8") as file:
        file.write(secret.reveal())
    where = f"file://{folder}/cache?compression={compression}&secret-key={folder}/secret"
    subprocess.run(
        [sys.executable, "-m", "lixeval", "copy", "-q", entries[-1]["path"], "--to", where],
        env={**os.environ, "LIXEVAL_STORE": root},
        check=True,
    )
    with open(f"{folder}/cache/last", "w", encoding="utf-8") as file:
        file.write(entries[-1]["path"])
    with open(f"{folder}/cache/done", "w", encoding="utf-8") as file:
        file.write(str(secret.public_key()))
    return str(secret.public_key())


@contextlib.contextmanager
def _served(folder: str) -> Iterator[str]:
    """nginx at loopback, with the cache."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    user = "user root;" if os.geteuid() == 0 else ""
    with open(f"{folder}/nginx.conf", "w", encoding="utf-8") as file:
        file.write(
            f"daemon off; {user} pid {folder}/pid; error_log {folder}/error.log; events {{ }} http {{ sendfile on; "
            f"access_log {folder}/access.log; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; "
            f"fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5; "
            f"keepalive_requests 100000; server {{ listen 127.0.0.1:{port}; root {folder}/cache; }} }}"
        )
    process = subprocess.Popen([program, "-c", f"{folder}/nginx.conf", "-p", folder])
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _compare(folder: str, url: str, key: str, runs: int) -> None:
    with open(f"{folder}/cache/last", encoding="utf-8") as file:
        path = file.read()
    wrapper = shlex.split(os.environ.get("LIXEVAL_TEST_NIX", ""))
    copy = [*wrapper, "nix", "--extra-experimental-features", "nix-command", "copy", path, "--from", url]
    copy += ["--option", "trusted-public-keys", key]
    ours = [sys.executable, "-m", "lixeval", "copy", path, "--from", url, "--trusted-public-keys", key, "-q"]
    found: dict[str, list[Run]] = {"nix copy": [], "lixeval": [], "lixeval again": []}
    wrapped: list[Run] = []
    for number in range(runs + 1):
        into = f"{folder}/round-{os.getpid()}-{number}"
        nix = [*copy, "--to", f"{into}/theirs"]
        environment = {**os.environ, "LIXEVAL_STORE": f"{into}/ours", "XDG_CACHE_HOME": f"{into}/cache"}
        theirs, overhead = run(nix, os.environ, _TIMEOUT), run([*wrapper, "true"], os.environ, _TIMEOUT)
        first = run(ours, environment, _TIMEOUT)
        before = os.path.getsize(f"{folder}/access.log")
        again = run(ours, environment, _TIMEOUT)
        for one in (theirs, first, again):
            if one.code:
                raise SystemExit(one.errors)
        if os.path.getsize(f"{folder}/access.log") != before:
            raise SystemExit("a repeated run asked the network")
        if number:
            for name, one in zip(found, (theirs, first, again), strict=True):
                found[name].append(one)
            wrapped.append(overhead)
        print(f"round {number}: {theirs.wall - overhead.wall:.2f}s, {first.wall:.2f}s, {again.wall:.2f}s", flush=True)
    base = medians(found["nix copy"], wrapped)
    print(f"{'':14} {'wall':>8} {'CPU':>8} {'MiB':>6}  wall to nix copy's")
    for name, all_runs in found.items():
        middle = medians(all_runs, wrapped if name == "nix copy" else ())
        print(f"{name:14} {middle.wall:7.2f}s {middle.cpu:7.2f}s {middle.memory:6.0f}  {middle.wall / base.wall:.2f}")


if __name__ == "__main__":
    sys.exit(main())
