"""Debian's docker-registry: what is pushed there skopeo reads, what skopeo pushes there is pulled, byte for byte."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lixeval.errors import ImageError
from lixeval.oci import layout
from lixeval.oci.registry import credentials, location
from lixeval.oci.registry.pull import Platform, pull_directory
from lixeval.oci.registry.push import push_image
from lixeval.oci.registry.retry import Patience
from lixeval.oci.registry.session import Settings

# The password is "s3cret"; bcrypt, the only form that docker-registry takes.
HTPASSWD = "me:$2b$05$abcdefghijklmnopqrstuuLK7U1u6pVRmL7L1BBM2aS35PSZnDXlK\n"


@pytest.fixture(autouse=True)
def no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "auth.json"))
    (tmp_path / "auth.json").write_text("{}")


def skopeo(*words: str) -> str:
    program = shutil.which("skopeo")
    if program is None:
        pytest.skip("skopeo is not installed")
    done = subprocess.run([program, "--insecure-policy", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_push_mount_pull(debian_registry: Callable[..., str], make_image: Any, tmp_path: Path) -> None:
    host = debian_registry()
    image = make_image(os.urandom(3 << 20), b"x", b"y")
    first = push_image(image, location.parse(f"docker://{host}/group/app:v1"), Settings())
    assert set(first.blobs.values()) == {"uploaded"}
    assert push_image(image, location.parse(f"docker://{host}/group/app:v1"), Settings()).blobs == {}
    mounted = push_image(
        image, location.parse(f"docker://{host}/other:v1"), Settings(), lambda digest: ["group/app", "unknown"]
    )
    assert set(mounted.blobs.values()) == {"mounted from group/app"}
    for name in ("group/app", "other"):
        pull_directory(
            location.parse(f"docker://{host}/{name}:v1"), str(tmp_path / "ours"), Settings(), Platform("amd64")
        )
        assert (tmp_path / "ours/manifest.json").read_bytes() == image.manifest.to_bytes()


def test_skopeo_reads_what_we_push_and_we_what_it_pushes(
    debian_registry: Callable[..., str], make_image: Any, tmp_path: Path
) -> None:
    host = debian_registry()
    image = make_image(os.urandom(100_000), b"x")
    push_image(image, location.parse(f"docker://{host}/app:v1"), Settings())
    seen = json.loads(skopeo("inspect", "--tls-verify=false", f"docker://{host}/app:v1"))
    assert seen["Layers"] == [layer.blob.digest for layer in image.layers]
    layout.write_layout(image, str(tmp_path / "oci"), "v1")
    # skopeo packs the layers on the way: another manifest, the same image.
    skopeo("copy", "--dest-tls-verify=false", f"oci:{tmp_path}/oci:v1", f"docker://{host}/skopeo:v1")
    skopeo("copy", "--src-tls-verify=false", f"docker://{host}/skopeo:v1", f"dir:{tmp_path}/theirs")
    where = location.parse(f"docker://{host}/skopeo:v1")
    remote = pull_directory(where, str(tmp_path / "ours"), Settings(), Platform("amd64"))
    assert remote.config == image.config
    theirs, ours = ({path.name: path.read_bytes() for path in (tmp_path / one).iterdir()} for one in ("theirs", "ours"))
    assert ours == theirs


BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
TOO_MANY = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


def test_through_a_network_that_fails(
    debian_registry: Callable[..., str], cutting_proxy: Any, make_image: Any, faulty: Any, tmp_path: Path
) -> None:
    image = make_image(os.urandom(9 << 20), b"small")
    sleeps = faulty.Sleeps()
    settings = Settings(patience=Patience(sleep=sleeps), parallel=2)
    with cutting_proxy(debian_registry()) as network:
        network.cuts = [5 << 20, 2 << 20, 1 << 10]
        network.answers = [(b"HEAD", BUSY), (b"POST", TOO_MANY), (b"PUT", BUSY)]
        where = location.parse(f"docker://{network.host}/app:v1")
        pushed = push_image(image, where, settings)
        assert set(pushed.blobs.values()) == {"uploaded"}
        assert network.cuts == network.answers == [] and network.done == 6
        assert {7.0, 3.0} <= set(sleeps.asked)
        network.answers = [(b"GET /v2/app/manifests", TOO_MANY), (b"GET /v2/app/blobs", BUSY)]
        pull_directory(where, str(tmp_path / "dir"), settings, Platform("amd64"))
        assert network.answers == []
    assert (tmp_path / "dir/manifest.json").read_bytes() == image.manifest.to_bytes()
    for layer in image.layers:
        found = (tmp_path / "dir" / layer.blob.digest.removeprefix("sha256:")).read_bytes()
        assert "sha256:" + hashlib.sha256(found).hexdigest() == layer.blob.digest


@pytest.mark.parametrize("most", [1 << 20, 300_000])
def test_a_server_before_it_that_takes_no_long_requests(
    debian_registry: Callable[..., str], limiting_server: Callable[[str, int], str], make_image: Any, most: int
) -> None:
    """The usual nginx before a registry takes 1 MiB a request."""
    host = limiting_server(debian_registry(), most)
    image = make_image(os.urandom(5_000_001), b"x", os.urandom(400_000))
    where = location.parse(f"docker://{host}/app:v1")
    assert set(push_image(image, where, Settings()).blobs.values()) == {"uploaded"}
    seen = json.loads(skopeo("inspect", "--tls-verify=false", f"docker://{host}/app:v1"))
    assert seen["Layers"] == [layer.blob.digest for layer in image.layers]


def test_basic_authentication(debian_registry: Callable[..., str], make_image: Any, tmp_path: Path) -> None:
    (tmp_path / "htpasswd").write_text(HTPASSWD)
    host = debian_registry(
        REGISTRY_AUTH="htpasswd",
        REGISTRY_AUTH_HTPASSWD_REALM="test",
        REGISTRY_AUTH_HTPASSWD_PATH=str(tmp_path / "htpasswd"),
    )
    where = location.parse(f"docker://{host}/app:v1")
    with pytest.raises(ImageError, match="HTTP status 401") as failure:
        push_image(make_image(b"x"), where, Settings())
    assert "no credentials were found" in str(failure.value.hint)
    with pytest.raises(ImageError, match="HTTP status 401"):
        push_image(make_image(b"x"), where, Settings(credentials=credentials.parse("me:wrong")))
    push_image(make_image(b"x"), where, Settings(credentials=credentials.parse("me:s3cret")))


def test_a_registry_that_is_read_only(debian_registry: Callable[..., str], make_image: Any) -> None:
    host = debian_registry(REGISTRY_STORAGE_MAINTENANCE_READONLY="{enabled: true}")
    where = location.parse(f"docker://{host}/app:v1")
    with pytest.raises(ImageError, match="HTTP status 405") as failure:
        push_image(make_image(b"x"), where, Settings())
    assert "read-only" in str(failure.value.hint)


def test_a_registry_with_an_unknown_certificate(
    debian_registry: Callable[..., str], make_image: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    words += ["-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")]
    subprocess.run([openssl, *words, *files], check=True, capture_output=True)
    host = debian_registry(
        REGISTRY_HTTP_TLS_CERTIFICATE=str(tmp_path / "cert.pem"), REGISTRY_HTTP_TLS_KEY=str(tmp_path / "key.pem")
    )
    where = location.parse(f"docker://{host}/app:v1")
    with pytest.raises(ImageError, match="its certificate is not trusted: self-signed certificate") as failure:
        push_image(make_image(b"x"), where, Settings())
    assert "--tls-verify=false" in str(failure.value.hint)
    push_image(make_image(b"x"), where, Settings(tls_verify=False))
    monkeypatch.delenv("NIX_SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    assert push_image(make_image(b"x"), where, Settings()).blobs == {}
