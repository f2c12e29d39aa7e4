"""Stores of real daemons used as ours is: evaluated into, built in, asked, collected, images made of what is there."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lixeval.cli import main
from lixeval.daemon.any_store import open_store
from lixeval.daemon.connection import Connection
from lixeval.daemon.store import DaemonStore
from lixeval.daemon.store_urls import parse
from lixeval.formats.hashes import digest
from lixeval.formats.nar_events import encode_file
from lixeval.formats.store_path import StorePath, make_store_path
from lixeval.store.path_info import PathInfo
from tests.daemon.daemons import REAL, url

TWO = """
let d = n: derivation {
  name = "d${toString n}"; system = builtins.currentSystem; builder = "/bin/sh";
  args = [ "-c" "echo building ${toString n}; echo hello ${toString n} > $out" ];
}; in derivation {
  name = "top"; system = builtins.currentSystem; builder = "/bin/sh";
  args = [ "-c" "read a < ${d 1}; read b < ${d 2}; echo $a $b ${d 1} > $out" ];
}
"""
FAILING = TWO.replace("echo hello ${toString n} > $out", "echo no >&2; exit 3")


@pytest.fixture(params=REAL)
def place(request: pytest.FixtureRequest, home: Path) -> str:
    return url(request.param, home / "nix")


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(list(words)) == 0, capsys.readouterr().err
    return capsys.readouterr().out.strip()


def test_greeting_tells_the_version_and_what_we_may(place: str) -> None:
    connection = Connection(parse(place).connect())
    try:
        assert (1, 32) <= connection.version <= (1, 38)
        if connection.version >= (1, 35):
            assert connection.trust == 1
        assert connection.all_valid() == []
    finally:
        connection.close()


def test_evaluated_built_asked_and_collected_there(place: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "two.nix").write_text(TWO)
    drv_path = printed(capsys, "two.nix", "--instantiate", "--store", place)
    assert drv_path == printed(capsys, "two.nix", "--instantiate", "--store", str(home / "own"))
    path = printed(capsys, "two.nix", "--no-link", "--store", place)
    first = printed(capsys, "store", "query", "--references", path, "--store", place)
    assert printed(capsys, "store", "cat", path, "--store", place) == f"hello 1 hello 2 {first}"
    assert printed(capsys, "store", "query", "--deriver", path, "--store", place) == drv_path
    assert printed(capsys, "store", "query", "--referrers", first, "--store", place) == path
    assert set(printed(capsys, "store", "query", "-R", path, "--store", place).split()) == {first, path}
    info = json.loads(printed(capsys, "store", "path-info", "--json", path, "--store", place))[path]
    assert info["references"] == [first] and info["ultimate"]
    assert path in printed(capsys, "why", path, first, "--store", place)
    assert printed(capsys, "store", "gc", "--store", place).startswith("6 store paths deleted")
    assert main(["store", "query", "-R", path, "--store", place]) == 1


def test_a_failed_build_is_told_with_its_log(place: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "failing.nix").write_text(FAILING)
    assert main(["failing.nix", "--no-link", "--store", place]) == 100
    said = capsys.readouterr().err
    assert "failed with exit code 3" in said and "> no" in said and "\x1b" not in said


def test_sources_go_there_and_one_evaluation_takes_few_round_trips(place: str, home: Path) -> None:
    store = open_store(place)
    assert isinstance(store, DaemonStore)
    (home / "source").mkdir()
    (home / "source" / "file").write_text("some text")
    os.symlink("nowhere", home / "source" / "link")
    try:
        source = store.add_path(str(home / "source"), "source")
        before = store.link.round_trips
        with store.batch():
            last = source
            for number in range(500):
                last = store.add_text(f"text{number}", "x" * number, [last])
        assert store.link.round_trips - before <= 2  # which of them are there, and the rest
        assert len(store.closure([last])) == 501
        assert store.info(last).ca is not None
        with open(store.real(source) + "/file") as file:
            assert file.read() == "some text"
        assert store.database.valid_among([source, last, StorePath("/nix/store/" + "0" * 32 + "-none")]) == {
            source,
            last,
        }
    finally:
        store.close()


def test_what_is_not_as_announced_is_refused_there(place: str, home: Path) -> None:
    connection = Connection(parse(place).connect())
    whole = encode_file(b"something")
    path = make_store_path("output:out", digest("sha256", b"drv"), "made-up")
    try:
        for nar_hash, size in ((digest("sha256", b"else"), len(whole)), (digest("sha256", whole), len(whole) + 8)):
            with pytest.raises(Exception, match=r"mismatch"):
                connection.add_nar(PathInfo(path, nar_hash, size), lambda write: write(whole))
            assert connection.is_valid(path) is False  # and the connection is still good
        connection.add_nar(PathInfo(path, digest("sha256", whole), len(whole)), lambda write: write(whole))
        assert connection.is_valid(path)
    finally:
        connection.close()


@pytest.mark.parametrize("which", REAL[:1])
def test_an_image_is_made_where_we_are_not_trusted(which: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # A text is made by a builder of ours, and what is built of it can only be built where the text is.
    image = """{ nix2container, pkgs ? import <nixpkgs> { } }: nix2container.buildImage {
      name = "small"; tag = "v1";
      copyToRoot = [ (derivation {
        name = "made"; system = "x86_64-linux"; builder = "/bin/sh";
        args = [ "-c" "/bin/mkdir $out; read x < ${pkgs.writeText "text" "hello\n"}; echo $x > $out/file" ];
      }) ];
    }"""
    (home / "image.nix").write_text(image)
    place = url(which, home / "nix", "untrusted")
    paths = ["--extra-sandbox-paths", "/bin /usr /lib /lib64?"]
    assert printed(capsys, "image.nix", "--store", place, *paths) == "small-v1.tar"
    there = (home / "small-v1.tar").read_bytes()
    assert printed(capsys, "image.nix", "--store", str(home / "own"), *paths, "--sandbox") == "small-v1.tar"
    assert (home / "small-v1.tar").read_bytes() == there


def test_a_store_that_cannot_be_reached_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for store, expected in (
        ("unix:///nowhere/socket", "cannot connect to the daemon at '/nowhere/socket'"),
        ("exec:/nowhere/program", "cannot run '/nowhere/program'"),
        ("exec:true", "'exec:true'"),
        ("exec:sh -c 'echo no such luck >&2; exit 1'", "no such luck"),
        ("exec:echo hello, this is something else entirely", "does not answer as a Nix daemon"),
        ("unix:socket", "begins with a slash"),
        ("ssh-ng://-oProxyCommand=touch", "names no machine"),
        ("s3://bucket", "is no store that lixeval can use"),
        ("local?roof=/x", "no option 'roof'"),
    ):
        assert main(["store", "query", "-R", "/nix/store/" + "0" * 32 + "-x", "--store", store]) == 1
        assert expected in capsys.readouterr().err


def test_local_store_by_its_url(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "two.nix").write_text(TWO)
    drv_path = printed(capsys, "two.nix", "--instantiate", "--store", f"local?root={home}/other")
    assert (home / "other" / drv_path[1:]).is_file()
