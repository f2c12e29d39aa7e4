"""The records of apk, pacman and rpm, on samples; programs and libraries in no records."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lixeval.host.apk import Apk
from lixeval.host.combined import Combined
from lixeval.host.describe import Host
from lixeval.host.elf import read_elf
from lixeval.host.pacman import Pacman
from lixeval.host.rpm import parse
from lixeval.host.unpackaged import LIBC, PYTHON, Unpackaged

if TYPE_CHECKING:
    from tests.host.conftest import BuiltHost

INSTALLED = """\
C:Q1qKcZ+j23xssAXmgQhkOO8dHnbWw=
P:musl
V:1.2.5-r0
A:x86_64
T:the musl c library (libc) implementation
U:https://musl.libc.org/
p:so:libc.musl-x86_64.so.1=1
F:opt/musl
R:ld-musl-x86_64.so.1
a:0:0:755
Z:Q12jmj7l5rSw0yVb/vlWAYkK/YBwk=
R:libc.musl-x86_64.so.1
F:

P:tool
V:3.0_git2024-r1
D:so:libc.musl-x86_64.so.1 other>=2 !conflict cmd:sh
F:opt/tool
R:tool

"""


def test_apk(tmp_path: Path) -> None:
    (tmp_path / "installed").write_text(INSTALLED)
    apk = Apk(str(tmp_path / "installed"))
    assert apk.names() == ["musl", "tool"]
    package = apk.find("tool")
    assert package is not None
    assert package.version == "3.0_git2024-r1"
    assert package.depends == (("so:libc.musl-x86_64.so.1",), ("other",), ("cmd:sh",))
    provider = apk.find("so:libc.musl-x86_64.so.1")
    assert provider is not None
    assert provider.name == "musl"
    assert apk.files("musl") == ["/opt/musl/ld-musl-x86_64.so.1", "/opt/musl/libc.musl-x86_64.so.1"]
    # the base64 text is the sha1 of the empty file
    assert apk.digests("musl") == {"/opt/musl/ld-musl-x86_64.so.1": "da39a3ee5e6b4b0d3255bfef95601890afd80709"}
    assert apk.owner("/opt/tool/tool") == "tool"
    assert apk.owner("/opt/tool") is None
    assert apk.how_to_install(["git"]) == "apk add git"


def test_pacman(tmp_path: Path) -> None:
    package = tmp_path / "git-2.42.0-1"
    package.mkdir()
    (tmp_path / "ALPM_DB_VERSION").write_text("9\n")
    (package / "desc").write_text(
        "%NAME%\ngit\n\n%VERSION%\n2.42.0-1\n\n%DESC%\nthe fast version control\n\n%ARCH%\nx86_64\n\n"
        "%INSTALLDATE%\n1690000000\n\n%DEPENDS%\ncurl\nperl>=5.14\nlibcurl.so=4-64\n\n%PROVIDES%\nvcs=1\n\n"
    )
    (package / "files").write_text("%FILES%\nopt/\nopt/git\nopt/dir/\n\n%BACKUP%\netc/gitconfig\t0123\n\n")
    pacman = Pacman(str(tmp_path))
    assert pacman.names() == ["git"]
    found = pacman.find("vcs")
    assert found is not None
    assert (found.name, found.version, found.architecture) == ("git", "2.42.0-1", "x86_64")
    assert found.depends == (("curl",), ("perl",), ("libcurl.so",))
    assert pacman.files("git") == ["/opt/git"]
    assert pacman.digests("git") == {"/etc/gitconfig": "0123"}
    assert pacman.installed_at("git") == 1690000000.0
    assert pacman.how_to_install(["git"]) == "pacman -S git"


def test_rpm() -> None:
    sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    text = (
        "P\tbash\t5.2.26-1.fc39\tx86_64\t1700000000\tThe GNU Bourne Again shell\thttps://www.gnu.org/software/bash\n"
        "D\tlibc.so.6()(64bit)\nD\trpmlib(FileDigests)\nD\t/bin/sh\nD\tfilesystem\nD\tfilesystem\n"
        f"O\tbash\nO\t/bin/sh\nF\t/opt/bash\t{sha256}\nF\t/opt/link\t\n"
        "P\tsetup\t2.14-1\tnoarch\t0\tA set of system configuration\t\n"
    )
    bash, setup = parse(text)
    assert bash.package.name == "bash"
    assert bash.package.version == "5.2.26-1.fc39"
    assert bash.package.depends == (("libc.so.6()(64bit)",), ("filesystem",))
    assert bash.files == ["/opt/bash", "/opt/link"]
    assert bash.digests == {"/opt/bash": sha256}
    assert list(bash.provides) == ["bash", "/bin/sh"]
    assert bash.installed_at == 1700000000.0
    assert (setup.package.name, setup.package.homepage, list(setup.files)) == ("setup", "", [])


def test_the_running_python_and_its_libc_need_no_records() -> None:
    unpackaged = Unpackaged()
    package = unpackaged.find(PYTHON)
    assert package is not None
    assert package.version == platform.python_version()
    files = unpackaged.files(PYTHON)
    assert any(path.endswith("/os.py") for path in files)
    assert not any("/site-packages/" in path for path in files)
    libraries = {os.path.basename(path) for path in unpackaged.files(LIBC)}
    elf = read_elf(os.path.realpath("/bin/sh"))
    if elf is None or elf.interpreter is None:
        pytest.skip("/bin/sh is a static program")
    assert os.path.basename(elf.interpreter) in libraries


def test_programs_on_path(tmp_path: Path) -> None:
    assert Unpackaged(path="/nonexistent").on_path("sh") is None
    assert Unpackaged(path="relative:/bin").on_path("sh") in ("/bin/sh", "/usr/bin/sh")
    program = tmp_path / "no-place-in-a-prefix"
    program.write_text("")
    program.chmod(0o755)
    assert Unpackaged(path=str(tmp_path)).on_path(program.name) is None


@pytest.fixture
def bare(built_host: BuiltHost, tmp_path: Path) -> BuiltHost:
    """This machine with its records ignored, and a store of its own."""
    (tmp_path / "nix/store").mkdir(parents=True)
    return type(built_host)(Host(Combined(None, Unpackaged("/usr/bin:/bin"))), str(tmp_path))


def test_a_host_without_a_package_manager(bare: BuiltHost) -> None:
    bash, coreutils = bare.build("bash"), bare.build("coreutils")
    result = bare.run(f"{bash}/bin/sh", "-c", "ls / && echo done", path=(coreutils,))
    assert (result.stdout, result.stderr) == ("dev\nnix\nproc\ntmp\ndone\n", "")
    assert {name for name in bare.closure("coreutils") if "libc.so" in str(bare.host.database.files(name))} == {LIBC}


def test_python_in_no_package(bare: BuiltHost) -> None:
    out = bare.build("python3")
    result = bare.run(f"{out}/bin/python3", "-c", "import json, sys, zlib; print(sys.prefix)")
    assert (result.stdout, result.stderr) == (f"{out}\n", "")


def test_a_program_that_the_records_do_not_know(tmp_path: Path) -> None:
    if not os.path.exists("/usr/bin/env"):
        pytest.skip("/usr/bin/env is not here")
    table = {"tool": {"program": "env"}}
    found = Host(Combined(None, Unpackaged("/usr/bin")), table).describe("attributes/tool")
    assert found == {"package": "program:env", "searched": "/usr/bin", "watch": ["/usr/bin"]}
    lost = Host(Combined(None, Unpackaged("/nonexistent")), table).describe("attributes/tool")
    assert lost["missing"].endswith("put tool on PATH")
    assert lost["searched"] == "/nonexistent"
