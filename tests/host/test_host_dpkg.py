"""dpkg's records, on samples: states, architectures, lists, diversions, alternatives, owners."""

from __future__ import annotations

from pathlib import Path

import pytest

from lixeval.host.dpkg import Dpkg

STATUS = """\
Package: alpha
Status: install ok installed
Architecture: amd64
Multi-Arch: same
Version: 1:2.3-4+b1
Pre-Depends: libc6 (>= 2.34)
Depends: beta (= 1.0) | gamma:any, delta [amd64]
Conffiles:
 /etc/alpha.conf 0123456789abcdef0123456789abcdef
 /etc/old.conf fedcba9876543210fedcba9876543210 obsolete
Description: the first letter
 and a long text:
 .
 about it
Homepage: https://example.org/

Package: alpha
Status: install ok installed
Architecture: i386
Multi-Arch: same
Version: 1:2.3-4
Description: the first letter, narrower

Package: beta
Status: deinstall ok config-files
Architecture: all
Version: 1.0

Package: dpkg
Status: install ok installed
Architecture: amd64
Version: 1.21

Package: half
Status: install ok half-installed
Architecture: amd64
Version: 1
"""

ALTERNATIVE = """\
manual
/usr/bin/editor
editor.1.gz
/usr/share/man/man1/editor.1.gz

/usr/bin/alpha.basic
30
/usr/share/man/man1/alpha.1.gz
/usr/bin/other
10


"""


@pytest.fixture
def dpkg(tmp_path: Path) -> Dpkg:
    info = tmp_path / "info"
    info.mkdir()
    (tmp_path / "status").write_text(STATUS)
    (info / "alpha:amd64.list").write_text(
        "/.\n/opt\n/opt/alpha\n/opt/alpha/one\n/opt/alpha/two\n/usr/bin/alpha.basic\n"
    )
    (info / "alpha:i386.list").write_text("/.\n/opt/narrow\n")
    (info / "alpha:amd64.md5sums").write_text("d41d8cd98f00b204e9800998ecf8427e  opt/alpha/one\n")
    (info / "dpkg.list").write_text("/.\n/opt/alpha/three\n")
    (tmp_path / "diversions").write_text("/opt/alpha/two\n/opt/alpha/two.distrib\nother-package\n")
    (tmp_path / "alternatives").mkdir()
    (tmp_path / "alternatives" / "editor").write_text(ALTERNATIVE)
    (tmp_path / "alternatives" / "broken").write_text("auto\n")
    return Dpkg(str(tmp_path))


def test_a_package_is_read_in_the_native_architecture(dpkg: Dpkg) -> None:
    package = dpkg.find("alpha")
    assert package is not None
    assert (package.version, package.architecture) == ("1:2.3-4+b1", "amd64")
    assert package.depends == (("libc6",), ("beta", "gamma"), ("delta",))
    assert package.description == "the first letter"
    assert package.homepage == "https://example.org/"


def test_only_packages_whose_files_are_there_count(dpkg: Dpkg) -> None:
    assert dpkg.find("beta") is None
    assert dpkg.find("half") is None
    assert dpkg.find("nothing") is None
    assert list(dpkg.names()) == ["alpha", "dpkg"]


def test_files_are_those_of_the_architecture_and_diversions_are_followed(dpkg: Dpkg) -> None:
    files = dpkg.files("alpha")
    assert "/opt/alpha/one" in files
    assert "/opt/alpha/two.distrib" in files
    assert "/opt/alpha/two" not in files
    assert "/opt/narrow" not in files


def test_digests_include_configuration_as_shipped_but_nothing_obsolete(dpkg: Dpkg) -> None:
    assert dpkg.digests("alpha") == {
        "/opt/alpha/one": "d41d8cd98f00b204e9800998ecf8427e",
        "/etc/alpha.conf": "0123456789abcdef0123456789abcdef",
    }


def test_owner(dpkg: Dpkg) -> None:
    assert dpkg.owner("/opt/alpha/one") == "alpha"
    assert dpkg.owner("/opt/alpha/three", ["alpha"]) == "dpkg"
    assert dpkg.owner("/opt/alpha/on") is None
    assert dpkg.owner("/opt/alpha/thre", ["beta", "missing"]) is None


def test_the_best_alternative_is_taken_whatever_is_chosen(dpkg: Dpkg) -> None:
    assert dpkg.alternatives("alpha") == {"/usr/bin/editor": "/usr/bin/alpha.basic"}
    assert dpkg.alternatives("dpkg") == {}


def test_how_to_install(dpkg: Dpkg) -> None:
    assert dpkg.how_to_install(["git", "curl"]) == "apt-get install git curl"
