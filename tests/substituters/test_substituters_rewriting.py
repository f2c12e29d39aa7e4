"""Closures under names that follow from their contents: those that real Nix 2.26.3 gives them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lixeval.cli import main
from lixeval.daemon.copying import Vouching, copy_closure
from lixeval.errors import StoreError
from lixeval.formats.hashes import digest
from lixeval.formats.nar_events import encode_file
from lixeval.formats.store_path import StorePath, fixed_output_path
from lixeval.store.local import LocalStore
from lixeval.store.path_info import PathInfo, content_address
from tests.support import real_nix
from tests.support.packed import KEY, Packed, caches, path_called
from tests.support.serving import serving

LIB = StorePath("/nix/store/w3zvg3i28nb50vlvyhfpp8rzkqym97vw-lib")
NONE = StorePath("/nix/store/9zvs966g5054dzpx3bh0vqa1ampg7h13-none")
SELF = StorePath("/nix/store/1q1g2bvagi505lqislzhc152zp58v7x1-self")
TOP = StorePath("/nix/store/w1bgd52f50xh2h0r8yzljjxz07q69gz7-top")
BY_CONTENT = {
    LIB: StorePath("/nix/store/vj1qhyjkqgaf67jx3nyyi79sd3nn69qk-lib"),
    NONE: StorePath("/nix/store/am66vid5n620ad1wj450i6hb718dpy7y-none"),
    SELF: StorePath("/nix/store/js7fswpdz31arq9lin4650ibysxjinyq-self"),
    TOP: StorePath("/nix/store/ziwcddq8yk86r1la5qfljm3jv7i2z62r-top"),
}
"""Recorded from `nix store make-content-addressed`."""


def closure(folder: Path, *, signed: bool = False) -> Packed:
    """A library, two that use it, one of which names itself four times, and what uses both and names itself."""
    cache = Packed(folder)

    def add(path: StorePath, text: str, *references: StorePath) -> None:
        cache.add(path[44:], text.encode(), references, path=path, key=KEY if signed else None)

    add(LIB, "lib\n")
    add(NONE, f"{LIB}\n", LIB)
    add(SELF, f"hi {SELF} {LIB} x{SELF}{SELF}\n", LIB, SELF)
    add(TOP, f"{SELF} {NONE} {TOP}\n", NONE, SELF, TOP)
    return cache


def evaluated(root: Path, text: str, *words: str) -> subprocess.CompletedProcess[str]:
    """What `lixeval eval` makes of an expression, with a store below `root`."""
    features = ["--extra-experimental-features", "fetch-closure"]
    return subprocess.run(
        [sys.executable, "-m", "lixeval", "eval", "--raw", "--expr", text, *features, *words],
        env={**os.environ, "LIXEVAL_STORE": f"{root}/store", "XDG_CACHE_HOME": f"{root}/cache"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_closure_that_nobody_has_signed_is_rewritten(tmp_path: Path) -> None:
    """It is asked for with "" first, and taken from the store the second time; what is in it is what Nix writes."""
    with serving(closure(tmp_path / "packed").folder) as (url, handler):
        start = f'builtins.fetchClosure {{ fromStore = "{url}"; fromPath = {TOP}; '
        asked = evaluated(tmp_path, start + 'toPath = ""; }')
        assert asked.returncode == 1
        assert f"rewriting '{TOP}' to content-addressed form yielded '{BY_CONTENT[TOP]}'" in asked.stderr
        for _ in range(2):
            done = evaluated(tmp_path, start + f"toPath = {BY_CONTENT[TOP]}; }}")
            assert (done.returncode, done.stdout) == (0, BY_CONTENT[TOP]), done.stderr
        seen = len(handler.seen)
        assert evaluated(tmp_path, start + f"toPath = {BY_CONTENT[TOP]}; }}").stdout == BY_CONTENT[TOP]
        assert len(handler.seen) == seen, "it is there"
    store = LocalStore(str(tmp_path / "store"))
    assert set(store.all_paths()) == set(BY_CONTENT.values())
    written = Path(store.real(BY_CONTENT[SELF])).read_text()
    assert written == f"hi {BY_CONTENT[SELF]} {BY_CONTENT[LIB]} x{BY_CONTENT[SELF]}{BY_CONTENT[SELF]}\n"
    assert store.references(BY_CONTENT[TOP]) == sorted(BY_CONTENT[path] for path in (NONE, SELF, TOP))
    assert main(["store", "verify", "--check-contents", "--store", str(tmp_path / "store")]) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (f"fromPath = {TOP}; toPath = {SELF};", f"while '{SELF}' was expected"),
        (f'fromPath = {TOP}; toPath = ""; inputAddressed = true;', "Please remove one of them"),
        (f"fromPath = {TOP};", "cannot be had from any cache"),
        (f"fromPath = {BY_CONTENT[TOP]}; toPath = {BY_CONTENT[SELF]};", "cannot be had from 'http://127.0.0.1"),
        (f"fromPath = {TOP}; toPath = 1;", "cannot coerce an integer to a string: 1"),
        (f'fromPath = {TOP}; toPath = "/x";', "path '/x' is not in the Nix store"),
        (f'fromPath = "{TOP}/x";', "is not in the Nix store"),
    ],
)
def test_what_is_refused(arguments: str, said: str, tmp_path: Path) -> None:
    with serving(closure(tmp_path / "packed").folder) as (url, _):
        done = evaluated(tmp_path, f'builtins.fetchClosure {{ fromStore = "{url}"; {arguments} }}')
    assert done.returncode == 1
    assert said in done.stderr


def test_a_path_that_is_there_must_be_addressed_as_the_call_says(tmp_path: Path) -> None:
    with serving(closure(tmp_path / "packed", signed=True).folder) as (url, _):
        start = f'builtins.fetchClosure {{ fromStore = "{url}"; '
        assert (
            evaluated(
                tmp_path,
                start + f"fromPath = {TOP}; inputAddressed = true; }}",
                "--trusted-public-keys",
                str(KEY.public_key()),
            ).stdout
            == TOP
        )
        as_target = evaluated(tmp_path, start + f"fromPath = {TOP}; toPath = {TOP}; }}")
        assert "it can't possibly be the result of rewriting" in as_target.stderr
        assert evaluated(tmp_path, start + f"fromPath = {TOP}; toPath = {BY_CONTENT[TOP]}; }}").returncode == 0
        claimed = evaluated(tmp_path, start + f"fromPath = {BY_CONTENT[TOP]}; inputAddressed = true; }}")
        assert "is not input-addressed, but 'inputAddressed' is set to 'true'" in claimed.stderr


def test_a_nar_that_is_not_what_is_said_gets_nothing_in(tmp_path: Path) -> None:
    cache = closure(tmp_path / "packed")
    file = cache.folder / "nar/self.nar"
    file.write_bytes(file.read_bytes().replace(b"hi", b"ho"))
    with serving(cache.folder) as (url, _):
        done = evaluated(tmp_path, f'builtins.fetchClosure {{ fromStore = "{url}"; fromPath = {TOP}; toPath = ""; }}')
    assert done.returncode == 1
    assert "its hash is another" in done.stderr
    assert BY_CONTENT[SELF] not in LocalStore(str(tmp_path / "store")).all_paths()


def test_the_command_names_paths_as_nix_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked, watched = caches(tmp_path, closure(tmp_path / "packed", signed=True).url)
    assert asked.available([TOP]) == {TOP}
    asked.substitute([TOP], watched)
    asked.store.close()
    words = ["store", "make-content-addressed", TOP, NONE, "--store", str(tmp_path / "store")]
    for _ in range(2):
        assert main([*words, "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {
            "rewrites": {TOP: BY_CONTENT[TOP], NONE: BY_CONTENT[NONE]},
        }
    assert main(words) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines()[-2:] == [
        f"rewrote '{TOP}' to '{BY_CONTENT[TOP]}'",
        f"rewrote '{NONE}' to '{BY_CONTENT[NONE]}'",
    ]


def test_what_names_itself_is_taken_without_a_signature(tmp_path: Path) -> None:
    """By us from us, by real Nix from us, where it is there."""
    source = tmp_path / "source"
    with serving(closure(tmp_path / "packed").folder) as (url, _):
        evaluated(source, f'builtins.fetchClosure {{ fromStore = "{url}"; fromPath = {TOP}; toPath = ""; }}')
    assert main(["copy", BY_CONTENT[TOP], "--store", f"{source}/store", "--to", f"file://{tmp_path}/given"]) == 0
    asked, watched = caches(tmp_path, f"file://{tmp_path}/given", keys=[])
    assert asked.available([BY_CONTENT[TOP]]) == {BY_CONTENT[TOP]}
    asked.substitute([BY_CONTENT[TOP]], watched)
    target = f"local?root={tmp_path}/copied"
    assert main(["copy", BY_CONTENT[TOP], "--store", f"{source}/store", "--to", target]) == 0
    assert set(LocalStore(f"{tmp_path}/copied").all_paths()) == set(BY_CONTENT.values())
    nix = [*real_nix.chosen_prefix(), "nix", "--extra-experimental-features", "nix-command"]
    place = ["--from", f"file://{tmp_path}/given", "--to", f"{tmp_path}/nix"]
    subprocess.run([*nix, "copy", *place, BY_CONTENT[TOP]], check=True, capture_output=True)


def _evil(destination: str) -> None:
    Path(destination).write_bytes(b"evil")


def test_a_store_that_lies_of_what_names_itself_is_not_believed(tmp_path: Path) -> None:
    """The name says one content, hash and files another: with and without a reference to itself."""
    for name, itself in (("plain", False), ("itself", True)):
        source = LocalStore(str(tmp_path / name))
        claimed = digest("sha256", encode_file(b"good"))
        path = fixed_output_path("evil", "recursive", claimed, (), self_reference=itself)
        nar = encode_file(b"evil")
        references = [path] if itself else []
        info = PathInfo(path, digest("sha256", nar), len(nar), references, ca=content_address("recursive", claimed))
        source.add_unpacked(info, _evil)
        target = LocalStore(str(tmp_path / "target"))
        with pytest.raises(StoreError, match="ca hash mismatch"):
            copy_closure(source, target, [path], Vouching([]))
        assert not target.is_valid(path)


def test_a_cache_is_asked_for_what_is_here_under_its_old_name(tmp_path: Path) -> None:
    """It may be another build: what is rewritten is what the cache has."""
    here = Packed(tmp_path / "here")
    here.add("lib", b"another build\n", path=LIB)
    asked, watched = caches(tmp_path, here.url)
    assert asked.available([LIB]) == {LIB}
    asked.substitute([LIB], watched)
    asked.store.close()
    with serving(closure(tmp_path / "packed").folder) as (url, _):
        start = f'builtins.fetchClosure {{ fromStore = "{url}"; fromPath = {LIB}; '
        done = evaluated(tmp_path, start + f"toPath = {BY_CONTENT[LIB]}; }}")
    assert done.stdout == BY_CONTENT[LIB]


def test_a_path_without_a_name_here_is_left_alone(tmp_path: Path) -> None:
    assert main(["store", "make-content-addressed", path_called("x"), "--store", str(tmp_path)]) == 1
