"""`python -m tests.bench.images`: images of one closure made by lixeval, and what skopeo, umoci and GNU tar take.

    python -m tests.bench.images [-n RUNS] [--folder DIR] [--large GB] [CASE …]

The closure has 300 MB in 20,000 files (`closure`), read once before, so that all find it in memory.  All have their
turn in every round; the first round is not counted, medians are of the rest.

    read       the files are read: the floor                       tar to cat
    hash       the layer's digest is computed, nothing is written  all files read and hashed by a loop in Python, the
                                                                   floor of one processor; tar to sha256sum
    layout     an uncompressed OCI layout is written               tar to a file; skopeo copies one; umoci makes one
    gzip       the same, packed by gzip                            skopeo packs one; tar through gzip -1
    push       an image that a registry has already is pushed      skopeo does

--large GB adds the peak memory of lixeval for a layout of that size, made of sparse files.  docker-registry is needed
for push; programs that are missing are left out.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from . import closure
from .processes import Run, medians, run

_TIMEOUT = 600.0
CASES = ("read", "hash", "layout", "gzip", "push")
_READ_AND_HASH = """
import hashlib, os, sys
digest = hashlib.sha256()
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(folder, name), "rb", buffering=0) as file:
            digest.update(file.read())
"""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A program's way to do a case; `prepare` is not measured."""

    name: str
    command: list[str]
    prepare: Callable[[], None] = lambda: None


class Bench:
    """The closure and what is made of it, all below one folder."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.root = f"{folder}/closure"
        self.graph = closure.stored(self.root)
        self.layers, self.image = f"{folder}/layers.json", f"{folder}/image.json"
        self.environment = {
            **os.environ,
            "LIXEVAL_STORE": self.root,
            "XDG_CACHE_HOME": f"{folder}/cache",
            "XDG_DATA_HOME": f"{folder}/data",
            "REGISTRY_AUTH_FILE": f"{folder}/auth.json",
        }
        self.write("auth.json", "{}")
        self.write("config.json", '{"Cmd":["sh"]}')
        self.lixeval = [sys.executable, "-m", "lixeval"]
        self.hash_layers = [*self.nix2container("layers-from-reproducible-storepaths"), self.layers, self.graph]
        self.hash_layers += ["--store", self.root]
        self.call(self.hash_layers)
        self.call([*self.nix2container("image"), self.image, f"{folder}/config.json", self.layers])
        self.call([*self.lixeval, "copy", self.image, f"oci:{folder}/plain:v1"])

    def write(self, name: str, text: str) -> None:
        with open(f"{self.folder}/{name}", "w", encoding="utf-8") as file:
            file.write(text)

    def nix2container(self, subcommand: str) -> list[str]:
        return [*self.lixeval, "nix2container", subcommand]

    def call(self, command: list[str]) -> None:
        done = run(command, self.environment, _TIMEOUT)
        if done.code:
            raise SystemExit(f"{' '.join(command)}: {done.errors}")

    def removing(self, *names: str) -> Callable[[], None]:
        """Makes room: what the last round wrote, and what lixeval remembers of blobs."""

        def remove() -> None:
            for name in (*names, "cache"):
                path = f"{self.folder}/{name}"
                shutil.rmtree(path, ignore_errors=True)
                if os.path.isfile(path):
                    os.unlink(path)

        return remove

    def contestants(self, case: str, registry: str | None) -> list[Contestant]:
        """Who takes part in a case; lixeval comes first."""
        folder = self.folder
        tar = f"tar -C {self.root} -cf -"
        copy, skopeo = [*self.lixeval, "copy", self.image], ["skopeo", "--insecure-policy", "copy", "-q"]
        source = f"oci:{folder}/plain:v1"
        here = self.removing("made")
        if case == "read":
            return [Contestant("tar | cat", ["sh", "-c", f"{tar} nix | cat >/dev/null"])]
        if case == "hash":
            return [
                Contestant("lixeval", self.hash_layers),
                Contestant("read and hash", [sys.executable, "-c", _READ_AND_HASH, f"{self.root}/nix"]),
                Contestant("tar | sha256sum", ["sh", "-c", f"{tar} nix | sha256sum"]),
            ]
        if case == "layout":
            accept = "--dest-oci-accept-uncompressed-layers"
            return [
                Contestant("lixeval", [*copy, f"oci:{folder}/made:v1"], here),
                Contestant("tar", ["tar", "-C", self.root, "-cf", f"{folder}/made", "nix"], here),
                Contestant("skopeo", [*skopeo, accept, source, f"oci:{folder}/made:v1"], here),
                Contestant("umoci", ["sh", "-c", self._umoci()], here),
            ]
        if case == "gzip":
            return [
                Contestant("lixeval", [*copy, f"oci:{folder}/made:v1", "--compression", "gzip"], here),
                Contestant("skopeo", [*skopeo, source, f"oci:{folder}/made:v1"], here),
                Contestant("tar | gzip -1", ["sh", "-c", f"{tar} nix | gzip -1 >{folder}/made"], here),
            ]
        if registry is None:
            return []
        self.call([*copy, f"docker://{registry}/ours:v1"])
        self.call([*skopeo, "--dest-tls-verify=false", source, f"docker://{registry}/theirs:v1"])
        return [
            Contestant("lixeval", [*copy, f"docker://{registry}/ours:v1"]),
            Contestant("skopeo", [*skopeo, "--dest-tls-verify=false", source, f"docker://{registry}/theirs:v1"]),
        ]

    def _umoci(self) -> str:
        made = f"{self.folder}/made"
        return (
            f"umoci init --layout {made} && umoci new --image {made}:v1 && "
            f"umoci insert --image {made}:v1 {self.root}/nix /nix"
        )


@contextlib.contextmanager
def running_registry(folder: str) -> Iterator[str | None]:
    """Debian's docker-registry on this machine, or None."""
    program = shutil.which("docker-registry")
    if program is None:
        yield None
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{probe.getsockname()[1]}"
    with open(f"{folder}/registry.yml", "w", encoding="utf-8") as file:
        file.write(
            f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {folder}/registry}}}}\nhttp: {{addr: {host}}}\n"
        )
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRY_")}
    command = [program, "serve", f"{folder}/registry.yml"]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, env=inherited, stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        time.sleep(1)
        yield host
    finally:
        process.terminate()
        process.wait()


