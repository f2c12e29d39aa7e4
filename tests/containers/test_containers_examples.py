"""The examples: each is built by the command, loaded into podman, and run there.

They need podman as root, and a host whose packages are known (dpkg); nginx, nix and uwsgi need these packages too.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "fixtures/examples"
NEEDS = {"nginx": ["nginx"], "nix": ["nix-store"], "nix-user": ["nix-store"], "uwsgi": ["uwsgi-core"]}
PULLING = {"from-image", "from-image-manifest"}
FILES = [*EXAMPLES.glob("*.nix"), *EXAMPLES.glob("*/default.nix")]
NAMES = sorted(path.parent.name if path.stem == "default" else path.stem for path in FILES)
# Those of dockerTools have tests of their own.
NAMES = [name for name in NAMES if not name.startswith("dockertools-")]
LIMITS = ["--cgroups=disabled", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000"]


def needed(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


def example(name: str) -> str:
    path = EXAMPLES / f"{name}.nix"
    return str(path if path.exists() else EXAMPLES / name)


class Workshop:
    """A store, a folder for what is written, and podman with storage of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.images = folder / "images"
        self.images.mkdir()
        self.here = tempfile.mkdtemp(prefix="podman")  # podman's limit for this path is 50 characters
        self.driver = "overlay"
        self._loaded: set[tuple[str, int]] = set()
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "NIX_PATH"},
            "LIXEVAL_STORE": str(folder / "store"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_DATA_HOME": str(folder / "data"),
            "REGISTRY_AUTH_FILE": str(folder / "auth.json"),
            "PYTHONPATH": str(ROOT),
        }
        (folder / "auth.json").write_text("{}")

    def lixeval(self, *words: str) -> str:
        command = [sys.executable, "-m", "lixeval", *words]
        done = subprocess.run(
            command, cwd=self.images, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def podman_command(self, *words: str) -> Sequence[str]:
        """With a cgroup mount of its own, as containers inside containers need it."""
        storage = ["--root", f"{self.here}/store", "--runroot", f"{self.here}/run", "--storage-driver", self.driver]
        script = (
            "umount -R /sys/fs/cgroup 2>/dev/null || umount -l /sys/fs/cgroup 2>/dev/null; "
            "mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null || mount -t tmpfs none /sys/fs/cgroup; "
            'exec podman "$@"'
        )
        return ["unshare", "-m", "bash", "-c", script, "podman", *storage, "--cgroup-manager=cgroupfs", *words]

    def podman(self, *words: str) -> str:
        done = subprocess.run(self.podman_command(*words), capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
        return done.stdout

    def load(self, name: str) -> str:
        """The example's name in podman."""
        archive = self.images / f"{name}-example.tar"
        if (name, archive.stat().st_mtime_ns) not in self._loaded:
            self._loaded.add((name, archive.stat().st_mtime_ns))
            self.podman("load", "--quiet", "--input", str(archive))
        return f"{name}:example"

    def works(self) -> bool:
        """Whether podman can be used here: with an overlay file system, or with copies instead."""
        for self.driver in ("overlay", "vfs"):
            shutil.rmtree(self.here)
            os.mkdir(self.here)
            if subprocess.run(self.podman_command("info"), capture_output=True, check=False).returncode == 0:
                return True
        return False

    def run(self, name: str, *command: str, options: Sequence[str] = ()) -> str:
        return self.podman("run", "--rm", "--network=none", *LIMITS, *options, self.load(name), *command)

    def inspect(self, name: str) -> dict[str, Any]:
        (found,) = json.loads(self.podman("image", "inspect", self.load(name)))
        return dict(found)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """All examples that can be built here, built at once."""
    for program in ("podman", "crun", "dpkg-query"):
        needed(program)
    if os.geteuid() != 0:
        pytest.skip("podman is tried only as root, in a mount namespace of its own")
    made = Workshop(tmp_path_factory.mktemp("examples"))
    try:
        if not made.works():
            pytest.skip("podman does not work on this machine: 'podman info' fails")
        made.lixeval("--quiet", *(example(name) for name in NAMES if name not in PULLING and not missing(name)))
        yield made
    finally:
        subprocess.run(["rm", "-rf", made.here], check=False)
        subprocess.run(["chmod", "-R", "u+w", str(made.folder)], check=False)


def missing(name: str) -> list[str]:
    return [program for program in NEEDS.get(name, ()) if shutil.which(program) is None]


@pytest.mark.parametrize(
    ("name", "output"),
    [
        ("basic", "Hello from a container, reader!\n"),
        ("layered", "in three layers\n"),
        ("nested", "Linux\n"),
        ("duplicated", "once\n"),
        ("perms", "600 /data/secret\n666 /data/shared\n"),
        ("openbar", "drwxrwxrwt /tmp\n"),
        ("ownership", "1001:100 /home/alice/diary\n0:0 /home/notice\n"),
        ("created", "a leap day\n"),
        ("metadata", ""),
    ],
)
def test_what_it_prints(name: str, output: str, workshop: Workshop) -> None:
    assert workshop.run(name) == output


def test_bash_has_its_tools(workshop: Workshop) -> None:
    assert workshop.run("bash", "/bin/bash", "-c", "printf 'b\\na\\n' | sort | tr a-z A-Z") == "A\nB\n"
    assert workshop.inspect("bash")["Config"]["Cmd"] == ["/bin/bash"]


def test_layers(workshop: Workshop) -> None:
    assert len(workshop.inspect("layered")["RootFS"]["Layers"]) == 3
    nested = workshop.inspect("nested")["RootFS"]["Layers"]
    assert len(nested) == len(set(nested)) > 1
    # The twins are one layer, and what the image itself needs is that same layer once more.
    assert len(workshop.inspect("duplicated")["RootFS"]["Layers"]) == 1


def test_created_and_metadata(workshop: Workshop) -> None:
    assert workshop.inspect("created")["Created"] == "2024-02-29T12:00:00Z"
    inspected = workshop.inspect("metadata")
    assert inspected["Labels"] == {"org.opencontainers.image.description": "An image that tells where it comes from"}
    told = [entry for entry in inspected["History"] if entry.get("author")]
    assert [(one["created_by"], one["author"], one["comment"]) for one in told] == [
        ("a hand-written recipe", "the cook", "tools for everything above")
    ]


def test_what_is_not_reproducible_is_kept(workshop: Workshop) -> None:
    first = workshop.run("non-reproducible")
    assert first.startswith("rolled ")
    workshop.lixeval("--quiet", example("non-reproducible"))
    assert workshop.run("non-reproducible") == first


@pytest.mark.parametrize(("name", "owner"), [("nix", "0:0"), ("nix-user", "1000:1000")])
def test_nix_knows_what_is_in_the_image(name: str, owner: str, workshop: Workshop) -> None:
    if missing(name):
        pytest.skip("nix is not installed")
    script = """
      for path in /nix/store/*-glibc-* /nix/store/*-gnugrep-* /nix/store/*-bash-*; do
        if [ -e "$path" ]; then nix-store --check-validity "$path" && echo "${path##*/}"; fi
      done
      nix-store --query --requisites "$(readlink -f /bin/nix-store)" | while read -r path; do
        [ -e "$path" ] || echo "missing: $path"
      done
      stat --format=%u:%g /nix/var/nix/db/db.sqlite
      nix-instantiate --eval --expr '1 + 1'
    """
    lines = workshop.run(name, "/bin/bash", "-c", script).splitlines()
    known = [line.split("-", 1)[1].split("-")[0] for line in lines[:-2]]
    assert known == (["glibc", "gnugrep", "bash"] if name == "nix" else ["glibc", "bash"])
    assert lines[-2:] == [owner, "2"]


@pytest.mark.parametrize(
    ("name", "path", "answer"), [("nginx", "/", "<h1>Served from a layer</h1>"), ("uwsgi", "/reader", "Hello, reader!")]
)
def test_servers_answer(name: str, path: str, answer: str, workshop: Workshop) -> None:
    if missing(name):
        pytest.skip(f"{name} is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    workshop.lixeval("--quiet", example(name), "--arg", "port", str(port))
    words = workshop.podman_command("run", "--rm", "--network=host", *LIMITS, workshop.load(name))
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            assert answer in fetched(f"http://127.0.0.1:{port}{path}", server)
        finally:
            server.terminate()


def fetched(url: str, server: subprocess.Popen[str]) -> str:
    for _ in range(200):
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return str(response.read().decode())
        except (urllib.error.URLError, ConnectionError):
            assert server.poll() is None, server.stdout.read() if server.stdout else ""
            time.sleep(0.05)
    raise AssertionError(f"{url} does not answer")


# -- on top of an image in a registry ----------------------------------------------------------------------------------

BASE = """
{ pkgs ? import <nixpkgs> { }, nix2container }:
nix2container.buildImage {
  name = "base";
  copyToRoot = pkgs.writeTextDir "etc/base" "from below\\n";
}
"""


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    program = needed("docker-registry")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{probe.getsockname()[1]}"
    config = f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {tmp_path}/data}}}}\nhttp: {{addr: '{host}'}}\n"
    (tmp_path / "config.yml").write_text(config)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRY_")}
    quiet = subprocess.DEVNULL
    words = [program, "serve", str(tmp_path / "config.yml")]
    with subprocess.Popen(words, env=inherited, stdout=quiet, stderr=quiet) as server:
        try:
            for _ in range(200):
                with socket.socket() as client:
                    if client.connect_ex(("127.0.0.1", int(host.rpartition(":")[2]))) == 0:
                        break
                time.sleep(0.025)
            yield host
        finally:
            server.terminate()


