"""Images read by the programs they are for: skopeo, umoci and podman, where those are installed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from lixeval.containers import delivery, image_json, write
from lixeval.containers.build_layer import LayerArguments, build_layers
from lixeval.containers.destination import Destination, parse
from lixeval.containers.layers_json import Perm, Rewrite
from lixeval.oci import go_json, reference
from lixeval.oci.image import Image

ROOT = "/nix/store/" + "r" * 32 + "-root"
BUSYBOX = shutil.which("busybox")
NAME = reference.normalise("lixeval-test", "v1")


def needed(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


def run(*words: str, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(words, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
    return done.stdout


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """Two layers; with a static busybox in it, where there is one, so that it runs."""
    top = tmp_path / "store"
    content = Path(str(top) + ROOT)
    (content / "bin").mkdir(parents=True)
    (content / "etc").mkdir()
    (content / "etc/motd").write_text("hello from the image\n")
    if BUSYBOX is not None:
        shutil.copy(BUSYBOX, content / "bin/busybox")
        (content / "bin/sh").symlink_to("busybox")
    blobs = tmp_path / "blobs"
    blobs.mkdir()
    extra = Path(f"{top}/nix/store/" + "e" * 32 + "-extra")
    extra.write_text("extra")
    layers = build_layers(
        LayerArguments(
            graph=[(ROOT, (str(extra).removeprefix(str(top)),))],
            max_layers=2,
            rewrites=[(ROOT, Rewrite(f"^{ROOT}", ""))],
            perms=[(ROOT, Perm("/bin/busybox$", "0755"))],
            real=lambda path: str(top) + path,
            blobs=str(blobs),
        )
    )
    config = {"Cmd": ["/bin/sh", "-c", "cat /etc/motd; echo $WHO"], "Env": ["PATH=/bin", "WHO=me"]}
    record = image_json.build(go_json.from_python(config), layers)
    return write.image_of(record, lambda path: str(top) + path, lambda: [str(blobs)])


def put(image: Image, place: str) -> str:
    """Write the image; the destination's path."""
    destination: Destination = parse(place)
    delivery.write_to(image, destination, NAME)
    return destination.path


def digest(image: Image) -> str:
    return "sha256:" + hashlib.sha256(image.manifest.to_bytes()).hexdigest()


@pytest.mark.parametrize("tag", ["", ":v1"])
def test_skopeo_reads_the_archive_as_oci_archive(tag: str, image: Image, tmp_path: Path) -> None:
    skopeo = needed("skopeo")
    path = put(image, str(tmp_path / "image.tar"))
    seen = json.loads(run(skopeo, "inspect", f"oci-archive:{path}{tag}"))
    assert (seen["Digest"], seen["Architecture"], seen["Os"]) == (digest(image), "amd64", "linux")
    assert seen["Layers"] == [layer.blob.digest for layer in image.layers]
    assert seen["Env"] == ["PATH=/bin", "WHO=me"]


@pytest.mark.parametrize("name", ["", ":docker.io/library/lixeval-test:v1", ":@0"])
def test_skopeo_reads_the_archive_as_docker_archive(name: str, image: Image, tmp_path: Path) -> None:
    skopeo = needed("skopeo")
    path = put(image, str(tmp_path / "image.tar"))
    seen = json.loads(run(skopeo, "inspect", "--raw", f"docker-archive:{path}{name}"))
    assert seen["config"]["digest"] == image.image_id
    assert json.loads(run(skopeo, "list-tags", f"docker-archive:{path}"))["Tags"] == [
        "docker.io/library/lixeval-test:v1"
    ]


