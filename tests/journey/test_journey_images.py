"""The whole journey of an image file through the command: what comes out, and what is said of wrong input.

Everything runs in this process, in one store for all tests.  What takes packages from the host or builds with them
needs a host whose packages are known (dpkg) and a machine that can isolate builds; those tests skip elsewhere.
"""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FIXTURES = Path(__file__).parents[2] / "fixtures"

TEXT_IMAGE = """
{ pkgs ? import <nixpkgs> { }, nix2container, name ? "greeting", tag ? "latest", text ? "hi" }:
nix2container.buildImage {
  inherit name tag;
  copyToRoot = [ (pkgs.writeTextDir "etc/greeting" text) ];
  config.Env = [ "A=1" ];
}
"""


Run = Callable[..., Any]


def written(text: str, name: str = "image.nix") -> str:
    Path(name).write_text(text)
    return name


needs_dpkg = pytest.mark.skipif(
    not os.path.exists("/var/lib/dpkg/status"), reason="the host's packages are not dpkg's, whose records are read"
)


# What comes out


def test_an_image_is_one_archive_for_every_client(lixeval: Run) -> None:
    result = lixeval(written(TEXT_IMAGE), "--arg", "tag", "v1")
    assert (result.code, result.stdout) == (0, "greeting-v1.tar\n")
    with tarfile.open("greeting-v1.tar") as tar:
        names = tar.getnames()
        (docker,) = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]  # it is a file
        index = json.load(tar.extractfile("index.json"))  # type: ignore[arg-type]
        assert docker["RepoTags"] == ["docker.io/library/greeting:v1"]
        assert {docker["Config"], *docker["Layers"], "oci-layout"} <= set(names)
        assert index["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"] == "v1"
        with tarfile.open(fileobj=tar.extractfile(docker["Layers"][-1])) as layer:
            assert "etc/greeting" in {name.lstrip("/") for name in layer.getnames()}


def test_two_runs_give_the_same_bytes_and_another_tag_builds_nothing(lixeval: Run) -> None:
    file = written(TEXT_IMAGE)
    lixeval(file, "-o", "one.tar")
    lixeval(file, "-o", "two.tar")
    assert Path("one.tar").read_bytes() == Path("two.tar").read_bytes()
    again = lixeval(file, "--arg", "tag", "v2")
    assert "to build" not in again.stderr


