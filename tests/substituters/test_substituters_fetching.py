"""Paths fetched from caches that real Nix has written, and from our own over http."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lixeval.formats.keys import SecretKey
from lixeval.formats.store_path import StorePath
from lixeval.substituters import reachable
from tests.support.packed import KEY, Packed, caches, path_called
from tests.support.serving import serving

RECORDED = Path(__file__).parent / "recorded"
PUBLIC_KEY = (RECORDED / "public-key").read_text()
APP = StorePath("/nix/store/pm1skqfsr9p1xzbm9rlzig6j8plqqlpz-app")
LIB = "/nix/store/gwbq4c76np2cfbasfjnqdri4kb9rl0g7-lib"
METHODS = ["none", "xz", "bzip2", "gzip", "zstd", "br"]


def lixeval(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lixeval", str(RECORDED / "app.nix"), "-A", "app", "--no-link", *words],
        env={**os.environ, "LIXEVAL_STORE": str(tmp_path / "store"), "XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("method", METHODS)
def test_what_nix_has_packed_is_unpacked(method: str, tmp_path: Path) -> None:
    if method == "br" and importlib.util.find_spec("brotli") is None:
        pytest.skip("the package brotli is not there")
    asked, watched = caches(tmp_path, f"file://{RECORDED / method}", keys=[PUBLIC_KEY])
    assert asked.available([APP]) == {APP}
    asked.substitute([APP], watched)
    assert set(watched.came) == {APP, LIB}
    info = asked.store.info(APP)
    assert info.references == tuple(sorted([APP, LIB]))
    assert info.deriver == "/nix/store/xqpwx9sh6kjinh4h5pdf757vl030xf6b-app.drv"
    assert [signature.partition(":")[0] for signature in info.signatures] == ["test-1"]
    assert Path(asked.store.real(APP)).read_text() == f"{LIB} tool\nself {APP}\n"


def test_without_brotli_it_is_said_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "brotli", None)
    asked, watched = caches(tmp_path, f"file://{RECORDED / 'br'}", keys=[PUBLIC_KEY])
    asked.available([APP])
    with pytest.raises(Exception, match="needs the Python package 'brotli'"):
        asked.substitute([APP], watched)


def test_the_command_fetches_instead_of_building(tmp_path: Path) -> None:
    words = ["--substituters", f"file://{RECORDED / 'xz'}", "--trusted-public-keys", PUBLIC_KEY]
    planned = lixeval(tmp_path, *words, "--dry-run")
    # The words are those of nix-build --dry-run.
    assert planned.stderr.splitlines() == [
        "these 2 paths will be fetched (0.00 MiB download, 0.00 MiB unpacked):",
        f"  {APP}",
        f"  {LIB}",
    ]
    done = lixeval(tmp_path, *words, "--max-jobs", "0")
    assert done.stdout == APP + "\n", done.stderr
    assert "2 paths (344 B, 344 B unpacked) to fetch" in done.stderr
    assert "build" not in done.stderr


def test_a_damaged_path_is_built_with_fallback(tmp_path: Path) -> None:
    cache = tmp_path / "damaged"
    subprocess.run(["cp", "-r", RECORDED / "none", cache], check=True)
    for nar in (cache / "nar").iterdir():
        nar.write_bytes(nar.read_bytes().replace(b"tool", b"evil").replace(b"lib", b"bil"))
    words = ["--substituters", f"file://{cache}", "--trusted-public-keys", PUBLIC_KEY]
    failed = lixeval(tmp_path, *words)
    assert failed.returncode == 1
    assert "--fallback builds what cannot be fetched" in failed.stderr
    assert not (tmp_path / "store" / LIB[1:]).exists()
    done = lixeval(tmp_path, *words, "--fallback", "--dry-run")
    assert done.returncode == 0


def test_no_substitute_asks_nobody(tmp_path: Path) -> None:
    with serving(RECORDED / "xz") as (url, handler):
        done = lixeval(tmp_path, "--substituters", url, "--no-substitute", "--dry-run")
        assert "these 3 derivations will be built:" in done.stderr
        assert handler.seen == []


def test_a_second_run_asks_the_network_nothing(tmp_path: Path) -> None:
    with serving(RECORDED / "xz") as (url, handler):
        for number in (1, 2):
            asked, _watched = caches(tmp_path, url, keys=[PUBLIC_KEY], directory=tmp_path / "cache")
            assert asked.available([APP, path_called("absent")]) == {APP}
            if number == 1:
                assert len(handler.seen) == 4
                handler.seen.clear()
        assert handler.seen == []
        asked, _ = caches(tmp_path, url, keys=[PUBLIC_KEY], directory=tmp_path / "cache", positive=0, negative=0)
        asked.available([APP, path_called("absent")])
        assert len(handler.seen) == 4


def test_connections_stay_open(tmp_path: Path) -> None:
    cache = Packed(tmp_path / "cache")
    paths = [cache.add(f"file{number}") for number in range(40)]
    with serving(cache.folder) as (url, handler):
        asked, watched = caches(tmp_path, url, connections=4)
        assert asked.available(paths) == set(paths)
        asked.substitute(paths, watched)
        assert len(handler.seen) == 81
        assert len(handler.connections) <= 8
    assert {asked.store.is_valid(path) for path in paths} == {True}


def test_a_chain_is_fetched_references_first(tmp_path: Path) -> None:
    cache = Packed(tmp_path / "cache")
    path = cache.add("file0")
    for number in range(1, 30):
        path = cache.add(f"file{number}", references=(path,))
    asked, watched = caches(tmp_path, cache.url)
    assert [info.path[44:] for info in asked.missing(asked.available([path]))] == [f"file{n}" for n in range(30)]
    asked.substitute([path], watched)
    assert [came[44:] for came in watched.came] == [f"file{n}" for n in range(30)]


def test_an_incomplete_closure_is_no_offer(tmp_path: Path) -> None:
    cache = Packed(tmp_path / "cache")
    lacking = cache.add("app", references=(cache.add("lib", references=(path_called("gone"),)),))
    asked, _ = caches(tmp_path, cache.url)
    assert asked.available([lacking]) == set()


def test_caches_complete_each_other_by_priority(tmp_path: Path) -> None:
    first, second = Packed(tmp_path / "first"), Packed(tmp_path / "second")
    (second.folder / "nix-cache-info").write_text("StoreDir: /nix/store\nPriority: 30\n")
    both = first.add("both")
    assert second.add("both") == both
    app = first.add("app", references=(second.add("lib"),))
    asked, watched = caches(tmp_path, first.url, second.url)
    asked.substitute(sorted(asked.available([app, both])), watched)
    assert watched.came[both] == second.url
    assert watched.came[app] == first.url
    asked, watched = caches(tmp_path / "other", first.url + "?priority=10", second.url)
    asked.substitute(sorted(asked.available([both])), watched)
    assert watched.came[both] == first.url


def test_the_next_cache_is_asked_where_one_fails(tmp_path: Path) -> None:
    bad, good = Packed(tmp_path / "bad"), Packed(tmp_path / "good")
    path = bad.add("file", sent=b"nonsense")
    assert good.add("file") == path
    asked, watched = caches(tmp_path, bad.url, good.url)
    asked.available([path])
    asked.substitute([path], watched)
    assert watched.came == {path: good.url}


def test_names_and_passwords_are_those_of_netrc(tmp_path: Path) -> None:
    from base64 import b64encode

    from lixeval.system.transport import Patience

    cache = Packed(tmp_path / "cache")
    path = cache.add("file")
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    wanted = "Basic " + b64encode(b"me:secret").decode()

    def answer(request: object, content: bytes | None) -> bool:
        if request.headers.get("Authorization") == wanted:  # type: ignore[attr-defined]
            return False
        request.send(401, b"")  # type: ignore[attr-defined]
        return True

    patience = Patience(netrc=str(tmp_path / "netrc"))
    with serving(cache.folder, answer) as (url, _):
        assert caches(tmp_path, url)[0].available([path]) == set()
        assert caches(tmp_path, url, patience=patience)[0].available([path]) == {path}


def test_signatures_may_be_waived(tmp_path: Path) -> None:
    cache = Packed(tmp_path / "cache")
    path = cache.add("file", key=None)
    assert caches(tmp_path, cache.url)[0].available([path]) == set()
    assert caches(tmp_path, cache.url, require_signatures=False)[0].available([path]) == {path}
    assert caches(tmp_path, cache.url + "?trusted=true")[0].available([path]) == {path}


def test_another_key_does_not_count(tmp_path: Path) -> None:
    cache = Packed(tmp_path / "cache")
    path = cache.add("file", key=SecretKey("other-1", KEY.seed))
    asked, watched = caches(tmp_path, cache.url)
    assert asked.available([path]) == set()
    assert "not signed by any of the keys" in watched.told[0]


def test_the_default_cache_is_silent_where_there_is_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reachable, "_has_route", lambda: False)
    asked, watched = caches(tmp_path, "http://default.invalid", default="http://default.invalid")
    assert asked.available([APP]) == set()
    assert watched.told == []


def test_a_failure_of_the_default_cache_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    monkeypatch.setattr(reachable, "_has_route", lambda: True)

    def connects(host: str, port: int) -> bool:
        tried.append(host)
        return False

    monkeypatch.setattr(reachable, "_connects", connects)
    for _ in range(2):
        asked, watched = caches(tmp_path, "http://d.invalid", default="http://d.invalid", directory=tmp_path / "cache")
        assert asked.available([APP]) == set()
        assert watched.told == []
    assert tried == ["d.invalid"]


def test_the_default_cache_is_not_asked_for_what_this_machine_has_made_up(tmp_path: Path) -> None:
    with serving(RECORDED / "xz") as (url, handler):
        asked, _ = caches(tmp_path, url, keys=[PUBLIC_KEY], default=url)
        assert asked.available([APP], {APP}) == set()
        assert handler.seen == []
        assert asked.available([APP]) == {APP}


def test_fetch_closure_asks_the_cache_that_it_names(tmp_path: Path) -> None:
    """Whatever substituters there are; an input-addressed path must be signed, and be called so."""
    cache = Packed(tmp_path / "packed")
    app = cache.add("app", references=(cache.add("lib"),))
    with serving(cache.folder) as (url, handler):

        def evaluated(more: str, *words: str) -> subprocess.CompletedProcess[str]:
            text = f'builtins.fetchClosure {{ fromStore = "{url}"; fromPath = "{app}"; {more} }}'
            features = ["--extra-experimental-features", "fetch-closure", "--option", "substitute", "false"]
            return subprocess.run(
                [sys.executable, "-m", "lixeval", "eval", "--raw", "--expr", text, *features, *words],
                env={**os.environ, "LIXEVAL_STORE": f"{tmp_path}/store", "XDG_CACHE_HOME": f"{tmp_path}/cache"},
                capture_output=True,
                text=True,
                check=False,
            )

        said = "inputAddressed = true;"
        untrusted = evaluated(said)
        assert untrusted.returncode == 1 and "not signed" in untrusted.stderr
        done = evaluated(said, "--trusted-public-keys", str(KEY.public_key()))
        assert (done.returncode, done.stdout) == (0, app), done.stderr
        asked = len(handler.seen)
        assert evaluated(said).stdout == app
        assert len(handler.seen) == asked, "it is there"
        wrong = evaluated("")
        assert wrong.returncode == 1 and "is input-addressed, but 'inputAddressed' is set to 'false'" in wrong.stderr


def test_a_dry_run_of_copy_says_what_would_come(tmp_path: Path) -> None:
    words = ["copy", APP, "--from", f"file://{RECORDED / 'xz'}", "--trusted-public-keys", PUBLIC_KEY, "--dry-run"]
    done = subprocess.run(
        [sys.executable, "-m", "lixeval", *words],
        env={**os.environ, "LIXEVAL_STORE": f"{tmp_path}/store", "XDG_CACHE_HOME": f"{tmp_path}/cache"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "these 2 paths will be fetched (0.00 MiB download, 0.00 MiB unpacked):",
        f"  {APP}",
        f"  {LIB}",
    ]
    assert not (tmp_path / "store" / APP[1:]).exists()
