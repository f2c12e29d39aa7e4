"""Names, groups, plans and descriptions on a made-up host."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from lixeval.errors import EvalError
from lixeval.host.contents import Entry, plan
from lixeval.host.database import InstalledPackage
from lixeval.host.describe import Described, Host
from lixeval.host.layout import in_prefix
from lixeval.host.names import Names
from lixeval.host.programs import Program
from lixeval.host.table import read_table


class MadeUp:
    """A package database out of a dictionary: name -> (depends, files)."""

    manager = "dpkg"

    def __init__(self, packages: Mapping[str, tuple[Sequence[str], Sequence[str]]]) -> None:
        self.packages = dict(packages)

    def names(self) -> Sequence[str]:
        return sorted(self.packages)

    def find(self, name: str) -> InstalledPackage | None:
        if name not in self.packages:
            return None
        depends = tuple((dependency,) for dependency in self.packages[name][0])
        return InstalledPackage(name, "1.0-1", "amd64", f"the {name}", depends=depends)

    def files(self, name: str) -> Sequence[str]:
        return self.packages[name][1]

    def digests(self, name: str) -> dict[str, str]:
        return {}

    def installed_at(self, name: str) -> float:
        return 0.0

    def owner(self, path: str, among: Iterable[str] = ()) -> str | None:
        return next((name for name, (_, files) in self.packages.items() if path in files), None)

    def alternatives(self, name: str) -> dict[str, str]:
        return {
            "/usr/bin/vim": "/usr/bin/vim.basic",
            "/usr/bin/editor": "/usr/bin/vim.basic",
            "/usr/bin/java": "/usr/lib/jvm/java",
        }

    def how_to_install(self, names: Sequence[str]) -> str:
        return "apt-get install " + " ".join(names)

    def place(self, path: str) -> str | None:
        return in_prefix(path)

    def search_path(self) -> str:
        return "/nonexistent"

    def program(self, name: str) -> str | None:
        return None


TABLE: dict[str, dict[str, Any]] = {
    "python3": {"dpkg": "python3 + python3-minimal + python3.[0-9]* + libpython3.[0-9]*-stdlib"},
    "editor": {"*": "vim | nano", "program": "vim"},
    "database": {"dpkg": "database-[0-9]* + database-client-[0-9]*"},
    "absent": {"dpkg": "absent-[0-9]* + absent-tools"},
    "elsewhere": {"dpkg": ""},
    "versioned": {"dpkg": "versioned-[0-9]*"},
}


def packages(**dependencies: str) -> MadeUp:
    return MadeUp({name.replace("_", "-"): (text.split(), []) for name, text in dependencies.items()})


def test_the_first_candidate_that_is_installed_is_taken() -> None:
    assert Names(packages(nano="", vim=""), TABLE).principal("editor") == "vim"
    assert Names(packages(nano=""), TABLE).principal("editor") == "nano"
    assert Names(packages(), TABLE).principal("editor") is None


def test_a_pattern_takes_the_highest_version() -> None:
    database = MadeUp({name: ([], []) for name in ("database-9", "database-15", "database-client-9")})
    assert Names(database, TABLE).principal("database") == "database-15"


def test_parts_are_merged_only_if_the_principal_needs_them() -> None:
    database = MadeUp(
        {
            "python3": (["python3.11", "python3-minimal"], []),
            "python3-minimal": ([], []),
            "python3.11": (["libpython3.11-stdlib"], []),
            "libpython3.11-stdlib": ([], []),
            "python3.12": ([], []),
        }
    )
    names = Names(database, TABLE)
    group = names.group("libpython3.11-stdlib")
    assert group.principal == "python3"
    assert group.members == ("python3", "libpython3.11-stdlib", "python3-minimal", "python3.11")
    assert names.group("python3.12").members == ("python3.12",)
    assert names.attribute("python3") == "python3"


def test_what_is_missing_says_how_to_get_it() -> None:
    host = Host(packages(nano=""), table=TABLE)
    assert host.describe("attributes/absent")["missing"].endswith("to get it: apt-get install absent-tools")
    assert host.describe("attributes/versioned")["missing"].endswith("apt-get install versioned")
    assert "package manager has none" in host.describe("attributes/elsewhere")["missing"]
    assert host.describe("packages/zzz")["missing"].endswith("apt-get install zzz")
    with pytest.raises(EvalError):
        host.describe("nonsense")


def test_packages_that_need_one_another_become_one(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = {"a": ("b",), "b": ("a",), "c": ("a", "b")}
    made = Host(packages(a="", b="", c=""), table={})
    monkeypatch.setattr(made, "_alone", lambda group: Described(group, (), needs[group.principal]))
    assert made.describe("packages/c")["dependencies"] == ["a"]
    assert made.describe("packages/b") == {"group": "a"}
    description = made.describe("packages/a")
    assert description["members"] == ["a 1.0-1 amd64", "b 1.0-1 amd64"]
    assert description["dependencies"] == []


def test_plan_of_files_links_and_alternatives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MadeUp, "place", lambda self, path: in_prefix(path) or path.removeprefix(f"{tmp_path}/"))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/vim.basic").write_text("program")
    (tmp_path / "bin/vim.basic").chmod(0o4755)
    os.link(tmp_path / "bin/vim.basic", tmp_path / "bin/hard")
    (tmp_path / "bin/link").symlink_to("vim.basic")
    os.mkfifo(tmp_path / "bin/pipe")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/changed.conf").write_text("secret")
    (tmp_path / "lib/jvm").mkdir(parents=True)
    (tmp_path / "lib/jvm/java").write_text("")
    names = [
        "lib/sql",
        "lib/jvm/java",
        "bin",
        "bin/vim.basic",
        "bin/hard",
        "bin/link",
        "bin/pipe",
        "bin/gone",
        "etc/changed.conf",
    ]
    database = MadeUp({"vim": ([], [f"{tmp_path}/{name}" for name in names])})
    (tmp_path / "lib/sql").write_text("")
    (tmp_path / "lib/sql").chmod(0o755)
    program = Program(links={"bin/vi": "vim.basic", "bin/none": "nothing"}, expose=("lib/s*", "lib/jvm/*"))
    entries = {entry.target: entry for entry in plan(database, ["vim"], program, "vim")}
    in_bin = ["bin/hard", "bin/java", "bin/link", "bin/sql", "bin/vi", "bin/vim", "bin/vim.basic"]
    assert sorted(entries) == [*in_bin, "lib/jvm/java", "lib/sql"]
    assert entries["bin/sql"].link == "../lib/sql"
    assert entries["bin/java"].link == "../lib/jvm/java"
    assert entries["bin/vim"].link == entries["bin/vi"].link == entries["bin/link"].link == "vim.basic"
    assert entries["bin/vim.basic"].digest == hashlib.sha256(b"program").hexdigest()
    assert entries["bin/vim.basic"].executable
    assert entries["bin/hard"].inode == entries["bin/vim.basic"].inode != (0, 0)


def test_the_table_that_comes_along() -> None:
    table = read_table()
    assert len(table) >= 220
    for attribute, entry in table.items():
        assert set(entry) <= {"dpkg", "rpm", "apk", "pacman", "*", "program", "also"}, attribute
        for candidates in (text for key, text in entry.items() if key != "program"):
            assert all(part.strip() == part and part for c in candidates.split(" | ") if c for part in c.split(" + "))
    wanted = (
        "bash bashInteractive coreutils coreutils-full gnugrep gnused gawk gnutar gzip bzip2 xz zstd findutils "
        "diffutils which curl less wget man cacert iana-etc openssh python3 git nix shadow tzdata jq ripgrep nodejs "
        "nginx redis postgresql busybox"
    )
    assert set(wanted.split(" ")) <= set(table)


def test_files_under_lib64_are_found_under_either_name(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = Entry("lib/python3.12/os.py", "/usr/lib64/python3.12/os.py")
    monkeypatch.setattr("lixeval.host.contents._entries", lambda database, member: [entry])
    assert [(entry.target, entry.link) for entry in plan(MadeUp({}), ["python3"], Program())] == [
        ("lib/python3.12/os.py", ""),
        ("lib64", "lib"),
    ]


def test_what_only_root_may_read_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "helper").write_text("")
    (tmp_path / "helper").chmod(0o4750)
    database = MadeUp({"dbus": ([], [f"{tmp_path}/helper"])})
    monkeypatch.setattr(MadeUp, "place", lambda self, path: path.removeprefix(f"{tmp_path}/"))
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert plan(database, ["dbus"], Program()) == []
    monkeypatch.setattr("os.access", lambda path, mode: True)
    assert [entry.target for entry in plan(database, ["dbus"], Program())] == ["helper"]


def test_only_linux_has_packages_to_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lixeval.host.describe.current_system", lambda: "aarch64-darwin")
    assert "on Linux only" in Host(packages(nano=""), table=TABLE).describe("packages/nano")["missing"]
