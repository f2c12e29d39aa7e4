"""What locations, challenges, waits and files of credentials mean."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lixeval.errors import ImageError
from lixeval.oci.registry import challenge, credentials, location
from lixeval.oci.registry.challenge import Challenge
from lixeval.oci.registry.credentials import Credentials
from lixeval.system.retrying import asked_for

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "host", "repository", "reference"),
    [
        ("docker://alpine", "registry-1.docker.io", "library/alpine", "latest"),
        ("docker://docker.io/user/app:v1", "registry-1.docker.io", "user/app", "v1"),
        ("docker://index.docker.io/alpine:3", "registry-1.docker.io", "library/alpine", "3"),
        ("docker://ghcr.io/a/b/c:v1", "ghcr.io", "a/b/c", "v1"),
        ("docker://localhost:5000/app", "localhost:5000", "app", "latest"),
        (f"docker://quay.io/a/b@{DIGEST}", "quay.io", "a/b", DIGEST),
        (f"docker://quay.io/a/b:v1@{DIGEST}", "quay.io", "a/b", DIGEST),
        ("docker://[::1]:5000/app:x", "[::1]:5000", "app", "x"),
    ],
)
def test_locations(text: str, host: str, repository: str, reference: str) -> None:
    found = location.parse(text)
    assert (found.host, found.repository, found.manifest_reference) == (host, repository, reference)
    assert location.parse(str(found)) == found


@pytest.mark.parametrize("text", ["docker://", "alpine", "docker://A/b", "docker://a/b:", "docker://a/b@sha256:12"])
def test_what_is_no_location(text: str) -> None:
    with pytest.raises(ImageError):
        location.parse(text)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("localhost:5000", True),
        ("127.0.0.1:80", True),
        ("127.8.9.1", True),
        ("[::1]:5000", True),
        ("::1", True),
        ("registry.localhost:5000", True),
        ("localhost.example.org", False),
        ("10.0.0.1:5000", False),
        ("127.0.0.1.example.org", False),
    ],
)
def test_this_machine(host: str, loopback: bool) -> None:
    assert location.is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('Basic realm="x"', [Challenge("basic", {"realm": "x"})]),
        (
            'Bearer realm="https://auth.example/token",service="reg",scope="repository:a/b:pull,push"',
            [
                Challenge(
                    "bearer",
                    {"realm": "https://auth.example/token", "service": "reg", "scope": "repository:a/b:pull,push"},
                )
            ],
        ),
        (
            'Basic realm="a \\"b\\"", Bearer realm=c',
            [Challenge("basic", {"realm": 'a "b"'}), Challenge("bearer", {"realm": "c"})],
        ),
        ("Negotiate abc==, Basic realm=x", [Challenge("negotiate", {}), Challenge("basic", {"realm": "x"})]),
        ("Negotiate, Basic realm=x", [Challenge("negotiate", {}), Challenge("basic", {"realm": "x"})]),
        ("BEARER Realm = x , Service=y", [Challenge("bearer", {"realm": "x", "service": "y"})]),
        ("", []),
        ("=", []),
    ],
)
def test_challenges(header: str, expected: list[Challenge]) -> None:
    assert challenge.parse(header) == expected


@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=60))
def test_any_header_can_be_read(header: str) -> None:
    assert all(one.scheme for one in challenge.parse(header))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("Sun, 09 Sep 2001 01:46:50 GMT", 10.0),
        ("Sun, 09 Sep 2000 01:46:50 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(text: str | None, seconds: float | None) -> None:
    assert asked_for(text, 1_000_000_000) == seconds


# -- credentials -------------------------------------------------------------------------------------------------------


def auth(user: str, password: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.mark.parametrize(
    ("key", "name", "found"),
    [
        ("ghcr.io", "docker://ghcr.io/a/b:v1", True),
        ("ghcr.io/a", "docker://ghcr.io/a/b:v1", True),
        ("ghcr.io/a/b", "docker://ghcr.io/a/b:v1", True),
        ("ghcr.io/a/c", "docker://ghcr.io/a/b:v1", False),
        ("ghcr.io/ab", "docker://ghcr.io/a/b:v1", False),
        ("https://ghcr.io/v2/", "docker://ghcr.io/a/b:v1", True),
        ("https://index.docker.io/v1/", "docker://alpine", True),
        ("docker.io", "docker://alpine", True),
        ("docker.io/library/alpine", "docker://alpine", True),
        ("localhost:5000", "docker://localhost:5000/app", True),
        ("localhost:5000", "docker://localhost:5001/app", False),
        ("docker.io", "docker://ghcr.io/a/b", False),
    ],
)
def test_keys_of_a_file(key: str, name: str, found: bool, tmp_path: Path) -> None:
    path = tmp_path / "auth.json"
    path.write_text(json.dumps({"auths": {key: auth("me", "pass:word"), "else.example": auth("x", "y")}}))
    expected = Credentials("me", "pass:word") if found else None
    assert credentials.find(location.parse(name), str(path), {}) == expected


def test_the_longest_key_counts(tmp_path: Path) -> None:
    keys = {"ghcr.io": auth("1", ""), "ghcr.io/a": auth("2", ""), "ghcr.io/a/b": auth("3", "")}
    (tmp_path / "auth.json").write_text(json.dumps({"auths": keys}))
    for name, user in (("ghcr.io/a/b", "3"), ("ghcr.io/a/c", "2"), ("ghcr.io/z", "1")):
        found = credentials.find(location.parse(f"docker://{name}"), str(tmp_path / "auth.json"), {})
        assert found is not None and found.username == user


def test_where_files_are_looked_for(tmp_path: Path) -> None:
    places = ["run/containers/auth.json", "config/containers/auth.json", "docker/config.json"]
    for number, place in enumerate(places):
        (tmp_path / place).parent.mkdir(parents=True)
        (tmp_path / place).write_text(json.dumps({"auths": {"ghcr.io": auth(str(number), "p")}}))
    environment = {
        "HOME": str(tmp_path / "home"),
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "DOCKER_CONFIG": str(tmp_path / "docker"),
    }
    where = location.parse("docker://ghcr.io/a/b")
    for number, place in enumerate(places):
        found = credentials.find(where, None, environment)
        assert found is not None and found.username == str(number)
        (tmp_path / place).unlink()
    assert credentials.find(where, None, environment) is None
    (tmp_path / "named.json").write_text(json.dumps({"auths": {"ghcr.io": auth("named", "p")}}))
    found = credentials.find(where, None, {**environment, "REGISTRY_AUTH_FILE": str(tmp_path / "named.json")})
    assert found is not None and found.username == "named"


def test_a_named_file_must_be_readable(tmp_path: Path) -> None:
    where = location.parse("docker://ghcr.io/a/b")
    with pytest.raises(ImageError, match=r"cannot read the credentials in '.*none\.json'"):
        credentials.find(where, str(tmp_path / "none.json"), {})
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(ImageError, match="is not a file of credentials"):
        credentials.find(where, str(tmp_path / "bad.json"), {})
    (tmp_path / "odd.json").write_text(json.dumps({"auths": {"ghcr.io": {"auth": "%%%"}}}))
    with pytest.raises(ImageError, match="is not the base64 of a name and a password"):
        credentials.find(where, str(tmp_path / "odd.json"), {})


HELPER = """#!/bin/sh
read key
case "$key" in
  ghcr.io) echo '{"ServerURL":"ghcr.io","Username":"me","Secret":"from-helper"}' ;;
  quay.io) echo '{"ServerURL":"quay.io","Username":"<token>","Secret":"identity"}' ;;
  https://index.docker.io/v1/) echo '{"Username":"hub","Secret":"hub-secret"}' ;;
  *) echo 'credentials not found in native keychain'; exit 1 ;;
