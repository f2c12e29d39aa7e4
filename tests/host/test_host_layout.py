"""Where host files lie in a prefix; versions; interpreter lines; wrappers; circles."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from lixeval.host.layout import in_prefix, upstream_version
from lixeval.host.programs import PROGRAMS, Wrapper, substitute
from lixeval.host.scripts import parse_shebang
from lixeval.host.wrappers import script


@pytest.mark.parametrize(
    ("host", "prefix"),
    [
        ("/usr/bin/ls", "bin/ls"),
        ("/usr/sbin/nologin", "bin/nologin"),
        ("/bin/ls", "bin/ls"),
        ("/usr/lib/x86_64-linux-gnu/libz.so.1", "lib/libz.so.1"),
        ("/usr/lib/aarch64-linux-gnu/perl/5.36.0/x.pm", "lib/perl/5.36.0/x.pm"),
        ("/lib64/ld-linux-x86-64.so.2", "lib/ld-linux-x86-64.so.2"),
        ("/usr/lib/git-core/git", "lib/git-core/git"),
        ("/usr/libexec/nix/build-remote", "libexec/nix/build-remote"),
        ("/usr/share/man/man1/ls.1.gz", "share/man/man1/ls.1.gz"),
        ("/usr/share/doc/bash/copyright", "share/doc/bash/copyright"),
        ("/etc/services", "etc/services"),
        ("/usr/share/man/de/man1/ls.1.gz", None),
        ("/usr/share/doc/bash/README", None),
        ("/usr/share/locale/de/LC_MESSAGES/x.mo", None),
        ("/usr/share/lintian/overrides/bash", None),
        ("/usr/lib/systemd/system/ssh.service", None),
        ("/etc/init.d/ssh", None),
        ("/etc/cron.daily/man-db", None),
        ("/var/lib/dpkg/status", None),
        ("/usr/bin", None),
    ],
)
def test_places(host: str, prefix: str | None) -> None:
    assert in_prefix(host) == prefix


@pytest.mark.parametrize(
    ("full", "upstream"),
    [
        ("1:2.39.5-0+deb12u3", "2.39.5"),
        ("5.2.15-2+b8", "5.2.15"),
        ("20230311+deb12u1", "20230311"),
        ("590-2.1~deb12u2", "590"),
        ("9.2p1-2+deb12u10", "9.2p1"),
        ("4.13+dfsg1-1", "4.13"),
        ("2.40.1-r0", "2.40.1"),
        ("3.12.0-1.fc39", "3.12.0"),
        ("1:2.42.0-1", "2.42.0"),
        ("1.0", "1.0"),
    ],
)
def test_upstream_versions(full: str, upstream: str) -> None:
    assert upstream_version(full) == upstream


def test_interpreter_lines() -> None:
    line = parse_shebang(b"#! /usr/bin/perl -w\nuse strict;\n")
    assert line is not None
    assert (line.name, line.rest, line.length) == ("perl", "-w", len("#! /usr/bin/perl -w"))
    line = parse_shebang(b"#!/usr/bin/env -S no-such-program -x -y\n")
    assert line is not None
    assert (line.program, line.rest) == ("/usr/bin/no-such-program", "-x -y")
    assert parse_shebang(b"#!/usr/bin/env FOO=1 sh\n") is None
    assert parse_shebang(b"#!sh\n") is None
    assert parse_shebang(b"echo\n") is None


def test_references_in_texts() -> None:
    assert substitute("{a}/x:{b}", {"a": "/1", "b": "/2"}) == "/1/x:/2"
    assert substitute("{a}/x", {}) is None
    assert substitute("plain", {}) == "plain"
    assert PROGRAMS["git"].references() == ["cacert", "coreutils", "gnugrep", "gnused"]


def run_wrapped(tmp_path: Path, wrapper: Wrapper, *arguments: str, **environment: str) -> str:
    program = tmp_path / "real program"
    program.write_text('#!/bin/sh\nprintf "%s;" "A=$A" "B=$B" "P=$P" "$@"\n')
    program.chmod(0o755)
    wrapped = tmp_path / "wrapped"
    wrapped.write_text(script(wrapper, str(program), lambda text: None if "{no}" in text else text, "/bin/bash"))
    wrapped.chmod(0o755)
    full = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run([wrapped, *arguments], env=full, capture_output=True, text=True, check=True).stdout


def test_a_wrapper_sets_defaults_lists_and_arguments(tmp_path: Path) -> None:
    if not os.path.exists("/bin/bash"):
        pytest.skip("/bin/bash is not here")
    wrapper = Wrapper(
        always={"A": "it's"},
        default={"B": ("$X", "$Y", "b b"), "C": ("{no}",)},
        prefix={"P": "/first"},
        suffix={"P": "/last"},
        arguments=("--b=$B", "{no}"),
    )
    assert run_wrapped(tmp_path, wrapper, "x y") == "A=it's;B=b b;P=/first:/last;--b=b b;x y;"
    assert run_wrapped(tmp_path, wrapper, Y="y y", A="no") == "A=it's;B=y y;P=/first:/last;--b=y y;"
    assert run_wrapped(tmp_path, wrapper, Y="y", X="x", P="/p") == "A=it's;B=x;P=/first:/p:/last;--b=x;"
    assert run_wrapped(tmp_path, wrapper, B="", X="x") == "A=it's;B=;P=/first:/last;--b=;"
