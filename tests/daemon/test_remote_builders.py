"""Builds spread over several machines, each a daemon of its own; and machines that die, lie, hang or refuse."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lixeval.build import on_machine
from lixeval.build.machines import Machine, Machines, parse
from lixeval.cli import main
from lixeval.daemon import store_urls
from lixeval.daemon.any_store import open_store
from lixeval.errors import UsageError
from lixeval.store.local import LocalStore
from lixeval.store.verify import verify
from tests.daemon.daemons import REAL, lixeval_daemon, url

MANY = """
{ count ? 6, seconds ? "0" }: let one = i: derivation {
  name = "one${toString i}"; system = "x86_64-linux"; builder = "/bin/sh";
  args = [ "-c" "echo at work; test ${seconds} = 0 || /bin/sleep ${seconds}; echo ${toString i} > $out" ];
}; in derivation {
  name = "all"; system = "x86_64-linux"; builder = "/bin/sh";
  args = [ "-c" "echo ${toString (builtins.genList one count)} > $out" ];
}
"""


def machine(folder: Path, rest: str = "x86_64-linux - 2 1", *words: str) -> str:
    """The line of a builder that is a daemon of ours, for a store of its own."""
    program = [sys.executable, "-m", "lixeval", "daemon", "--stdio", "--store", str(folder), "--sandbox", "off", *words]
    return f"{shlex.quote('exec:' + shlex.join(program))} {rest}"


def ready(which: str, folder: Path, *options: str) -> str:
    """The URL of real Nix's daemon, whose store is there: two that begin one at once may find it half made."""
    place = url(which, folder, *options)
    store = open_store(place)
    assert store.all_paths() == []
    store.close()
    return place


def build(home: Path, lines: list[str], *words: str) -> int:
    (home / "machines").write_text("\n".join(lines))
    (home / "many.nix").write_text(MANY)
    options = ["--builders", f"@{home}/machines", "--system", "x86_64-linux", "--store", str(home / "main")]
    return main(["many.nix", "--no-link", *options, *words])


def is_whole(home: Path) -> bool:
    """Nothing is wrong in the store, and nothing was left in it."""
    store = LocalStore(str(home / "main"))
    left = {path.name for path in (home / "main/nix/store").iterdir()} - {".links"}
    valid = {path.rpartition("/")[2] for path in store.all_paths()}
    temporary = list((home / "main/nix/var/nix/temproots").iterdir())
    store.close()
    return verify(store, check_contents=True) == [] and left == valid and not temporary


