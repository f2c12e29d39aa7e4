"""What is said where a package cannot be had: the user's own line first, all that is missing, one command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lixeval.host.table import read_table
from lixeval.host.this_host import this_host
from lixeval.host.variants import Variant, variants
from lixeval.system.directories import EMBEDDED
from lixeval.system.machines import current_system

ABSENT = ("gosu", "mosquitto", "runit", "s6", "influxdb")
"""Packages that no machine that runs tests has; those that it has all the same are left out."""


@pytest.fixture
def absent() -> list[str]:
    host = this_host(None)
    found = [name for name in ABSENT if "missing" in host.describe(f"attributes/{name}")]
    if len(found) < 3 or host.describe("index")["manager"] != "dpkg" or not current_system().endswith("-linux"):
        pytest.skip("this machine is no Debian, or has the packages that it should lack")
    return found


def message(tmp_path: Path, text: str) -> str:
    (tmp_path / "image.nix").write_text(text)
    environment = {**os.environ, "LIXEVAL_STORE": str(tmp_path / "store"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "lixeval", "image.nix", "--instantiate"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 1, done.stdout
    return done.stderr


def test_all_that_is_missing_is_told_at_the_users_line(tmp_path: Path, absent: list[str]) -> None:
    one, two, three = absent[:3]
    text = f"""{{ pkgs ? import <nixpkgs> {{ }} }}:
