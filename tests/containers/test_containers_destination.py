"""Destinations in the names of skopeo's transports."""

from __future__ import annotations

import pytest

from lixeval.containers.destination import Destination, parse
from lixeval.errors import ImageError


@pytest.mark.parametrize(
    ("text", "transport", "path", "name"),
    [
        ("image.tar", "archive", "image.tar", None),
        ("./a:b.tar", "archive", "./a:b.tar", None),
        ("/tmp/image", "archive", "/tmp/image", None),
        ("oci:dir", "oci", "dir", None),
        ("oci:/a/dir:v1", "oci", "/a/dir", "v1"),
        ("oci-archive:x.tar:v1", "oci-archive", "x.tar", "v1"),
        ("docker-archive:x.tar", "docker-archive", "x.tar", None),
        ("docker-archive:x.tar:host:5000/me/app:v1", "docker-archive", "x.tar", "host:5000/me/app:v1"),
        ("dir:some:where", "dir", "some:where", None),
        ("docker://localhost:5000/me/app:v1", "docker", "localhost:5000/me/app:v1", None),
        ("docker://me/app", "docker", "me/app", None),
        ("containers-storage:", "containers-storage", "", None),
        ("containers-storage:app:v1", "containers-storage", "app:v1", None),
        ("docker-daemon:app:v1", "docker-daemon", "app:v1", None),
    ],
)
def test_reading(text: str, transport: str, path: str, name: str | None) -> None:
    destination = parse(text)
    assert destination == Destination(transport, path, name)
    assert str(destination) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "oci:",
        "dir:",
        "oci::v1",
        "oci:x:bad tag",
        "docker-archive:x:Upper",
        "docker-daemon:X:y",
        "containers-storage:[overlay@/x]app",
        "docker:app",
        "docker://",
        "docker://host:5000/Upper",
        "ostree:x",
        "s3://bucket/x",
        "nosuch:thing",
        "containers-storage",
        "docker-daemon",
        "docker",
        "oci",
        "OCI:x",
        "docker-archiv:x.tar",
        "docker://localhost:99999/x",
        "docker://localhost:0/x",
        "docker://localhost:/x",
        "docker://[::1/x",
        "docker://a..b/x",
        "docker://-a.b/x",
        "docker://me@host.example/x",
        "docker://host.example/x@sha256:zz",
        "docker://" + "a" * 64 + ".example/x",
    ],
)
def test_what_is_no_destination(text: str) -> None:
    with pytest.raises(ImageError):
        parse(text)
