"""TLS to a real registry by what podman and docker keep in certs.d: authorities, and certificates of our own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lixeval.errors import ImageError
from lixeval.oci.registry import certificates, location
from lixeval.oci.registry.push import push_image
from lixeval.oci.registry.session import Settings


def openssl(*words: str) -> None:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    subprocess.run([program, *words], check=True, capture_output=True)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ca.crt, and server and client certificates that it has signed."""
    folder = tmp_path_factory.mktemp("authority")
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test authority"]
    openssl(*words, "-keyout", f"{folder}/ca.key", "-out", f"{folder}/ca.crt")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost")
    for name in ("server", "client"):
        made = ["-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.csr", "-subj", f"/CN={name}"]
        openssl("req", "-newkey", "rsa:2048", "-nodes", *made)
        signed = ["-CA", f"{folder}/ca.crt", "-CAkey", f"{folder}/ca.key", "-CAcreateserial", "-days", "2"]
        names = ["-extfile", f"{folder}/names"] if name == "server" else []
        openssl("x509", "-req", "-in", f"{folder}/{name}.csr", "-out", f"{folder}/{name}.cert", *signed, *names)
    return folder


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Folders that stand for the user's and the machine's."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(certificates, "_SYSTEM", (str(tmp_path / "etc/containers"), str(tmp_path / "etc/docker")))
    return {
        "user": tmp_path / "home/.config/containers/certs.d",
        "containers": tmp_path / "etc/containers",
        "docker": tmp_path / "etc/docker",
    }


def serve(debian_registry: Callable[..., str], authority: Path, **more: str) -> location.Location:
    host = debian_registry(
        REGISTRY_HTTP_TLS_CERTIFICATE=str(authority / "server.cert"),
        REGISTRY_HTTP_TLS_KEY=str(authority / "server.key"),
        **more,
    )
    return location.parse(f"docker://{host}/app:v1")


def keep(folder: Path, where: location.Location, authority: Path, *names: str) -> Path:
    place = folder / where.registry
    place.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copy(authority / name, place / name)
    return place


@pytest.mark.parametrize("whose", ["user", "containers", "docker"])
def test_an_authority_is_trusted_for_its_registry(
    whose: str, debian_registry: Callable[..., str], authority: Path, system: dict[str, Path], make_image: Any
) -> None:
    where = serve(debian_registry, authority)
    with pytest.raises(ImageError, match="its certificate is not trusted: unable to get local issuer certificate"):
        push_image(make_image(b"x"), where, Settings())
    keep(system[whose], where, authority, "ca.crt")
    push_image(make_image(b"x"), where, Settings())


@pytest.mark.parametrize("whose", ["user", "containers", "docker"])
def test_a_registry_that_asks_who_we_are(
    whose: str, debian_registry: Callable[..., str], authority: Path, system: dict[str, Path], make_image: Any
) -> None:
    where = serve(debian_registry, authority, REGISTRY_HTTP_TLS_CLIENTCAS=f"[{authority / 'ca.crt'}]")
    place = keep(system[whose], where, authority, "ca.crt")
    with pytest.raises(ImageError, match=r"TLS fails|the connection to 127\.0\.0\.1"):
        push_image(make_image(b"x"), where, Settings())
    keep(system[whose], where, authority, "client.cert")
    with pytest.raises(ImageError, match=r"client\.cert' has no key beside it"):
        push_image(make_image(b"x"), where, Settings())
    keep(system[whose], where, authority, "client.key")
    push_image(make_image(b"x"), where, Settings())
    (place / "client.cert").unlink()
    with pytest.raises(ImageError, match=r"client\.key' has no certificate beside it"):
        push_image(make_image(b"x"), where, Settings())


def test_a_file_that_is_no_certificate_is_named(
    debian_registry: Callable[..., str], authority: Path, system: dict[str, Path], make_image: Any
) -> None:
    where = serve(debian_registry, authority)
    place = keep(system["user"], where, authority, "ca.crt")
    (place / "ca.crt").write_text("hello")
    with pytest.raises(ImageError, match=r"cannot read the certificates in '.*ca\.crt'"):
        push_image(make_image(b"x"), where, Settings())
