"""Packages of this machine: described, built into a store, and run where only that store exists.

Each skips, saying so, for what this machine does not have.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lixeval.errors import BuildError
from lixeval.host.describe import Host
from lixeval.host.detect import detect
from lixeval.host.elf import read_elf
from lixeval.host.package_builder import build

if TYPE_CHECKING:
    from tests.host.conftest import BuiltHost

pytestmark = pytest.mark.skipif(not os.path.exists("/usr/bin/env"), reason="this machine has no programs to take")


def test_coreutils_has_one_libc(built_host: BuiltHost) -> None:
    built_host.build("coreutils")
    closure = built_host.closure("coreutils")
    libraries = [
        name
        for name in closure
        if any(entry.target.startswith("lib/libc.so.6") for entry in built_host.host.described(name).entries)
    ]
    loaders = [
        name
        for name in closure
        if any(entry.target.startswith("lib/ld-") for entry in built_host.host.described(name).entries)
    ]
    assert len(loaders) == 1
    assert libraries in ([], loaders)  # musl's loader is its libc


def test_programs_point_into_the_store_only(built_host: BuiltHost) -> None:
    out = built_host.build("coreutils")
    elf = read_elf(built_host.real(f"{out}/bin/ls"))
    assert elf is not None
    assert elf.interpreter is not None
    assert elf.interpreter.startswith("/nix/store/")
    assert os.path.isfile(built_host.real(elf.interpreter))
    assert elf.search
    for name in elf.needed:
        assert any(os.path.exists(built_host.real(f"{directory}/{name}")) for directory in elf.search), name
    assert all(directory.startswith("/nix/store/") for directory in elf.search)


def test_no_setuid_bit_survives_and_no_link_dangles(built_host: BuiltHost) -> None:
    out = built_host.build("shadow")
    for directory, _, files in os.walk(built_host.real(out)):
        for name in files:
            path = os.path.join(directory, name)
            assert not os.lstat(path).st_mode & (stat.S_ISUID | stat.S_ISGID)
            if os.path.islink(path) and not os.readlink(path).startswith("/"):
                assert os.path.exists(path), path


def test_bash_is_sh_too(built_host: BuiltHost) -> None:
    out = built_host.build("bash")
    assert built_host.run(f"{out}/bin/sh", "-c", "echo $((6 * 7))").stdout == "42\n"
    assert "GNU bash" in built_host.run(f"{out}/bin/bash", "--version").stdout


def test_coreutils_run(built_host: BuiltHost) -> None:
    out = built_host.build("coreutils")
    assert built_host.run(f"{out}/bin/ls", "/").stdout.split() == ["dev", "nix", "proc", "tmp"]


def test_python_finds_its_library_and_its_extensions(built_host: BuiltHost) -> None:
    out = built_host.build("python3")
    script = "import ctypes, json, sqlite3, ssl, sys, zlib; print(sys.prefix, sqlite3.connect(':memory:') is not None)"
    result = built_host.run(f"{out}/bin/python3", "-c", script)
    assert result.stderr == ""
    assert result.stdout == f"{out} True\n"


def test_git_commits(built_host: BuiltHost) -> None:
    git, bash = built_host.build("git"), built_host.build("bash")
    assert "git version" in built_host.run(f"{git}/bin/git", "--version").stdout
    script = """
        git init -q repository && cd repository
        echo 1 > file && git add file && git -c user.name=n -c user.email=e commit -q -m message
        git log --format=%s && git --exec-path && git submodule status
    """
    result = built_host.run(f"{bash}/bin/bash", "-ec", script, path=(git, bash))
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"message\n{git}/lib/git-core\n"


@pytest.mark.parametrize(
    ("attribute", "program", "expected"),
    [
        ("curl", "curl", "https"),
        ("wget", "wget", "GNU Wget"),
        ("less", "less", "less "),
        ("nix", "nix", "nix (Nix)"),
        ("jq", "jq", "jq-"),
        ("perl", "perl", "This is perl"),
        ("gnutar", "tar", "tar (GNU tar)"),
        ("gnugrep", "grep", "grep (GNU grep)"),
    ],
)
def test_versions(built_host: BuiltHost, attribute: str, program: str, expected: str) -> None:
    out = built_host.build(attribute)
    result = built_host.run(f"{out}/bin/{program}", "--version")
    assert result.returncode == 0, result.stderr
    assert expected in result.stdout


def test_perl_finds_its_modules(built_host: BuiltHost) -> None:
    out = built_host.build("perl")
    result = built_host.run(f"{out}/bin/perl", "-MPOSIX", "-MData::Dumper", "-e", "print POSIX::floor(3.5)")
    assert (result.stdout, result.stderr) == ("3", "")


def test_man_shows_a_page(built_host: BuiltHost) -> None:
    man, less, gzip = built_host.build("man"), built_host.build("less"), built_host.build("gzip")
    page = f"{less}/share/man/man1/less.1.gz"
    if not os.path.exists(built_host.real(page)):
        pytest.skip("this machine has no manual pages")
    result = built_host.run(f"{man}/bin/man", "-P", "cat", page, path=(gzip,))
    assert "NAME" in result.stdout, result.stderr


def test_certificates_lie_where_nixpkgs_has_them(built_host: BuiltHost) -> None:
    out = built_host.build("cacert")
    bundle = Path(built_host.real(f"{out}/etc/ssl/certs/ca-bundle.crt"))
    assert "-----BEGIN CERTIFICATE-----" in bundle.read_text()
    assert bundle.with_name("ca-certificates.crt").read_bytes() == bundle.read_bytes()


def test_a_package_that_changed_since_is_refused(built_host: BuiltHost, tmp_path: Path) -> None:
    built_host.build("bash")
    name = built_host.host.describe("attributes/bash")["package"]
    description = {**built_host.host.describe(f"packages/{name}"), "fingerprint": "0" * 64, "dependencies": []}
    out = f"/nix/store/{'0' * 32}-bash"
    with pytest.raises(BuildError, match="has changed since it was evaluated"):
        build(built_host._context(name, description, [], out), built_host.host)
    description["members"] = ["removed-meanwhile 1.0 all"]
    with pytest.raises(BuildError, match="no longer has the package"):
        build(built_host._context(name, description, [], out), built_host.host)
    assert not os.path.exists(built_host.real(out))


def test_the_same_description_twice(built_host: BuiltHost) -> None:
    name = built_host.host.describe("attributes/coreutils").get("package")
    if name is None:
        pytest.skip("the host has no coreutils")
    assert Host(detect()).describe(f"packages/{name}") == built_host.host.describe(f"packages/{name}")


def test_scripts_are_run_by_the_store_s_shell(built_host: BuiltHost) -> None:
    out = built_host.build("gzip")
    script = Path(built_host.real(f"{out}/bin/zgrep"))
    if not script.exists():
        pytest.skip("gzip has no scripts here")
    first = script.read_text(errors="replace").split("\n")[0]
    assert first.startswith("#!/nix/store/")
    assert os.path.isfile(built_host.real(first[2:].split()[0]))


def test_busybox_is_many_programs(built_host: BuiltHost) -> None:
    out = built_host.build("busybox")
    assert built_host.run(f"{out}/bin/uname", "-s").stdout == "Linux\n"
    assert built_host.run(f"{out}/bin/sh", "-c", "echo applet").stdout == "applet\n"


def test_programs_find_their_data(built_host: BuiltHost) -> None:
    file, bash = built_host.build("file"), built_host.build("bash")
    assert "shared" in built_host.run(f"{file}/bin/file", "-bL", f"{bash}/bin/bash").stdout.replace("pie", "shared")
    vim = built_host.build("vim")
    shown = built_host.run(f"{vim}/bin/vim", "-es", "-c", "set runtimepath", "-c", "q")
    assert f"{vim}/share/vim" in shown.stdout + shown.stderr