esac
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ghcr.io/a/b", Credentials("me", "from-helper")),
        ("quay.io/a/b", Credentials("", "", "identity")),
        ("alpine", Credentials("hub", "hub-secret")),
        ("example.org/a", None),
    ],
)
@pytest.mark.parametrize("way", ["credHelpers", "credsStore"])
def test_helpers(way: str, name: str, expected: Credentials | None, tmp_path: Path) -> None:
    program = tmp_path / "docker-credential-test"
    program.write_text(HELPER)
    program.chmod(0o755)
    helpers = dict.fromkeys(("ghcr.io", "quay.io", "docker.io", "example.org"), "test")
    content = {"credHelpers": helpers} if way == "credHelpers" else {"credsStore": "test"}
    (tmp_path / "config.json").write_text(json.dumps(content))
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    assert credentials.find(location.parse(f"docker://{name}"), str(tmp_path / "config.json"), environment) == expected


@pytest.mark.parametrize(
    ("helper", "message"),
    [
        ("../../evil", "is not the name of a credential helper"),
        ("that-nobody-has", "'docker-credential-that-nobody-has' is not installed"),
    ],
)
def test_helpers_that_cannot_be_asked(helper: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"credsStore": helper}))
    with pytest.raises(ImageError, match=message):
        credentials.find(location.parse("docker://ghcr.io/a"), str(tmp_path / "config.json"), {"PATH": "/usr/bin"})


def test_a_password_does_not_show() -> None:
    assert "s3cret" not in repr(credentials.parse("me:s3cret"))
    with pytest.raises(ImageError):
        credentials.parse("me")
