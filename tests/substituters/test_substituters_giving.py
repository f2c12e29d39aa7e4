"""Paths brought to caches, by lixeval and back again; what real Nix has written for the same paths is the measure."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from lixeval.cli import main
from lixeval.errors import FormatError, LixevalError
from lixeval.formats.store_path import StorePath
from lixeval.substituters.giving import Giving, secret_key
from tests.support import real_nix
from tests.support.packed import KEY, caches

RECORDED = Path(__file__).parent / "recorded"
PUBLIC_KEY = (RECORDED / "public-key").read_text()
APP = StorePath("/nix/store/pm1skqfsr9p1xzbm9rlzig6j8plqqlpz-app")
LIB = StorePath("/nix/store/gwbq4c76np2cfbasfjnqdri4kb9rl0g7-lib")


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A folder with a store that has APP, signed by the key of the recorded caches."""
    asked, watched = caches(tmp_path, f"file://{RECORDED / 'none'}", keys=[PUBLIC_KEY])
    asked.available([APP])
    asked.substitute([APP], watched)
    asked.store.close()
    return tmp_path


def lixeval(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "LIXEVAL_STORE": str(folder / "store")}
    return subprocess.run(
        [sys.executable, "-m", "lixeval", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_cache_is_what_nix_writes(filled: Path) -> None:
    done = lixeval(filled, "copy", APP, "--to", f"file://{filled}/ours?compression=none")
    assert done.returncode == 0, done.stderr
    written = {str(path.relative_to(filled / "ours")): path for path in (filled / "ours").rglob("*") if path.is_file()}
    recorded = RECORDED / "none"
    assert set(written) == {str(path.relative_to(recorded)) for path in recorded.rglob("*") if path.is_file()}
    for name, path in written.items():
        assert path.read_bytes() == (recorded / name).read_bytes(), name
    again = lixeval(filled, "copy", APP, "--to", f"file://{filled}/ours?compression=none")
    assert again.stderr == ""


@pytest.mark.parametrize("method", ["none", "xz", "bzip2", "gzip", "zstd"])
def test_what_is_given_can_be_fetched(method: str, filled: Path) -> None:
    store = caches(filled)[0].store
    (filled / "secret").write_text(KEY.reveal())
    url = f"file://{filled}/ours?compression={method}&secret-key={filled}/secret"
    told: list[str] = []
    assert Giving(store, url).give([APP], told.append) == 2
    assert told == [LIB, APP]
    assert Giving(store, url).give([APP], told.append) == 0
    asked, watched = caches(filled / "other", f"file://{filled}/ours")
    asked.substitute(sorted(asked.available([APP])), watched)
    assert set(watched.came) == {APP, LIB}


def test_a_path_that_was_changed_is_not_given(filled: Path) -> None:
    store = caches(filled)[0].store
    real = Path(store.real(LIB))
    real.chmod(0o644)
    real.write_text("evil\n")
    with pytest.raises(LixevalError, match="has been modified"):
        Giving(store, f"file://{filled}/ours").give([APP], lambda path: None)
    assert not list((filled / "ours").glob("*.narinfo"))


@pytest.mark.parametrize(
    "query",
    [
        "compression=lzip",
        "secret-key=/nowhere",
        "compression=br",
        "compresion=xz",
        "compression-level=x",
        "compression-level=10",
        "compression=zstd&compression-level=99",
        "compression=bzip2&compression-level=0",
    ],
)
def test_options_that_cannot_be_are_errors(query: str, filled: Path) -> None:
    with pytest.raises(LixevalError):
        Giving(caches(filled)[0].store, f"file://{filled}/ours?{query}")


class Putting(BaseHTTPRequestHandler):
    """Keeps what is put; nobody may put into `refused`."""

    files: dict[str, bytes]

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(403 if "refused" in self.path else 201)
        if "refused" not in self.path:
            self.files[self.path] = body
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        body = self.files.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def putting() -> Iterator[tuple[str, dict[str, bytes]]]:
    files: dict[str, bytes] = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("ThisPutting", (Putting,), {"files": files}))
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", files
    server.shutdown()
    server.server_close()


def test_servers_are_written_to_by_put(filled: Path, putting: tuple[str, dict[str, bytes]]) -> None:
    url, files = putting
    done = lixeval(filled, "copy", APP, "--to", f"{url}/cache?compression=zstd")
    assert done.returncode == 0, done.stderr
    assert sorted(name.rpartition(".")[2] for name in files) == [
        "/cache/nix-cache-info",
        *["narinfo"] * 2,
        "zst",
        "zst",
    ]
    (filled / "other").mkdir()
    there = lixeval(filled / "other", "copy", APP, "--from", f"{url}/cache", "--trusted-public-keys", PUBLIC_KEY)
    assert there.stdout == APP + "\n", there.stderr
    refused = lixeval(filled, "copy", APP, "--to", f"{url}/refused")
    assert refused.returncode == 1
    assert "HTTP error 403" in refused.stderr


def test_keys_are_made_and_sign(filled: Path) -> None:
    secret, public = filled / "secret", filled / "public"
    assert lixeval(filled, "store", "generate-key", "cache-1", str(secret), str(public)).returncode == 0
    assert secret.stat().st_mode & 0o777 == 0o600
    again = lixeval(filled, "store", "generate-key", "cache-1", str(secret), str(filled / "public2"))
    assert "File exists" in again.stderr
    assert lixeval(filled, "store", "sign", "-k", str(secret), "-r", APP).returncode == 0
    signatures = caches(filled)[0].store.info(LIB).signatures
    assert sorted(signature.partition(":")[0] for signature in signatures) == ["cache-1", "test-1"]
    lixeval(filled, "copy", APP, "--to", f"file://{filled}/ours")
    asked, _ = caches(filled / "other", f"file://{filled}/ours", keys=[public.read_text()])
    assert asked.available([APP]) == {APP}


@pytest.mark.parametrize("content", [b"", b"\xff\x00:\xe9", b"name only", b"k:AAAA"])
def test_a_file_that_has_no_key_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(content)
    with pytest.raises(FormatError, match=f"'{tmp_path}/secret': secret key"):
        secret_key(str(tmp_path / "secret"))


def test_what_nobody_vouches_for_is_fetched_where_that_is_asked_for(filled: Path) -> None:
    Giving(caches(filled)[0].store, f"file://{filled}/ours").give([APP], lambda path: None)
    words = ("copy", APP, "--from", f"file://{filled}/ours", "--store", str(filled / "other"))
    assert "not signed by any of the keys" in lixeval(filled, *words, "--trusted-public-keys", "").stderr
    assert lixeval(filled, *words, "--trusted-public-keys", "", "--no-check-sigs").returncode == 0


def test_a_path_that_no_cache_has_is_an_error(tmp_path: Path) -> None:
    done = lixeval(tmp_path, "copy", APP, "--from", f"file://{RECORDED / 'none'}")
    assert done.returncode == 1
    assert "not signed by any of the keys" in done.stderr
    assert "cannot be had from" in done.stderr


def test_images_do_not_go_to_caches(tmp_path: Path) -> None:
    done = lixeval(tmp_path, str(RECORDED / "app.nix"), "-A", "app", "--to", "file:///nowhere")
    assert done.returncode == 1
    assert "--to is for images" in done.stderr


@pytest.mark.parametrize("method", ["none", "xz", "bzip2", "zstd"])
def test_real_nix_fetches_what_is_given(method: str, filled: Path) -> None:
    nix = [*real_nix.chosen_prefix(), "nix", "--extra-experimental-features", "nix-command"]
    lixeval(filled, "copy", APP, "--to", f"file://{filled}/ours?compression={method}")
    keys = ["--option", "trusted-public-keys", PUBLIC_KEY]
    subprocess.run([*nix, "copy", "--from", f"file://{filled}/ours", "--to", filled / "nix", APP, *keys], check=True)
    assert (filled / "nix" / APP[1:]).read_text() == f"{LIB} tool\nself {APP}\n"


@pytest.fixture
def served(filled: Path) -> Iterator[str]:
    """The URL of a store that is served, signed by KEY."""
    (filled / "secret").write_text(KEY.reveal())
    command = [
        sys.executable,
        "-m",
        "lixeval",
        "store",
        "serve",
        "--listen",
        "127.0.0.1:0",
        "-k",
        str(filled / "secret"),
    ]
    environment = {**os.environ, "LIXEVAL_STORE": str(filled / "store")}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    yield process.stderr.readline().split()[-1]
    process.terminate()
    assert process.wait(30) == 0
    assert process.stderr.read() == ""


def test_a_store_is_served(served: str, filled: Path) -> None:
    asked, watched = caches(filled / "other", served)
    asked.substitute(sorted(asked.available([APP])), watched)
    assert set(watched.came) == {APP, LIB}


def test_what_is_served_can_be_gone_on_with_and_nothing_else_is(served: str) -> None:
    from urllib3 import request

    url = f"{served}/nar/{APP[11:43]}.nar"
    whole = request("GET", url)
    rest = request("GET", url, headers={"Range": "bytes=100-", "If-Range": whole.headers["ETag"]})
    assert (rest.status, rest.data) == (206, whole.data[100:])
    assert request("GET", url, headers={"Range": "bytes=100-", "If-Range": '"x"'}).data == whole.data
    assert request("HEAD", url).headers["Content-Length"] == str(len(whole.data))
    for path in ("/", "/nar/../../etc/passwd", "/etc/passwd", "/" + "0" * 32 + ".narinfo", f"/{APP[11:43]}.drv"):
        assert request("GET", served + path).status == 404


def test_real_nix_fetches_from_a_served_store(served: str, filled: Path) -> None:
    nix = [*real_nix.chosen_prefix(), "nix", "--extra-experimental-features", "nix-command"]
    keys = ["--option", "trusted-public-keys", str(KEY.public_key())]
    subprocess.run([*nix, "copy", "--from", served, "--to", filled / "nix", APP, *keys], check=True)
    assert (filled / "nix" / APP[1:]).read_text() == f"{LIB} tool\nself {APP}\n"


@pytest.mark.parametrize("lost", ["secret", "public"])
def test_of_a_pair_of_keys_no_half_is_left(lost: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"secret": tmp_path / "secret", "public": tmp_path / "public"}
    files[lost] = tmp_path / "nowhere" / lost
    assert main(["store", "generate-key", "a-1", str(files["secret"]), str(files["public"])]) == 1
    assert f"cannot write '{files[lost]}'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