@pytest.mark.parametrize(
    "place", ["{}/image.tar|oci-archive:", "{}/image.tar|docker-archive:", "oci:{}/oci:v1|oci:", "dir:{}/dir|dir:"]
)
def test_skopeo_copies_every_form_and_keeps_the_image_id(place: str, image: Image, tmp_path: Path) -> None:
    skopeo = needed("skopeo")
    where, transport = place.split("|")
    path = put(image, where.format(tmp_path))
    run(skopeo, "--insecure-policy", "copy", transport + path, f"dir:{tmp_path}/copy")
    manifest = json.loads((tmp_path / "copy/manifest.json").read_text())
    assert manifest["config"]["digest"] == image.image_id
    for layer in image.layers:
        copied = (tmp_path / "copy" / layer.blob.digest.removeprefix("sha256:")).read_bytes()
        assert "sha256:" + hashlib.sha256(copied).hexdigest() == layer.diff_id


def test_skopeo_copies_our_docker_archive_into_its_own(image: Image, tmp_path: Path) -> None:
    """What skopeo writes of our image is what we write of it."""
    skopeo = needed("skopeo")
    oci = put(image, f"oci:{tmp_path}/oci:v1")
    ours = put(image, f"docker-archive:{tmp_path}/ours.tar")
    theirs = f"{tmp_path}/theirs.tar"
    run(skopeo, "--insecure-policy", "copy", f"oci:{oci}:v1", f"docker-archive:{theirs}:{NAME}")
    assert Path(ours).read_bytes() == Path(theirs).read_bytes()


def test_umoci_unpacks_the_layout(image: Image, tmp_path: Path) -> None:
    umoci = needed("umoci")
    oci = put(image, f"oci:{tmp_path}/oci")
    run(umoci, "unpack", "--rootless", "--image", f"{oci}:v1", str(tmp_path / "bundle"))
    rootfs = tmp_path / "bundle/rootfs"
    assert (rootfs / "etc/motd").read_text() == "hello from the image\n"
    assert (rootfs / "nix/store" / ("e" * 32 + "-extra")).read_text() == "extra"
    assert json.loads((tmp_path / "bundle/config.json").read_text())["process"]["args"][0] == "/bin/sh"


def podman(here: Path, *words: str) -> Sequence[str]:
    """A podman command with storage, cgroup mount and limits of its own, as containers inside containers need them."""
    store = [
        "--root",
        f"{here}/store",
        "--runroot",
        f"{here}/run",
        "--storage-driver",
        "vfs",
        "--cgroup-manager=cgroupfs",
    ]
    script = (
        "umount -R /sys/fs/cgroup 2>/dev/null || umount -l /sys/fs/cgroup 2>/dev/null; "
        "mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null || mount -t tmpfs none /sys/fs/cgroup; "
        'exec podman "$@"'
    )
    return ["unshare", "-m", "bash", "-c", script, "podman", *store, *words]


ALONE = ["--network=none", "--cgroups=disabled", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000"]


def test_podman_loads_and_runs_the_image(image: Image, tmp_path: Path) -> None:
    needed("podman")
    needed("crun")
    if os.geteuid() != 0:
        pytest.skip("podman is tried only as root, in a mount namespace of its own")
    if BUSYBOX is None or "statically linked" not in run(needed("file"), "-L", BUSYBOX):
        pytest.skip("there is no static busybox to run in the image")
    here = Path(tempfile.mkdtemp(prefix="podman"))  # podman's limit for this path is 50 characters
    tried = subprocess.run(podman(here, "info"), capture_output=True, text=True, check=False)
    if tried.returncode:
        shutil.rmtree(here)
        pytest.skip(f"podman does not work on this machine: {tried.stderr}")
    try:
        for place in (
            f"{tmp_path}/all.tar",
            f"oci-archive:{tmp_path}/oci.tar",
            f"docker-archive:{tmp_path}/docker.tar",
        ):
            loaded = run(*podman(here, "load", "-i", put(image, place)))
            assert f"Loaded image: {NAME}" in loaded
        assert run(*podman(here, "run", "--rm", *ALONE, str(NAME))) == "hello from the image\nme\n"
        (listed,) = json.loads(run(*podman(here, "images", "--format", "json")))
        assert "sha256:" + listed["Id"] == image.image_id
    finally:
        run("rm", "-rf", str(here))
