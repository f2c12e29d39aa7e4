"""An image of packages that a binary cache has: written and signed by real Nix, behind nginx with TLS, and a proxy.

The image is that which is made once real Nix has copied the packages into the store.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from lixeval.system.machines import emulated_systems, machine
from tests.support import real_nix

HERE = Path(__file__).parent / "images"
SETTINGS = {"sandbox": "false", "build-users-group": "", "substitute": "false", "extra-platforms": "aarch64-linux"}


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the Nix files, busybox, and `cache`, in which real Nix has put hello for two machines."""
    prefix = real_nix.chosen_prefix()
    busybox = shutil.which("busybox")
    if busybox is None or b"ld-linux" in Path(busybox).read_bytes()[:4096]:
        pytest.skip("there is no statically linked busybox on PATH")
    if machine() != "x86_64":
        pytest.skip("the packages are built by x86_64's busybox")
    folder = tmp_path_factory.mktemp("packed")
    for file in HERE.iterdir():
        shutil.copy(file, folder)
    (folder / "busybox").mkdir()
    shutil.copy(busybox, folder / "busybox/busybox")
    settings = [word for name, value in SETTINGS.items() for word in ("--option", name, value)]
    subprocess.run(
        [*prefix, "nix-store", "--generate-binary-cache-key", "cache-1", folder / "secret", folder / "public"],
        check=True,
    )
    for system in ("x86_64-linux", "aarch64-linux"):
        arguments = ["--arg", "busybox", str(folder / "busybox"), "--argstr", "system", system, "-A", "hello"]
        built = subprocess.run(
            [*prefix, "nix-build", str(folder / "packages.nix"), *arguments, "--no-out-link", *settings],
            check=True,
            capture_output=True,
            text=True,
        )
        command = [*prefix, "nix", "--extra-experimental-features", "nix-command", "copy", built.stdout.strip()]
        subprocess.run([*command, "--to", f"file://{folder}/cache?secret-key={folder}/secret"], check=True)
    return folder