def measure(contestants: list[Contestant], environment: dict[str, str], runs: int) -> dict[str, list[Run]]:
    """All runs of each, in turn."""
    present = [one for one in contestants if one.command[0] != "sh" and shutil.which(one.command[0])]
    present += [one for one in contestants if one.command[0] == "sh" and shutil.which(one.name.split(" ")[0])]
    kept: dict[str, list[Run]] = {one.name: [] for one in contestants if one in present}
    for round_ in range(runs + 1):
        for one in present:
            one.prepare()
            done = run(one.command, environment, _TIMEOUT)
            if done.code:
                raise SystemExit(f"{one.name}: {done.errors}")
            if round_:
                kept[one.name].append(done)
    return kept


def print_case(case: str, kept: dict[str, list[Run]]) -> None:
    """A row for each contestant, with its ratio to the first."""
    first = None
    for name, runs in kept.items():
        figures = medians(runs)
        first = first or figures
        ratio = "" if first is figures else f"{first.wall / figures.wall:8.2f}"
        print(f"{case:8} {name:16} {figures.wall:8.2f} {figures.cpu:8.2f} {figures.memory:6.0f} {ratio}", flush=True)
        case = ""


def print_large(folder: str, gigabytes: float, environment: dict[str, str], lixeval: list[str]) -> None:
    """Peak memory for an image of that size: 500 sparse files in one layer, to a layout."""
    path = closure.store_path(1000)
    top = f"{folder}/large{path}"
    os.makedirs(top)
    for number in range(500):
        with open(f"{top}/{number}", "wb") as file:
            file.truncate(int(gigabytes * 1e9 / 500))
    with open(f"{folder}/large.json", "w", encoding="utf-8") as file:
        json.dump([{"path": path, "references": []}], file)
    environment = {**environment, "LIXEVAL_STORE": f"{folder}/large"}
    layers, image = f"{folder}/large-layers.json", f"{folder}/large-image.json"
    steps = {
        "hash": [
            *[*lixeval, "nix2container", "layers-from-reproducible-storepaths", layers, f"{folder}/large.json"],
            *["--store", f"{folder}/large"],
        ],
        "image": [*lixeval, "nix2container", "image", image, f"{folder}/config.json", layers],
        "layout": [*lixeval, "copy", image, f"oci:{folder}/large-made:v1"],
        "gzip": [*lixeval, "copy", image, f"oci:{folder}/large-made:v2", "--compression", "gzip"],
    }
    for name, command in steps.items():
        done = run(command, environment, _TIMEOUT)
        failed = " failed" if done.code else ""
        print(f"{gigabytes:g} GB    {name:16} {done.wall:8.2f} {done.cpu:8.2f} {done.memory:6.0f}{failed}")
    shutil.rmtree(f"{folder}/large-made", ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.images")
    parser.add_argument("cases", nargs="*", metavar="CASE", default=CASES)
    parser.add_argument("-n", "--runs", type=int, default=5)
    parser.add_argument("--folder", help="where to work (default: a temporary folder)")
    parser.add_argument("--large", type=float, metavar="GB")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.folder or stack.enter_context(tempfile.TemporaryDirectory(prefix="lixeval-images-"))
        os.makedirs(folder, exist_ok=True)
        bench = Bench(os.path.abspath(folder))
        registry = stack.enter_context(running_registry(bench.folder)) if "push" in options.cases else None
        print(f"{'':8} {'':16} {'wall s':>8} {'cpu s':>8} {'MiB':>6}  lixeval / it")
        for case in options.cases:
            print_case(case, measure(bench.contestants(case, registry), bench.environment, options.runs))
        if options.large:
            print_large(bench.folder, options.large, bench.environment, bench.lixeval)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