@pytest.fixture
def base(registry: str, workshop: Workshop) -> Callable[[], str]:
    (workshop.folder / "base.nix").write_text(BASE)
    words = ["--to", f"docker://{registry}/group/base:v1", "--digestfile", str(workshop.folder / "digest")]
    workshop.lixeval("--quiet", str(workshop.folder / "base.nix"), *words)
    return (workshop.folder / "digest").read_text


def test_from_image(base: Callable[[], str], registry: str, workshop: Workshop, tmp_path: Path) -> None:
    from lixeval.formats import nar

    words = ["--insecure-policy", "copy", "--src-tls-verify=false", f"docker://{registry}/group/base:v1"]
    subprocess.run([needed("skopeo"), *words, f"dir:{tmp_path}/dir"], check=True, capture_output=True)
    arguments = {
        "image": f"{registry}/group/base",
        "digest": base(),
        "hash": nar.dump_hash(str(tmp_path / "dir"))[0].sri,
    }
    given = [word for name, value in arguments.items() for word in ("--argstr", name, value)]
    workshop.lixeval("--quiet", example("from-image"), *given)
    assert workshop.run("from-image") == "from below\non top\n"


def test_from_image_by_a_manifest(base: Callable[[], str], registry: str, workshop: Workshop, tmp_path: Path) -> None:
    assert base().startswith("sha256:")
    manifest = workshop.lixeval("manifest", f"docker://{registry}/group/base:v1")
    (tmp_path / "manifest.json").write_text(manifest)
    given = ["--argstr", "registry", registry, "--argstr", "image", "group/base"]
    workshop.lixeval(
        "--quiet", example("from-image-manifest"), *given, "--arg", "manifest", f"{tmp_path}/manifest.json"
    )
    assert workshop.run("from-image-manifest") == "from below\non top\n"


def test_all_examples_are_tried() -> None:
    """Each has a test above by its name."""
    text = Path(__file__).read_text()
    assert len(NAMES) == 17
    assert [name for name in NAMES if f'"{name}"' not in text] == []