def lixeval(packed: Path, place: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Makes the image in a store of its own."""
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    environment |= {
        "XDG_CACHE_HOME": f"{place}/cache",
        "LIXEVAL_STORE": f"{place}/store",
        "NIX_CONFIG": "",
        **variables,
    }
    words = (str(packed / "image.nix"), "--arg", "busybox", str(packed / "busybox"), *words)
    return subprocess.run(
        [sys.executable, "-m", "lixeval", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def trusting(packed: Path, url: str) -> list[str]:
    return ["--substituters", url, "--trusted-public-keys", (packed / "public").read_text().strip()]


def digest(layout: Path) -> str:
    found: str = json.loads((layout / "index.json").read_text())["manifests"][0]["digest"]
    return found


@pytest.fixture(scope="module")
def after_nix_copy(packed: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The digest of the image from a store that real Nix has filled, in which nothing is substituted."""
    place = tmp_path_factory.mktemp("filled")
    hello = _hello(packed)
    command = [*real_nix.chosen_prefix(), "nix", "--extra-experimental-features", "nix-command", "copy", hello]
    keys = ["--option", "trusted-public-keys", (packed / "public").read_text().strip()]
    subprocess.run([*command, "--from", f"file://{packed}/cache", "--to", f"{place}/store", *keys], check=True)
    done = lixeval(packed, place, "--to", f"oci:{place}/image", "--option", "substitute", "false")
    assert done.returncode == 0, done.stderr
    return digest(place / "image")


def _hello(packed: Path) -> str:
    """The store path of hello, as lixeval has it."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "lixeval", "--eval", "--raw", str(packed / "packages.nix"), "-A", "hello.outPath"),
            *("--arg", "busybox", str(packed / "busybox"), "--argstr", "system", "x86_64-linux"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_from_files(packed: Path, tmp_path: Path, after_nix_copy: str) -> None:
    done = lixeval(packed, tmp_path, "--to", f"oci:{tmp_path}/image", *trusting(packed, f"file://{packed}/cache"))
    assert done.returncode == 0, done.stderr
    assert digest(tmp_path / "image") == after_nix_copy


@pytest.fixture
def nginx(packed: Path, tmp_path: Path) -> Iterator[str]:
    """The cache at https://localhost:PORT, with a certificate that the file `certificate` trusts."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None or shutil.which("openssl") is None:
        pytest.skip("there is no nginx, or no openssl")
    port = _free_port()
    files = ["-keyout", f"{tmp_path}/key", "-out", f"{tmp_path}/certificate"]
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *files, *subject],
        check=True,
        capture_output=True,
    )
    (tmp_path / "nginx.conf").write_text(f"""
        daemon off; pid {tmp_path}/nginx.pid; error_log {tmp_path}/error.log; events {{ }}
        {"user root;" if os.geteuid() == 0 else ""}
        http {{
          access_log {tmp_path}/access.log;
          client_body_temp_path {tmp_path}/t1; proxy_temp_path {tmp_path}/t2; fastcgi_temp_path {tmp_path}/t3;
          uwsgi_temp_path {tmp_path}/t4; scgi_temp_path {tmp_path}/t5;
          server {{
            listen 127.0.0.1:{port} ssl;
            ssl_certificate {tmp_path}/certificate; ssl_certificate_key {tmp_path}/key;
            root {packed}/cache;
          }}
        }}""")
    process = subprocess.Popen([program, "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)])
    for _ in range(200):
        with socket.socket() as probe:
            probe.settimeout(0.1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
    yield f"https://localhost:{port}"
    process.terminate()
    process.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy that opens tunnels (CONNECT), and the places that it was asked for."""
    asked: list[str] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def pipe(one: socket.socket, other: socket.socket) -> None:
        while data := one.recv(1 << 16):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)

    def serve() -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(4096)
            place = head.split()[1].decode()
            asked.append(f"{head.split()[0].decode()} {place}")
            host, _, port = place.partition(":")
            server = socket.create_connection((host, int(port)))
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            for ends in ((client, server), (server, client)):
                Thread(target=pipe, args=ends, daemon=True).start()

    Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}", asked
    listening.close()


def test_through_nginx_with_tls_and_a_second_run_asks_nothing(
    packed: Path, tmp_path: Path, nginx: str, after_nix_copy: str
) -> None:
    words = ["--to", f"oci:{tmp_path}/image", *trusting(packed, nginx)]
    certificate = {"NIX_SSL_CERT_FILE": f"{tmp_path}/certificate"}
    done = lixeval(packed, tmp_path, *words, **certificate)
    assert done.returncode == 0, done.stderr
    assert digest(tmp_path / "image") == after_nix_copy
    requests = (tmp_path / "access.log").read_text()
    lines = [line.split('"')[1] for line in requests.splitlines()]
    assert len(lines) == len(set(lines)), "something was asked for twice"
    assert requests.count("GET /nar/") == 3  # hello, bash, glibc
    again = lixeval(packed, tmp_path, *words, "--no-eval-cache", **certificate)
    assert again.returncode == 0
    assert (tmp_path / "access.log").read_text() == requests


def test_a_certificate_that_nobody_trusts(packed: Path, tmp_path: Path, nginx: str) -> None:
    done = lixeval(packed, tmp_path, "--to", f"oci:{tmp_path}/image", *trusting(packed, nginx), "--max-jobs", "0")
    assert done.returncode != 0 and "failed: its certificate" in done.stderr


def test_through_a_proxy(
    packed: Path, tmp_path: Path, nginx: str, proxy: tuple[str, list[str]], after_nix_copy: str
) -> None:
    url, asked = proxy
    words = ["--to", f"oci:{tmp_path}/image", *trusting(packed, nginx)]
    done = lixeval(packed, tmp_path, *words, NIX_SSL_CERT_FILE=f"{tmp_path}/certificate", https_proxy=url)
    assert done.returncode == 0, done.stderr
    assert digest(tmp_path / "image") == after_nix_copy
    assert set(asked) == {f"CONNECT {nginx.removeprefix('https://')}"}


def test_for_another_machine(packed: Path, tmp_path: Path) -> None:
    """No builder of that machine is needed, nor is one asked for."""
    if "aarch64-linux" in emulated_systems():
        pytest.skip("aarch64 programs run here")
    words = ["--argstr", "system", "aarch64-linux", "--system", "aarch64-linux", "--to", f"oci:{tmp_path}/image"]
    without = lixeval(packed, tmp_path, *words, "--option", "substitute", "false")
    assert without.returncode == 1 and "a 'aarch64-linux' with features {} is required" in without.stderr
    done = lixeval(packed, tmp_path, *words, *trusting(packed, f"file://{packed}/cache"))
    assert done.returncode == 0, done.stderr
    if shutil.which("skopeo") is None:
        pytest.skip("there is no skopeo to inspect it")
    shown = subprocess.run(
        ["skopeo", "inspect", "--override-arch", "arm64", f"oci:{tmp_path}/image"], check=True, capture_output=True
    )
    assert json.loads(shown.stdout)["Architecture"] == "arm64"
    assert json.loads(shown.stdout)["Digest"] == digest(tmp_path / "image")
