"""Whatever a binary cache sends, nothing but what is signed is ever valid, and nothing is left of what is refused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from lixeval.cli import main
from lixeval.errors import LixevalError
from lixeval.formats.store_path import StorePath
from lixeval.system.transport import Patience
from tests.attack.cache_attempts import ATTEMPTS, Attempt
from tests.support.packed import Packed, caches, path_called
from tests.support.serving import Answer, Handler, serving


def left_over(root: Path) -> list[str]:
    """What lies in the store that is not valid."""
    store = root / "store/nix/store"
    return sorted(path.name for path in store.iterdir() if path.name != ".links") if store.exists() else []


def try_to_fetch(root: Path, path: StorePath, *urls: str, **asking: Any) -> tuple[bool, list[str]]:
    """Whether it was offered, and all that was said."""
    asked, watched = caches(root, *urls, **asking)
    offered = asked.available([path]) == {path}
    try:
        if offered:
            asked.substitute([path], watched)
    except LixevalError as error:
        watched.told.append(f"error: {error.message}")
    finally:
        asked.close()
    if not asked.store.is_valid(path):
        assert left_over(root) == []
    return offered, watched.told


@pytest.mark.parametrize("by", ["file", "http"])
@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_a_cache_gets_nothing_in(attempt: Attempt, by: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    cache = Packed(tmp_path / "cache")
    cache.add("lib")
    path = attempt.make(cache)
    with serving(cache.folder) as (url, _):
        offered, told = try_to_fetch(tmp_path, path, cache.url if by == "file" else url)
    assert offered == attempt.offered
    said = "\n".join(told).replace("HTTP error 404 (Not Found)", "No such file")
    assert attempt.refused in said.replace("warning", "error")
    asked, _ = caches(tmp_path)
    assert not asked.store.is_valid(path)
    assert set(os.listdir(tmp_path)) <= {"secret", "cache", "store"}


def always(status: int, body: bytes = b"", kind: str = "text/plain", only: str = "") -> Answer:
    def answer(request: Handler, content: bytes | None) -> bool:
        if only not in request.path:
            return False
        request.send(status, body, kind=kind)
        return True

    return answer


def cut_off(request: Handler, content: bytes | None) -> bool:
    if "/nar/" not in request.path:
        return False
    request.send(200, (content or b"")[:20], length=len(content or b""))
    return True


def slow(request: Handler, content: bytes | None) -> bool:
    if "/nar/" in request.path:
        time.sleep(3)
    return False


def silent(request: Handler, content: bytes | None) -> bool:
    request.close_connection = True
    return True


PAGE = b"<!DOCTYPE html><html>Sign in</html>"
SERVERS: dict[str, tuple[Answer, str]] = {
    "404 for all": (always(404), "does not appear to be a binary cache"),
    "500 for all": (always(500), "HTTP error 500"),
    "403 for all": (always(403), "does not appear to be a binary cache"),
    "a page for all": (always(200, PAGE, "text/html"), "does not appear to be a binary cache"),
    "nothing for all": (always(200), "does not appear to be a binary cache"),
    "silence": (silent, "is not asked"),
    "500 for narinfos": (always(500, only="narinfo"), "not asked any more"),
    "a page for narinfos": (always(200, PAGE, "text/html", only=".narinfo"), "corrupt"),
    "403 for narinfos": (always(403, only=".narinfo"), ""),
    "404 for NARs": (always(404, only="/nar/"), "404"),
    "500 for NARs": (always(500, only="/nar/"), "500"),
    "a page for NARs": (always(200, PAGE, "text/html", only="/nar/"), "bytes instead of"),
    "NARs cut off": (cut_off, "broke off"),
    "NARs too slowly": (slow, "has not answered in 1 s"),
    "another store": (always(200, b"StoreDir: /gnu/store\n", only="cache-info"), "prefix '/gnu/store'"),
}


def impatient() -> Patience:
    return Patience(attempts=1, read=1.0)


@pytest.mark.parametrize("name", SERVERS)
def test_the_next_cache_is_asked(name: str, tmp_path: Path) -> None:
    answer, said = SERVERS[name]
    cache = Packed(tmp_path / "cache")
    path = cache.add("file")
    with serving(cache.folder, answer) as (bad, _):
        _offered, told = try_to_fetch(tmp_path, path, bad, patience=impatient())
        assert said in "\n".join(told)
        asked, _ = caches(tmp_path)
        assert not asked.store.is_valid(path)
        assert try_to_fetch(tmp_path, path, bad, cache.url, patience=impatient())[0]
    assert asked.store.is_valid(path)


def test_what_broke_off_is_gone_on_with(tmp_path: Path) -> None:
    cache = Packed(tmp_path / "cache")
    path = cache.add("file", os.urandom(1 << 20))
    ranges: list[str | None] = []

    def answer(request: Handler, content: bytes | None) -> bool:
        if "/nar/" not in request.path or content is None:
            return False
        ranges.append(request.headers.get("Range"))
        start = int((ranges[-1] or "bytes=0-")[6:-1])
        body = content[start:] if start else content[: 1 << 19]
        request.send_response(206 if start else 200)
        request.send_header("ETag", '"1"')
        request.send_header("Content-Length", str(len(content) - start))
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        request.end_headers()
        request.wfile.write(body)
        request.close_connection = True
        return True

    with serving(cache.folder, answer) as (url, _):
        try_to_fetch(tmp_path, path, url)
    assert len(ranges) == 2
    assert ranges[1] is not None
    assert caches(tmp_path)[0].store.is_valid(path)


def test_two_fetch_one_path_once(tmp_path: Path) -> None:
    cache = Packed(tmp_path / "cache")
    path = cache.add("app", references=(cache.add("lib", os.urandom(1 << 16)),))
    barrier = threading.Barrier(2, timeout=30)
    with serving(cache.folder) as (url, handler):
        failures: list[Exception] = []

        def run() -> None:
            asked, watched = caches(tmp_path, url)
            asked.available([path])
            barrier.wait()
            try:
                asked.substitute([path], watched)
            except LixevalError as error:
                failures.append(error)

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert sorted(asked for asked in handler.seen if "/nar/" in asked) == ["/nar/app.nar", "/nar/lib.nar"]
    assert caches(tmp_path)[0].store.is_valid(path)


CHILD = """
import sys
from pathlib import Path
from tests.support.packed import caches
asked, watched = caches(Path(sys.argv[1]), sys.argv[2])
print(asked.available([sys.argv[3]]), flush=True)
asked.substitute([sys.argv[3]], watched)
"""


def test_a_kill_in_the_middle_leaves_nothing_valid(tmp_path: Path) -> None:
    cache = Packed(tmp_path / "cache")
    lib = cache.add("lib")
    path = cache.add("app", os.urandom(1 << 20), references=(lib,))
    in_the_middle = threading.Event()
    ended = threading.Event()

    def answer(request: Handler, content: bytes | None) -> bool:
        if request.path != "/nar/app.nar" or in_the_middle.is_set() or content is None:
            return False
        request.send_response(200)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content[: 1 << 19])
        request.wfile.flush()
        in_the_middle.set()
        ended.wait(30)
        request.close_connection = True
        return True

    with serving(cache.folder, answer) as (url, handler):
        root = Path(__file__).parent.parent.parent
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path), url, path], cwd=root)
        assert in_the_middle.wait(60)
        until = time.monotonic() + 60
        while not caches(tmp_path)[0].store.is_valid(lib) and time.monotonic() < until:
            time.sleep(0.05)  # it comes beside the other, and is registered at once
        child.send_signal(signal.SIGKILL)
        child.wait()
        ended.set()
        store = caches(tmp_path)[0].store
        assert store.is_valid(lib)
        assert not store.is_valid(path)
        handler.seen.clear()
        assert try_to_fetch(tmp_path, path, url)[0]
        assert [asked for asked in handler.seen if "/nar/" in asked] == ["/nar/app.nar"]
    assert store.is_valid(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system of its own")
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    root = tmp_path / "small"
    root.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", root], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("nothing can be mounted here")
    try:
        cache = Packed(tmp_path / "cache")
        path = cache.add("file", os.urandom(4 << 20))
        _, told = try_to_fetch(root, path, cache.url)
        assert "No space left on device" in told[-1]
        small = cache.add("small")
        assert try_to_fetch(root, small, cache.url) == (True, [])
        asked, _watched = caches(root, cache.url)
        assert asked.store.is_valid(small)
        assert not asked.store.is_valid(path)
        asked.store.close()
    finally:
        subprocess.run(["umount", "-l", root], check=True)


def test_a_circle_of_references_comes_to_an_end(tmp_path: Path) -> None:
    cache = Packed(tmp_path / "cache")
    path = cache.add("a", references=(path_called("b"),))
    cache.add("b", references=(path,))
    asked, watched = caches(tmp_path, cache.url)
    with pytest.raises(LixevalError, match="cycle"):
        asked.substitute(sorted(asked.available([path])), watched)


def test_signatures_come_before_downloads(tmp_path: Path) -> None:
    """Nothing is downloaded before the signature is known to be good."""
    cache = Packed(tmp_path / "cache")
    path = cache.add("file", key=None)
    with serving(cache.folder) as (url, handler):
        assert not try_to_fetch(tmp_path, path, url)[0]
        assert not any("/nar/" in asked for asked in handler.seen)


@pytest.mark.parametrize(
    "url", ["http://\x1b[2Jx", "http://[::1", "http://h:99999999/", "http://a b/", "https://h:x", "http://"]
)
def test_a_url_of_a_cache_that_is_none(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is a cache that cannot be reached, told in words."""
    command = ["copy", path_called("lib"), "--from", url, "--store", str(tmp_path / "store")]
    assert main(command) == 1
    told = capsys.readouterr().err
    assert "error:" in told and "Traceback" not in told and "\x1b" not in told
