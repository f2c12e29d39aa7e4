"""Pulling through a registry that fails on demand, and indexes with many platforms."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lixeval.errors import ImageError
from lixeval.oci import media_types
from lixeval.oci.image import Image
from lixeval.oci.registry import location
from lixeval.oci.registry.pull import Platform, RemoteImage, pull_directory
from lixeval.oci.registry.retry import Patience
from lixeval.oci.registry.session import Refused, Settings

AMD64 = Platform("amd64")


@pytest.fixture
def image(make_image: Any, registry: Any, faulty: Any) -> Image:
    """An image that the registry has as group/app:v1."""
    made: Image = make_image(os.urandom(300_000), b"x")
    blobs = registry.blobs.setdefault("group/app", {})
    for layer in made.layers:
        blobs[layer.blob.digest] = Path(layer.blob.path).read_bytes()  # type: ignore[attr-defined]  # a FileBlob
    blobs[made.image_id] = made.config
    put(registry, faulty, "v1", made.manifest.to_bytes(), media_types.MANIFEST)
    return made


def put(registry: Any, faulty: Any, tag: str, data: bytes, media_type: str) -> str:
    digest: str = faulty.digest_of(data)
    known = registry.manifests.setdefault("group/app", {})
    known[tag] = known[digest] = (data, media_type)
    return digest


@pytest.fixture
def pull(registry: Any, faulty: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., RemoteImage]:
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "auth.json"))
    (tmp_path / "auth.json").write_text("{}")

    def run(name: str = "group/app:v1", platform: Platform = AMD64) -> RemoteImage:
        settings = Settings(patience=Patience(sleep=faulty.Sleeps()), parallel=2)
        return pull_directory(
            location.parse(f"docker://{registry.host}/{name}"), str(tmp_path / "dir"), settings, platform
        )

    return run


def complete(folder: Path, image: Image) -> None:
    names = {blob.digest.removeprefix("sha256:") for blob in image.blobs()}
    manifest = image.manifest.to_bytes()
    assert (folder / "manifest.json").read_bytes() == manifest
    assert (folder / "version").read_bytes() == b"Directory Transport Version: 1.1\n"
    assert len(set(os.listdir(folder)) & names) == len(names) - 1 == len(os.listdir(folder)) - 2
    for layer in image.layers:
        path = folder / layer.blob.digest.removeprefix("sha256:")
        assert path.read_bytes() == Path(layer.blob.path).read_bytes()  # type: ignore[attr-defined]  # a FileBlob


def test_an_image_is_pulled_whole(image: Image, pull: Callable[..., RemoteImage], tmp_path: Path) -> None:
    assert pull().config == image.config
    complete(tmp_path / "dir", image)


@pytest.mark.parametrize("ranges", [True, False])
def test_a_broken_download_goes_on(
    ranges: bool, image: Image, pull: Callable[..., RemoteImage], registry: Any, faulty: Any, tmp_path: Path
) -> None:
    digest = image.layers[0].blob.digest
    registry.range_requests = ranges
    registry.faults = [faulty.Fault("GET", digest, sent=100_000), faulty.Fault("GET", digest, sent=50_000)]
    pull()
    complete(tmp_path / "dir", image)
    asked = [one.headers.get("Range") for one in registry.seen if one.method == "GET" and digest in one.path]
    assert asked == ([None, "bytes=100000-", "bytes=150000-"] if ranges else [None, "bytes=100000-", "bytes=50000-"])


def test_a_wrong_digest_is_asked_for_again_and_then_an_error(
    image: Image, pull: Callable[..., RemoteImage], registry: Any, faulty: Any, tmp_path: Path
) -> None:
    digest = image.layers[0].blob.digest
    registry.faults = [faulty.Fault("GET", digest, flip=True)]
    pull()
    complete(tmp_path / "dir", image)
    registry.faults = [faulty.Fault("GET", digest, flip=True) for _ in range(2)]
    with pytest.raises(ImageError, match=rf"gives sha256:[0-9a-f]+ for the blob {digest}"):
        pull()
    complete(tmp_path / "dir", image)  # what was there before
    assert os.listdir(tmp_path) and not [name for name in os.listdir(tmp_path) if name.endswith(".part")]


def test_more_bytes_than_announced_are_not_taken(
    image: Image, pull: Callable[..., RemoteImage], registry: Any, tmp_path: Path
) -> None:
    blobs = registry.blobs["group/app"]
    blobs[image.layers[0].blob.digest] += b"more"
    with pytest.raises(ImageError, match="sends more than the"):
        pull()
    assert not (tmp_path / "dir").exists()


def test_a_config_or_a_manifest_of_another_digest(
    image: Image, pull: Callable[..., RemoteImage], registry: Any, faulty: Any
) -> None:
    registry.faults = [faulty.Fault("GET", image.image_id, flip=True)]
    with pytest.raises(ImageError, match="for the config"):
        pull()
    registry.faults = [faulty.Fault("GET", "manifests", flip=True)]
    with pytest.raises(ImageError, match="gives a manifest with the digest"):
        pull()


def test_a_manifest_without_end_is_not_read(
    image: Image, pull: Callable[..., RemoteImage], registry: Any, faulty: Any
) -> None:
    put(registry, faulty, "v1", bytes(17 << 20), media_types.MANIFEST)
    with pytest.raises(ImageError, match="the manifest is larger than 16777216 bytes"):
        pull()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<html>", "not a JSON document"),
        (b"[]", "something that is no manifest"),
        (b'{"schemaVersion":1}', "it has no config"),
        (b'{"manifests":[]}', "has no image for linux/amd64"),
        (b'{"config":{"mediaType":"x","digest":"sha256:../../etc/passwd","size":1}}', "is not a digest"),
    ],
)
def test_what_is_no_manifest(
    data: bytes, message: str, pull: Callable[..., RemoteImage], registry: Any, faulty: Any
) -> None:
    put(registry, faulty, "v1", data, media_types.MANIFEST)
    with pytest.raises(ImageError, match=message):
        pull()


def entry(digest: str, size: int, **platform: str) -> dict[str, Any]:
    return {"mediaType": media_types.MANIFEST, "digest": digest, "size": size, "platform": platform}


def test_an_index_gives_the_image_of_the_platform(
    image: Image, pull: Callable[..., RemoteImage], registry: Any, faulty: Any, tmp_path: Path
) -> None:
    manifest = image.manifest.to_bytes()
    digest = faulty.digest_of(manifest)
    other = "sha256:" + "0" * 64
    entries = [
        entry(other, 1, architecture="unknown", os="unknown"),
        entry(other, 1, architecture="arm64", os="linux", variant="v8"),
        entry(other, 1, architecture="arm", os="linux", variant="v6"),
        entry(digest, len(manifest), architecture="arm", os="linux", variant="v7"),
    ]
    index = json.dumps({"schemaVersion": 2, "manifests": entries}).encode()
    digest_of_index = put(registry, faulty, "many", index, media_types.INDEX)
    pull("group/app:many", Platform("arm", variant="v7"))
    complete(tmp_path / "dir", image)
    pull(f"group/app@{digest_of_index}", Platform("arm", variant="v7"))
    with pytest.raises(ImageError, match=r"many has no image for linux/riscv64") as failure:
        pull("group/app:many", Platform("riscv64"))
    assert failure.value.hint == "it has: linux/arm64/v8, linux/arm/v6, linux/arm/v7"


def test_a_redirect_to_another_host_goes_without_authorisation(
    image: Image, pull: Callable[..., RemoteImage], registry: Any, faulty: Any, tmp_path: Path
) -> None:
    registry.token_uses = 1000
    digest = image.layers[0].blob.digest
    with faulty.FaultyRegistry() as store:
        store.blobs = registry.blobs
        target = f"http://{store.host}/v2/group/app/blobs/{digest}?signature=secret"
        registry.faults = [faulty.Fault("GET", digest, status=307, headers={"Location": target})]
        pull()
        complete(tmp_path / "dir", image)
        assert [one.authorization for one in store.seen if digest in one.path] == [None]
        assert all(one.authorization for one in registry.seen[-2:])


def test_a_redirect_that_leads_in_a_circle(
    image: Image, pull: Callable[..., RemoteImage], registry: Any, faulty: Any
) -> None:
    circle = faulty.Fault("GET", "manifests", status=302, headers={"Location": "/v2/group/app/manifests/v1"})
    registry.faults = [circle] * 20
    with pytest.raises(ImageError, match="redirects more than 10 times"):
        pull()


def test_what_is_not_there(image: Image, pull: Callable[..., RemoteImage]) -> None:
    with pytest.raises(Refused, match=r"HTTP status 404 \(MANIFEST_UNKNOWN: it is manifest_unknown\)"):
        pull("group/app:v9")


def test_nobody_listens(tmp_path: Path, faulty: Any) -> None:
    sleeps = faulty.Sleeps()
    settings = Settings(patience=Patience(sleep=sleeps, attempts=3))
    with pytest.raises(ImageError, match=r"the connection to 127\.0\.0\.1:1 failed"):
        pull_directory(location.parse("docker://127.0.0.1:1/x:y"), str(tmp_path / "dir"), settings, AMD64)
    assert sleeps.asked == []