def test_builds_are_spread(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [machine(home / "one"), machine(home / "two"), machine(home / "three")]
    assert build(home, lines, "-j0") == 0
    said = capsys.readouterr().err
    assert all(f"{home}/{name}" in said for name in ("one", "two", "three"))
    assert said.count(" on ") == 7 and is_whole(home)
    infos = LocalStore(str(home / "main")).infos(LocalStore(str(home / "main")).all_paths()).values()
    assert not any(info.ultimate for info in infos), "built elsewhere"


@pytest.mark.parametrize("which", REAL)
def test_real_nix_builds_for_us(which: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build(home, [f"{shlex.quote(ready(which, home / 'nix'))} x86_64-linux - 3 1"], "-j0", "-L") == 0
    said = capsys.readouterr().err
    assert "one3> at work" in said and is_whole(home)


@pytest.mark.parametrize("which", REAL[:1])
def test_a_builder_that_does_not_trust_us_gets_the_derivation(
    which: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [f"{shlex.quote(ready(which, home / 'nix', 'untrusted'))} x86_64-linux - 2 1"]
    assert build(home, lines, "-j0", "--arg", "count", "2") == 0
    assert is_whole(home)
    # What it has not built itself, and nobody has signed, it does not take.
    (home / "nix").rename(home / "old")
    (home / "nix").mkdir()
    assert main(["store", "delete", _wanted(home), "--store", str(home / "main")]) == 0
    assert build(home, lines, "-j0", "--arg", "count", "2") == 1
    assert "lacks a signature" in capsys.readouterr().err and is_whole(home)


def _wanted(home: Path) -> str:
    store = LocalStore(str(home / "main"))
    (found,) = [path for path in store.all_paths() if path.endswith("-all")]
    store.close()
    return found


def test_an_untrusting_builder_builds_what_has_no_unsigned_inputs(home: Path) -> None:
    lines = [machine(home / "one", "x86_64-linux - 2 1", "--force-untrusted")]
    assert build(home, lines, "-j0", "--arg", "count", "0") == 0
    assert is_whole(home)


@pytest.mark.parametrize(
    "line",
    [
        "exec:/nowhere/at-all",
        "exec:false",
        "'exec:echo garbage garbage garbage'",
        "'exec:head -c 100000 /dev/zero'",
        "unix:///nowhere/socket",
    ],
)
def test_a_machine_that_cannot_is_left_for_another(line: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build(home, [f"{line} x86_64-linux - 9 9", machine(home / "one")], "-j0") == 0
    assert capsys.readouterr().err.count("warning: no more builds on") == 1 and is_whole(home)


def test_without_another_machine_it_is_built_here(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build(home, ["exec:/nowhere/at-all - - 9 9"], "-j2", "--sandbox", "off") == 0
    assert is_whole(home)


def test_nowhere_at_all_is_an_error_with_the_reason(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build(home, ["exec:/nowhere/at-all - - 9 9"], "-j0") == 1
    said = capsys.readouterr().err
    assert "no remote builder suits" in said and "cannot run '/nowhere/at-all'" in said and is_whole(home)


def test_a_machine_that_hangs_is_given_up(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_machine, "_PATIENCE", 8.0)  # a machine that works has to be begun meanwhile
    assert build(home, ["'exec:sleep 60' x86_64-linux - 9 9", machine(home / "one")], "-j0", "--arg", "count", "1") == 0
    assert "has said nothing for 8 seconds" in capsys.readouterr().err and is_whole(home)


def test_a_failed_build_is_not_tried_again(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "bad.nix").write_text(
        'derivation { name = "bad"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo why; exit 9" ]; }'
    )
    (home / "machines").write_text("\n".join([machine(home / "one"), machine(home / "two")]))
    words = ["--builders", f"@{home}/machines", "-j0", "--store", str(home / "main"), "--no-link"]
    assert main(["bad.nix", *words]) == 100
    said = capsys.readouterr().err
    assert "exit code 9" in said and "> why" in said
    assert not ((home / "one").exists() and (home / "two").exists())


def test_the_builds_of_a_machine_that_is_killed_go_elsewhere(home: Path) -> None:
    (home / "many.nix").write_text(MANY)
    lines = [machine(home / name) for name in ("one", "two", "three")]
    (home / "machines").write_text("\n".join(lines))
    words = [
        "--builders",
        f"@{home}/machines",
        "-j0",
        "--store",
        str(home / "main"),
        "--no-link",
        "--arg",
        "count",
        "9",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "lixeval", "many.nix", *words, "--argstr", "seconds", "2"],
        stderr=subprocess.PIPE,
        text=True,
    )
    killed = False
    while not killed:
        assert process.poll() is None
        for pid in filter(str.isdecimal, os.listdir("/proc")):
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
                builds = Path(f"/proc/{pid}/task/{pid}/children").read_text()
            except OSError:
                continue
            if str(home / "two") in command and builds:
                os.kill(int(pid), signal.SIGKILL)
                killed = True
        time.sleep(0.05)
    said = process.communicate(timeout=120)[1]
    assert process.returncode == 0, said
    assert "warning: no more builds on" in said
    assert said.count(" on ") >= 10 and is_whole(home)


def test_ctrl_c_leaves_nothing_on_either_side(home: Path) -> None:
    (home / "many.nix").write_text(MANY)
    (home / "machines").write_text(machine(home / "one"))
    words = ["--builders", f"@{home}/machines", "-j0", "--store", str(home / "main"), "--no-link", "-L"]
    process = subprocess.Popen(
        [sys.executable, "-m", "lixeval", "many.nix", *words, "--argstr", "seconds", "50"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "at work" in line:
            break
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130 and is_whole(home)
    deadline = time.monotonic() + 20
    while _runs_in(home / "one"):
        assert time.monotonic() < deadline, "the other side still runs"
        time.sleep(0.1)


def _runs_in(folder: Path) -> bool:
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        try:
            if str(folder) in Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0"):
                return True
        except OSError:
            continue
    return False


# Choosing


def test_lines_are_read_as_nix_reads_them(tmp_path: Path) -> None:
    (tmp_path / "machines").write_text(
        "# a comment\nssh-ng://one x86_64-linux,i686-linux /key 4 2 kvm,big big AAAA # more\n\n  two  \n"
    )
    found = parse(f"@{tmp_path}/machines ; ssh://three - - - - - - - \n @/nowhere/at/all", "aarch64-linux")
    assert [machine.url for machine in found] == ["ssh-ng://one", "two", "ssh://three"]
    first, second = found[:2]
    assert first.systems == {"x86_64-linux", "i686-linux"} and first.max_jobs == 4 and first.speed == 2
    assert first.features == {"kvm", "big"} and first.mandatory == {"big"}
    assert first.place.options == {"ssh-key": "/key", "base64-ssh-public-host-key": "AAAA"}
    assert second.systems == {"aarch64-linux"} and second.max_jobs == 1 and second.speed == 1
    assert [machine.place.address for machine in found] == ["one", "two", "three"]
    for wrong in ("- x86_64-linux", "host - - many", "host - - 1 0", "host - - 1 nan", "host 1 2 3 4 5 6 7 8"):
        with pytest.raises(UsageError):
            parse(wrong, "x86_64-linux")


def test_the_machine_is_chosen_as_nix_does(tmp_path: Path) -> None:
    def made(name: str, jobs: int, speed: float, features: str = "", mandatory: str = "") -> Machine:
        return parse(f"{name} x86_64-linux - {jobs} {speed} {features or '-'} {mandatory or '-'}", "x86_64-linux")[0]

    slow, fast, kvm = made("slow", 2, 1), made("fast", 2, 2), made("kvm", 1, 9, "kvm", "kvm")
    machines = Machines([slow, fast, kvm], str(tmp_path / "load"))
    suiting = machines.suiting("x86_64-linux", frozenset())
    assert [machine.url for machine in suiting] == ["slow", "fast"], "what requires something is for nobody else"
    assert [machine.url for machine in machines.suiting("x86_64-linux", frozenset(("kvm",)))] == ["kvm"]
    assert machines.suiting("aarch64-linux", frozenset()) == []
    taken = [machines.take(suiting) for _ in range(5)]
    assert [None if slot is None else slot.machine.url for slot in taken] == ["fast", "slow", "fast", "slow", None]
    assert taken[0] is not None
    taken[0].release()
    again = Machines([slow, fast, kvm], str(tmp_path / "load")).take(suiting)
    assert again is not None and again.machine.url == "fast", "slots are shared by processes"
    machines.fail(fast)
    assert [machine.url for machine in machines.suiting("x86_64-linux", frozenset())] == ["slow"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("x", "'x' jobs cannot be"),
        ("-1 1", "'-1' jobs cannot be"),
        ("1.5", "'1.5' jobs cannot be"),
        ("1 fast", "a speed of 'fast' cannot be"),
        ("1 0", "a speed of '0' cannot be"),
        ("- nan", "a speed of 'nan' cannot be"),
        ("1 -2", "a speed of '-2' cannot be"),
    ],
)
def test_the_field_that_is_no_number_is_named(fields: str, said: str) -> None:
    with pytest.raises(UsageError, match=f"^{said}, as in 'ssh://a - - {fields}'$"):
        list(parse(f"ssh://a - - {fields}", "x86_64-linux"))


def test_a_daemon_uses_the_builders_that_its_client_names(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "machines").write_text(machine(home / "there"))
    (home / "many.nix").write_text(MANY)
    words = ["--no-link", "--arg", "count", "2", "--builders", f"@{home}/machines", "-j0"]
    with lixeval_daemon(home) as url:
        assert main(["many.nix", "--store", url, *words]) == 0
    assert len(LocalStore(str(home / "there")).all_paths()) >= 3
    assert verify(LocalStore(str(home / "store")), check_contents=True) == []
    (home / "other").mkdir()
    with lixeval_daemon(home / "other", "--force-untrusted") as url:
        assert main(["many.nix", "--store", url, *words]) != 0
    assert "ignoring the client-specified setting 'builders'" in capsys.readouterr().err


@pytest.mark.parametrize("word", ["ssh://host", "ssh-ng://host"])
def test_both_words_for_ssh_reach_a_daemon(word: str) -> None:
    place = store_urls.parse(word)
    assert (place.kind, place.address) == ("ssh", "host")


@pytest.mark.parametrize("word", ["exec:", "exec: ", "exec:'", "ssh://", "ssh://-oX", "unix:here", "ftp://x"])
def test_places_that_are_none(word: str) -> None:
    with pytest.raises(UsageError):
        store_urls.parse(word)


def test_the_program_of_the_other_protocol_is_refused() -> None:
    with pytest.raises(UsageError, match="a daemon"):
        store_urls.parse("ssh://host?remote-program=/bin/nix-store")