def test_a_layout(lixeval: Run) -> None:
    result = lixeval(written(TEXT_IMAGE), "--to", "oci:layout")
    assert (result.code, result.stdout) == (0, "oci:layout\n")
    assert json.loads(Path("layout/oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}


@needs_dpkg
def test_the_example_of_the_readme(lixeval: Run) -> None:
    result = lixeval(str(FIXTURES / "image.nix"), "--arg", "tag", "v1")
    assert (result.code, result.stdout) == (0, "hello-base-v1.tar\n"), result.stderr
    with tarfile.open("hello-base-v1.tar") as tar:
        (docker,) = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]  # it is a file
        members: dict[str, tarfile.TarInfo] = {}
        for blob in docker["Layers"]:
            with tarfile.open(fileobj=tar.extractfile(blob)) as layer:
                members |= {member.name.lstrip("/"): member for member in layer}
    assert members["tmp"].mode == 0o1777
    assert members["etc/shadow"].mode == 0o600
    assert members["bin/sh"].linkname.endswith("/bin/bash")
    store_paths = {name.split("/")[2] for name in members if name.startswith("nix/store/") and name.count("/") >= 2}
    assert len([path for path in store_paths if "-glibc-" in path]) == 1


# What is said of wrong input


def test_an_argument_without_a_value(lixeval: Run) -> None:
    result = lixeval(written("{ nix2container, needed }: 1"))
    assert result.code == 1
    assert "'needed'" in result.stderr
    assert "image.nix:1:18" in result.stderr
    assert "--argstr needed" in result.stderr


def test_a_type_error_names_the_users_line(lixeval: Run) -> None:
    file = written(
        '{ nix2container }:\nlet\n  label = 1 + "x";\nin\nnix2container.buildImage {\n  name = "a";\n'
        "  config.Labels.x = label;\n}\n"
    )
    result = lixeval(file)
    assert result.code == 1
    assert "cannot add a string to an integer" in result.stderr
    assert "image.nix:3:15" in result.stderr


@needs_dpkg
def test_a_package_that_the_host_lacks(lixeval: Run) -> None:
    missing = "(import <nixpkgs> { }).hostPackages.no-such-package-anywhere"
    result = lixeval("-E", missing)
    assert result.code == 1
    assert "no-such-package-anywhere" in result.stderr


@pytest.mark.parametrize("option", [("--arg", "tag", '"a b"'), ("--argstr", "tag", "-x"), ("--argstr", "name", "a..b")])
def test_names_that_oci_forbids_are_refused_before_anything_is_built(lixeval: Run, option: tuple[str, ...]) -> None:
    result = lixeval(written(TEXT_IMAGE.replace("hi", f"never built {option}")), *option)
    assert result.code == 1
    assert option[2].strip('"') in result.stderr
    assert "to build" not in result.stderr
    assert list(Path().glob("*.tar")) == []


def test_an_argument_that_does_not_parse(lixeval: Run) -> None:
    result = lixeval(written(TEXT_IMAGE), "--arg", "tag", "{ a")
    assert result.code == 1
    assert "--arg tag is no Nix expression" in result.stderr


def test_a_file_that_is_not_ours_is_not_overwritten(lixeval: Run) -> None:
    Path("out.tar").write_text("precious")
    result = lixeval(written(TEXT_IMAGE), "-o", "out.tar")
    assert result.code == 1
    assert "'out.tar' exists" in result.stderr
    assert Path("out.tar").read_text() == "precious"
    assert lixeval("image.nix", "-o", "mine.tar").code == 0
    assert lixeval("image.nix", "-o", "mine.tar", "--arg", "text", '"other"').code == 0


@needs_dpkg
def test_a_builder_that_fails(lixeval: Run) -> None:
    result = lixeval("-E", '(import <nixpkgs> { }).runCommand "boom" { } "echo the reason; exit 3"')
    assert result.code == 100
    assert "failed with exit code 3" in result.stderr
    assert "> the reason" in result.stderr
    assert ".drv.bz2" in result.stderr


def test_no_room_for_the_archive(lixeval: Run, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "lixeval-test", str(small)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small file system cannot be mounted here: " + mounted.stderr.decode().strip())
    try:
        big = TEXT_IMAGE.replace('"hi"', '(builtins.concatStringsSep "" (builtins.genList (i: "0123456789") 20000))')
        result = lixeval(written(big), "-o", str(small / "image.tar"))
        assert result.code == 1
        assert "No space left on device" in result.stderr
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--frobnicate",), "unknown option '--frobnicate'"),
        (("-A",), "needs an argument"),
        (("-j", "many"), "or an integer"),
        (("missing.nix",), "does not exist"),
        (("-E", "1", "-A", "a"), "should be a set"),
        (("-E", "{ }", "-A", "a.b"), "'a' in selection path 'a.b' not found"),
    ],
)
def test_wrong_command_lines(lixeval: Run, words: tuple[str, ...], said: str) -> None:
    result = lixeval(*words)
    assert result.code == 1
    assert said in result.stderr


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("v1", '"v1"'),
        ("v1.2.3", '"v1.2.3"'),
        ("a-b", '"a-b"'),
        ("a.b", '"a.b"'),
        ("1.2", "1.2"),
        ("1+2", "3"),
        ("null", "null"),
        ("builtins.langVersion", "6"),
        ("1.2.3", None),
        ("v1.", None),
        ("let", None),
        ("", None),
    ],
)
def test_a_bare_word_is_a_string_where_it_is_no_expression(lixeval: Run, text: str, value: str | None) -> None:
    result = lixeval("--eval", "--strict", "-E", "{ t }: t", "--arg", "t", text)
    assert (result.code, result.stdout) == ((1, "") if value is None else (0, value + "\n"))
