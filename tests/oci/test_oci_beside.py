"""Documents beside images, and images of several platforms under one name, in layouts and in registries."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lixeval.errors import ImageError
from lixeval.oci import descriptor as descriptors
from lixeval.oci import digest as digests
from lixeval.oci import layout, media_types, multi_platform
from lixeval.oci.image import Image
from lixeval.oci.reading.contents import read_layers
from lixeval.oci.reading.image_names import Place, open_image
from lixeval.oci.reading.remote import open_remote
from lixeval.oci.referrer import Attachment
from lixeval.oci.registry import location
from lixeval.oci.registry.push import push_image, push_index
from lixeval.oci.registry.referrers import attach
from lixeval.oci.registry.session import Settings
from lixeval.oci.validate import validate

BILL = Attachment("application/spdx+json", b'{"spdxVersion":"SPDX-2.3"}', {"org.example.made": "here"})


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "auth.json"))
    (tmp_path / "auth.json").write_text("{}")


def subject_of(image: Image) -> descriptors.Descriptor:
    return descriptors.of_bytes(media_types.MANIFEST, image.manifest.to_bytes())


def for_platform(image: Image, architecture: str, variant: str = "") -> Image:
    document = json.loads(image.config)
    document["architecture"] = architecture
    if variant:
        document["variant"] = variant
    return Image(json.dumps(document).encode(), image.layers)


def test_a_document_beside_an_image_in_a_layout(make_image: Callable[..., Image], tmp_path: Path) -> None:
    image, path = make_image(b"one"), str(tmp_path / "oci")
    layout.write_layout(image, path, "v1")
    layout.attach(BILL, image, path)
    layout.attach(Attachment("application/vnd.cyclonedx+json", b"{}"), image, path)
    layout.attach(Attachment(BILL.media_type, b'{"newer":true}'), image, path)
    entries = json.loads((tmp_path / "oci/index.json").read_text())["manifests"]
    assert [entry.get("artifactType") for entry in entries] == [
        None,
        "application/vnd.cyclonedx+json",
        "application/spdx+json",
    ]
    manifest = json.loads((tmp_path / "oci/blobs/sha256" / entries[2]["digest"][7:]).read_text())
    assert manifest["subject"]["digest"] == digests.of_bytes(image.manifest.to_bytes())
    assert (tmp_path / "oci/blobs/sha256" / manifest["layers"][0]["digest"][7:]).read_text() == '{"newer":true}'
    assert all("belongs to no image" in fault for fault in validate(path))
    with open_image(Place(path)) as opened:
        assert opened.image_id == image.image_id


def test_a_document_beside_an_image_in_a_registry(make_image: Callable[..., Image], registry: Any) -> None:
    """This registry has no list of referrers, so the list is kept under a tag."""
    image = make_image(b"one", os.urandom(1000))
    where = location.parse(f"docker://{registry.host}/group/app:v1")
    push_image(image, where, Settings())
    first = attach(BILL, subject_of(image), where, Settings())
    second = attach(Attachment("application/vnd.cyclonedx+json", b"{}"), subject_of(image), where, Settings())
    assert attach(BILL, subject_of(image), where, Settings()) == first
    tag = digests.of_bytes(image.manifest.to_bytes()).replace(":", "-")
    listed = json.loads(registry.manifests["group/app"][tag][0])
    assert {entry["digest"]: entry["artifactType"] for entry in listed["manifests"]} == {
        first: "application/spdx+json",
        second: "application/vnd.cyclonedx+json",
    }
    assert BILL.data in registry.blobs["group/app"].values()


def test_images_of_several_platforms_in_a_layout(make_image: Callable[..., Image], tmp_path: Path) -> None:
    one, two = make_image(b"same"), for_platform(make_image(b"same"), "arm64", "v8")
    path = str(tmp_path / "oci")
    multi_platform.write_to_layout(multi_platform.together([one, two]), path, "v1")
    assert validate(path) == []
    for platform, image in (("linux/amd64", one), ("linux/arm64", two), ("linux/arm64/v8", two)):
        with open_image(Place(path, None, "v1"), platform) as opened:
            assert opened.image_id == image.image_id
    with pytest.raises(ImageError, match="two of the images are for the platform linux/arm64/v8"):
        multi_platform.together([two, one, two])
    with pytest.raises(ImageError, match="does not say for which platform"):
        multi_platform.together([Image(b"{}", ())])


def test_images_of_several_platforms_in_a_registry(make_image: Callable[..., Image], registry: Any) -> None:
    one = make_image(b"one")
    two = for_platform(one, "arm64")
    where = location.parse(f"docker://{registry.host}/group/app:v1")
    pushed = push_index(multi_platform.together([one, two]), where, Settings())
    data, media_type = registry.manifests["group/app"]["v1"]
    assert media_type == media_types.INDEX and digests.of_bytes(data) == pushed.manifest_digest
    for platform, image in (("linux/amd64", one), ("linux/arm64", two)):
        with open_remote(str(where), Settings(), platform) as opened:
            assert opened.image_id == image.image_id
            assert [len(layer.entries) for layer in read_layers(opened.layers)] == [1]


def test_with_debians_registry(make_image: Callable[..., Image], debian_registry: Callable[..., str]) -> None:
    host = debian_registry()
    one = make_image(b"one")
    two = for_platform(one, "arm64")
    where = location.parse(f"docker://{host}/group/app:v1")
    push_index(multi_platform.together([one, two]), where, Settings())
    attach(BILL, subject_of(one), where, Settings())
    attach(BILL, subject_of(one), where, Settings())
    with open_remote(str(where), Settings(), "linux/arm64") as opened:
        assert opened.image_id == two.image_id
        assert read_layers(opened.layers)[0].file_bytes == 3
