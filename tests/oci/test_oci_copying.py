"""Images brought from one place to another: what skopeo would bring, with the same digests, judged by skopeo."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lixeval.oci import media_types, multi_platform
from lixeval.oci.config import History, config_blob
from lixeval.oci.image import Image
from lixeval.oci.validate import validate


@dataclass
class Done:
    code: int
    stdout: str
    stderr: str


@pytest.fixture
def lixeval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    monkeypatch.chdir(tmp_path)
    for name, folder in (("XDG_CACHE_HOME", "cache"), ("LIXEVAL_STORE", "store"), ("HOME", "home")):
        monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.delenv("REGISTRY_AUTH_FILE", raising=False)

    def run(*words: str) -> Done:
        command = [sys.executable, "-m", "lixeval", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def skopeo() -> Callable[..., str]:
    program = shutil.which("skopeo")
    if program is None:
        pytest.skip("skopeo is not installed")

    def run(*words: str) -> str:
        done = subprocess.run([program, "--insecure-policy", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def other_platform(image: Image) -> Image:
    ids = [layer.diff_id for layer in image.layers]
    return Image(config_blob({}, "arm64", None, ids, [History() for _ in ids]), image.layers)


@pytest.fixture
def several(make_image: Any, tmp_path: Path) -> Path:
    """A layout with an index of two images, called v1."""
    image = make_image(b"one", os.urandom(100_000))
    whole = multi_platform.together([image, other_platform(image)])
    multi_platform.write_to_layout(whole, str(tmp_path / "several"), "v1")
    return tmp_path / "several"


def digest_in(folder: Path) -> str:
    found: str = json.loads((folder / "index.json").read_text())["manifests"][0]["digest"]
    return found


def raw(skopeo: Callable[..., str], place: str) -> str:
    return "sha256:" + hashlib.sha256(skopeo("inspect", "--raw", "--tls-verify=false", place).encode()).hexdigest()


def test_one_of_several_through_all_places(
    several: Path, lixeval: Callable[..., Done], skopeo: Callable[..., str], debian_registry: Callable[..., str]
) -> None:
    host, there = debian_registry(), debian_registry()
    places = [f"docker://{host}/a/x:1", "oci:layout:v1", "oci-archive:a.tar:v1", "dir:folder", f"docker://{there}/b:2"]
    source, digest = f"oci:{several}:v1", ""
    for place in places:
        done = lixeval("copy", source, place, "--platform", "linux/arm64")
        assert done.code == 0, done.stderr
        assert done.stdout.startswith(place)
        found = raw(skopeo, place)
        assert digest in ("", found)
        source, digest = place, found
    assert '"arm64"' in skopeo("inspect", "--tls-verify=false", places[-1])
    assert validate("layout") == validate("a.tar") == validate("folder") == []


def test_all_of_several_through_all_places(
    several: Path, lixeval: Callable[..., Done], skopeo: Callable[..., str], debian_registry: Callable[..., str]
) -> None:
    host = debian_registry()
    places = [f"docker://{host}/a/x:1", "oci:layout:v1", "oci-archive:a.tar:v1", "dir:folder", f"docker://{host}/b:2"]
    source, digest = f"oci:{several}:v1", digest_in(several)
    for place in places:
        done = lixeval("copy", "--all", source, place)
        assert done.code == 0, done.stderr
        assert raw(skopeo, place) == digest
        source = place
    assert validate("layout") == validate("a.tar") == []
    skopeo("copy", "--all", "--dest-oci-accept-uncompressed-layers", "dir:folder", "oci:theirs:v1")
    skopeo("copy", "--all", "--src-tls-verify=false", places[-1], "dir:again")
    assert digest_in(Path("theirs")) == digest
    ours, theirs = ({path.name: path.read_bytes() for path in Path(name).iterdir()} for name in ("folder", "again"))
    assert ours == theirs
    assert lixeval("copy", "-a", f"oci:{several}", "docker-archive:x.tar").code == 1


def test_what_a_registry_has_is_mounted(
    several: Path, lixeval: Callable[..., Done], debian_registry: Callable[..., str]
) -> None:
    host = debian_registry()
    lixeval("copy", "--all", f"oci:{several}", f"docker://{host}/a:1")
    shutil.rmtree("cache")
    for flags in ([], ["--all"]):
        done = lixeval("copy", f"docker://{host}/a:1", f"docker://{host}/b{len(flags)}:1", *flags)
        assert done.code == 0, done.stderr
        assert "mounted from a" in done.stderr and "downloaded" not in done.stderr


def test_docker_s_manifests_stay_where_they_can(
    several: Path, lixeval: Callable[..., Done], skopeo: Callable[..., str], debian_registry: Callable[..., str]
) -> None:
    host = debian_registry()
    source = f"docker://{host}/docker:1"
    skopeo("copy", "--format", "v2s2", "--dest-tls-verify=false", f"oci:{several}:v1", source)
    digest = raw(skopeo, source)
    for place in (f"docker://{host}/copy:1", "dir:folder"):
        assert lixeval("copy", source, place, "--preserve-digests").code == 0
        assert raw(skopeo, place) == digest
    refused = lixeval("copy", source, "oci:layout", "--preserve-digests")
    assert refused.code == 1 and "another digest" in refused.stderr and not Path("layout").exists()
    assert lixeval("copy", source, "oci:layout").code == 0
    assert validate("layout") == []
    assert json.loads(skopeo("inspect", "--raw", "oci:layout"))["mediaType"] == media_types.MANIFEST


def test_credentials_for_one_registry_are_not_shown_to_another(
    several: Path, lixeval: Callable[..., Done], registry: Any, faulty: Any
) -> None:
    with faulty.FaultyRegistry() as other:
        for one in (registry, other):
            one.token_uses = 1000
        lixeval("copy", f"oci:{several}:v1", f"docker://{registry.host}/a:1")
        registry.token_requests.clear()
        done = lixeval("copy", f"docker://{registry.host}/a:1", f"docker://{other.host}/a:1", "--creds", "me:s3cret")
        assert done.code == 0, done.stderr
        assert [one.authorization for one in registry.token_requests] == [None] * len(registry.token_requests)
        assert any(one.authorization for one in other.token_requests)


@pytest.mark.parametrize("source", ["nothing", "oci:nothing", "docker-archive:nothing.tar", "several.txt", "oci:"])
def test_what_is_no_image(source: str, several: Path, lixeval: Callable[..., Done]) -> None:
    Path("several.txt").write_text("hello")
    done = lixeval("copy", source, "oci:x")
    assert done.code == 1 and done.stderr.startswith("error:") and not Path("x").exists()