pkgs.buildEnv {{
  name = "x";
  paths = with pkgs; [ bash {one} {two} ];
  postBuild = "${{pkgs.{three}}}";
}}
"""
    told = message(tmp_path, text)
    first, place = told.split("\n")[:2]
    assert first.startswith("error: 3 packages are taken from the host, which does not have them: ")
    assert all(name in first for name in (one, two, three)) and first.count("apt-get install") == 1
    assert "image.nix:4:" in place or "image.nix:5:" in place
    assert "host.nix" not in "\n".join(told.split("\n")[:6])


@pytest.mark.parametrize(
    "text",
    [
        "let pkgs = import <nixpkgs> { }; inherit (pkgs) ONE TWO; in [ ONE TWO ]",
        "let p = import <nixpkgs> { }; in [ p.bash p.ONE p.TWO ]",
        "let a = import <nixpkgs> { }; b = a; in [ b.ONE b.TWO ]",
        "(import <nixpkgs> { }).callPackage ({ ONE, TWO }: { inherit ONE TWO; }) { }",
        "with import <nixpkgs> { }; builtins.attrValues { inherit ONE; inherit (pkgs) TWO; }",
        "(import <nixpkgs> { overlays = [ (final: prev: { x = [ prev.ONE final.TWO ]; }) ]; }).x",
        "with import <nixpkgs> { }; lib.optional true ONE ++ lib.optionals false [ TWO ]",
    ],
)
def test_wherever_the_names_are_written(tmp_path: Path, absent: list[str], text: str) -> None:
    one, two = absent[:2]
    first, place = message(tmp_path, text.replace("ONE", one).replace("TWO", two)).split("\n")[:2]
    assert first.startswith("error: 2 packages are taken from the host") and one in first and two in first
    assert "image.nix:1:" in place


def test_names_that_are_bound_by_the_program_are_no_packages(tmp_path: Path, absent: list[str]) -> None:
    one, two = absent[:2]
    told = message(tmp_path, f"with import <nixpkgs> {{ }}; let {two} = 1; in [ {one} {two} ]")
    assert told.startswith(f"error: the package '{one}' is taken from the host, which does not have it")


@pytest.mark.parametrize("text", ["with import <nixpkgs> { }; nodjs", "(import <nixpkgs> { }).nodjs"])
def test_a_name_outside_the_set_says_what_the_set_is(tmp_path: Path, text: str) -> None:
    told = message(tmp_path, text)
    for words in ("lixeval's own set of host programs", "'nodejs'", "hostPackages.nodjs", "-I nixpkgs="):
        assert words in told


MODULES = ("python3-fastapi", "python3-uvicorn", "python3-tornado", "python3-pandas", "python3-scipy")


@pytest.mark.parametrize(
    "chosen",
    ["ps: [ ps.ONE ps.TWO ]", "ps: with ps; [ ONE TWO ]", "ps: [ ps.ONE ] ++ (with ps; [ TWO ])"],
)
def test_all_modules_of_python_that_are_missing_are_told(tmp_path: Path, absent: list[str], chosen: str) -> None:
    host = this_host(None)
    lacking = [name for name in MODULES if "missing" in host.describe(f"packages/{name}")][:2]
    if len(lacking) < 2:
        pytest.skip("this machine has the modules that it should lack")
    for word, name in zip(("ONE", "TWO"), lacking, strict=True):
        chosen = chosen.replace(word, name.removeprefix("python3-"))
    told = message(tmp_path, f"with import <nixpkgs> {{ }};\npython3.withPackages (\n{chosen})")
    first, place = told.split("\n")[:2]
    assert first.startswith("error: 2 packages are taken from the host")
    assert f"apt-get install {' '.join(lacking)}" in first
    assert "image.nix:3:" in place


@pytest.mark.parametrize("name", ["no-such-package", "coreutlis"])
def test_a_package_that_the_host_has_not_installed(tmp_path: Path, absent: list[str], name: str) -> None:
    told = message(tmp_path, f"(import <nixpkgs> {{ }}).hostPackages.{name}")
    assert "this host's package manager has installed" in told
    assert ("did you mean 'coreutils'?" in told) == (name == "coreutlis")


@pytest.mark.parametrize(
    ("name", "base", "version"),
    [
        ("nodejs_22", "nodejs", "22"),
        ("jdk21", "jdk", "21"),
        ("jdk17_headless", "jdk", "17"),
        ("temurin-bin-21", "jdk", "21"),
        ("php83", "php", "8.3"),
        ("postgresql_16", "postgresql", "16"),
        ("nginxStable", "nginx", ""),
        ("nginxMainline", "nginx", ""),
        ("pkgconfig", "pkg-config", ""),
        ("ffmpeg-headless", "ffmpeg", ""),
        ("ffmpeg_6-full", "ffmpeg", "6"),
        ("gcc13", "gcc-unwrapped", "13"),
        ("python39", "python3", "3.9"),
        ("ruby_3_3", "ruby", "3.3"),
        ("go_1_22", "go", "1.22"),
        ("perl538", "perl", "5.38"),
        ("lua5_3", "lua", "5.3"),
        ("mariadb_1011", "mariadb", "10.11"),
        ("openssl_1_1", "openssl", "1.1"),
        ("emacs29-nox", "emacs", "29"),
        ("util-linuxMinimal", "util-linux", ""),
    ],
)
def test_names_of_versions_and_flavours_are_mapped_by_rule(name: str, base: str, version: str) -> None:
    assert variants(read_table())[name] == Variant(base, version)


def test_the_package_set_has_the_names_of_table_and_rules() -> None:
    """Where the table has changed, `json.dumps(names, indent=0)` is what the file has to say."""
    names = sorted({*read_table(), *variants(read_table())})
    with open(os.path.join(EMBEDDED, "host-names.json"), encoding="utf-8") as file:
        assert json.load(file) == names


def test_a_version_fits_its_own_only() -> None:
    assert Variant("php", "8.3").fits("8.3.14") and Variant("nodejs", "").fits("20.1")
    assert not Variant("nodejs", "2").fits("20.1") and not Variant("php", "8.3").fits("8.2.1")
    assert Variant("php", "8.3").installable("php[0-9].[0-9]-cli") == "php8.3-cli"
    assert Variant("jdk", "21").installable("openjdk-*-jdk-headless") == "openjdk-21-jdk-headless"
    assert Variant("go", "1.22").installable("golang-1.*-go") == "golang-1.22-go"
    assert Variant("postgresql", "16").installable("postgresql-[0-9]*") == "postgresql-16"
