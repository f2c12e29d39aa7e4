"""Fixtures of the image tests: registries, one that fails on demand and Debian's, and images to send to them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lixeval.oci.blob import FileBlob
from lixeval.oci.config import History, config_blob
from lixeval.oci.image import Image, Layer
from lixeval.oci.tar_header import REGULAR, Entry
from lixeval.oci.tar_layer import LayerWriter
from tests.oci.cutting_proxy import CuttingProxy
from tests.support import faulty_registry


@pytest.fixture(scope="session")
def faulty() -> Any:
    """The module of the registry that fails on demand."""
    return faulty_registry


@pytest.fixture
def registry(faulty: Any) -> Iterator[Any]:
    with faulty.FaultyRegistry() as running:
        yield running


@pytest.fixture(scope="session")
def cutting_proxy() -> Any:
    """The class of the network that fails."""
    return CuttingProxy


@pytest.fixture
def make_image(tmp_path: Path) -> Callable[..., Image]:
    """An image with one layer a content."""

    def make(*contents: bytes, cmd: str = "sh") -> Image:
        layers = []
        for number, data in enumerate(contents):
            path = tmp_path / f"made-{cmd}-{number}"
            with path.open("wb") as stream, LayerWriter(stream.fileno()) as writer:
                writer.add(Entry(b"/file%d" % number, REGULAR, 0o444, len(data)), data)
                digest, size = writer.finish()
            layers.append(Layer(FileBlob(digest, size, str(path)), digest))
        history = [History(created_by="test") for _ in layers]
        diff_ids = [layer.diff_id for layer in layers]
        return Image(config_blob({"Cmd": [cmd]}, "amd64", "0001-01-01T00:00:00Z", diff_ids, history), tuple(layers))

    return make


@pytest.fixture
def debian_registry(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Starts Debian's docker-registry on this machine; its host and port."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("docker-registry is not installed")
    running: list[subprocess.Popen[bytes]] = []

    def start(**settings: str) -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            host = f"127.0.0.1:{probe.getsockname()[1]}"
        folder = tmp_path / f"registry-{len(running)}"
        folder.mkdir()
        config = folder / "config.yml"
        config.write_text(
            f"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {folder}/data\nhttp:\n  addr: {host}\n"
            "log:\n  level: error\n"
        )
        # Every variable of this beginning is a setting of the registry, so REGISTRY_AUTH_FILE must not get through.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRY_")}
        environment = {**inherited, **settings}
        with (folder / "log").open("wb") as log:
            command = [program, "serve", str(config)]
            running.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        _wait_for(host, running[-1], folder / "log")
        return host

    yield start
    for process in running:
        process.terminate()
        process.wait()


@pytest.fixture
def limiting_server(tmp_path: Path) -> Iterator[Callable[[str, int], str]]:
    """Starts an nginx before a registry, which takes requests of so many bytes at most; its host and port."""
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    running: list[subprocess.Popen[bytes]] = []

    def start(behind: str, most: int) -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            host = f"127.0.0.1:{probe.getsockname()[1]}"
        folder = tmp_path / "nginx"
        folder.mkdir()
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        pass_on = f"proxy_pass http://{behind}; proxy_set_header Host $http_host; proxy_request_buffering off;"
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/pid; error_log {folder}/log; events {{}}\n"
            f"http {{ access_log off; client_max_body_size {most};\n"
            + "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
            + f"server {{ listen {host}; location / {{ {pass_on} }} }} }}\n"
        )
        with (folder / "log").open("wb") as log:
            command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
            running.append(subprocess.Popen(command, stdout=log, stderr=log))
        _wait_for(host, running[-1], folder / "log")
        return host

    yield start
    for process in running:
        process.terminate()
        process.wait()


def _wait_for(host: str, process: subprocess.Popen[bytes], log: Path) -> None:
    name, _, port = host.partition(":")
    for _ in range(400):
        try:
            socket.create_connection((name, int(port)), timeout=1).close()
            return
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.025)
    raise AssertionError(f"{host} does not answer: {log.read_text()}")
