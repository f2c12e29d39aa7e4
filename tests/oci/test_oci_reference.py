"""Image names and tags, by the grammar of the distribution specification."""

from __future__ import annotations

import pytest

from lixeval.errors import ImageError
from lixeval.oci import reference


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("lix", "docker.io/library/lix:latest"),
        ("lix:v1", "docker.io/library/lix:v1"),
        ("me/lix:v1", "docker.io/me/lix:v1"),
        ("docker.io/lix", "docker.io/library/lix:latest"),
        ("index.docker.io/me/lix", "docker.io/me/lix:latest"),
        ("localhost/lix", "localhost/lix:latest"),
        ("localhost:5000/lix", "localhost:5000/lix:latest"),
        ("registry.example.org:5000/a/b-c__d.e:1.0_x-y", "registry.example.org:5000/a/b-c__d.e:1.0_x-y"),
        ("a----b", "docker.io/library/a----b:latest"),
    ],
)
def test_full_names(text: str, full: str) -> None:
    assert str(reference.parse(text)) == full


@pytest.mark.parametrize(
    "name", ["", "Lix", "a b", "-a", "a-", "a..b", "a___b", "a//b", "/a", "a/", "ä", "a_.b", "f" * 64]
)
def test_names_that_are_not_allowed_say_what_is(name: str) -> None:
    with pytest.raises(ImageError) as failure:
        reference.check_name(name)
    assert failure.value.hint is None or "a-z, 0-9" in failure.value.hint
    assert name in failure.value.message


@pytest.mark.parametrize("tag", ["", ".a", "-a", "a b", "a/b", "a:b", "ä", "a\n", "x" * 129])
def test_tags_that_are_not_allowed_say_what_is(tag: str) -> None:
    with pytest.raises(ImageError) as failure:
        reference.check_tag(tag)
    assert failure.value.hint is not None and "A-Z, a-z, 0-9" in failure.value.hint


@pytest.mark.parametrize("tag", ["latest", "_", "1", "A.b-c_d", "x" * 128])
def test_tags_that_are_allowed(tag: str) -> None:
    assert reference.check_tag(tag) == tag


def test_a_name_may_have_255_characters() -> None:
    assert reference.check_name("a" * 255)
    with pytest.raises(ImageError, match="256 characters"):
        reference.check_name("a" * 256)
