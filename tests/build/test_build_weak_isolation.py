"""Builds where nothing can be mounted: in a changed root, and in the machine's own /nix/store.  Both need root here."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import lixeval
from lixeval.build import preparation
from lixeval.build.sandbox.isolation import Isolation, trial, wants_build_user, why_not
from lixeval.build.users import FIRST_UID
from lixeval.errors import BuildError, BuildTimeout, NotDeterministic
from lixeval.store.verify import verify

if TYPE_CHECKING:
    from tests.support.workshop import Workshop


def is_static(program: str) -> bool:
    """Whether an ELF file names no interpreter (no program header of type PT_INTERP, 3)."""
    with open(program, "rb") as file:
        header = file.read(64)
        if header[:5] != b"\x7fELF\x02":
            return False
        offset, size, count = (*struct.unpack_from("<Q", header, 32), *struct.unpack_from("<HH", header, 54))[0:3]
        file.seek(offset)
        headers = file.read(size * count)
    return all(struct.unpack_from("<I", headers, index * size)[0] != 3 for index in range(count))


@pytest.fixture
def rooted(make_workshop: Callable[[], Workshop], monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A workshop whose builders are in a chroot with one static shell."""
    if (reason := why_not(Isolation.CHROOT)) is not None:
        pytest.skip(f"chroot: {reason}")
    if not wants_build_user():
        pytest.skip("chroot: the build users' numbers are not mapped here")
    shell = shutil.which("busybox")
    if shell is None or not is_static(shell):
        pytest.skip("there is no statically linked busybox on PATH")
    monkeypatch.setattr(preparation, "choose", lambda setting, *, diverted: Isolation.CHROOT)
    workshop = make_workshop()
    applets = ("sh", "cat", "ls", "id", "sleep", "mkdir", "readlink", "grep", "wc", "ln")
    shown = {f"/bin/{name}": shell for name in applets}
    workshop.settings = dataclasses.replace(workshop.settings, sandbox_paths=shown)
    return workshop


def test_chroot(rooted: Workshop) -> None:
    first = rooted.derivation("first", "mkdir $out; echo text > $out/file", environment={"PATH": "/bin"})
    script = f"cat {rooted.out(first)}/file > $out; id -u >> $out; ls / >> $out; pwd >> $out; echo > /dev/null"
    second = rooted.derivation("second", script, inputs={first: ("out",)}, environment={"PATH": "/bin"})
    rooted.build(second)
    text, uid, *seen, directory = rooted.read(second).splitlines()
    assert (text, int(uid) >= FIRST_UID) == ("text", True)
    assert seen == ["bin", "dev", "etc", "nix", "tmp"]
    assert directory.startswith("/tmp/nix-build-second.drv-")
    assert os.stat(rooted.store.real(rooted.out(second))).st_uid == 0
    assert verify(rooted.store, check_contents=True) == []
    assert rooted.leftovers() == []
    assert os.listdir(f"{rooted.store.root}/tmp") == []


@pytest.fixture
def answered(rooted: Workshop) -> Workshop:
    """The same, where what builders ask of /proc can be answered."""
    if (reason := trial(Isolation.CHROOT).no_proc) is not None:
        pytest.skip(f"chroot without /proc: {reason}")
    return rooted


def test_chroot_has_a_proc(answered: Workshop) -> None:
    """Files of /proc and /dev/fd, by every call that names a file: open, stat, lstat, access, readlink, readdir."""
    script = """
      cat /dev/fd/3 3<<END >> $out
      three
      END
      echo four | cat - /dev/fd/5 5</dev/null >> $out
      echo five | cat /dev/stdin >> $out
      echo six > /dev/stdout; echo seven > /dev/stderr
      readlink /proc/$$/exe >> $out
      readlink /dev/fd >> $out
      read name < /proc/$$/comm; echo $name >> $out
      test -e /dev/fd/0 -a -r /proc/cpuinfo -a -L /proc/self/exe -a -s /proc/self/exe && echo told >> $out
      ls -l /proc/self/fd/0 | grep -c null >> $out
      ls /proc/self/task/ | wc -l >> $out
      exec 9>> $out; echo nine >> /dev/fd/9
    """.replace("\n      ", "\n")
    asked = answered.derivation("asked", script, environment={"PATH": "/bin"})
    answered.build(asked)
    text = answered.read(asked).splitlines()
    assert text == ["three", "four", "five", "/bin/sh", "/proc/self/fd", "sh", "told", "1", "1", "nine"]
    assert answered.leftovers() == []
    assert os.listdir(f"{answered.store.root}/tmp") == []


def test_nothing_of_the_machine_is_above_proc(answered: Workshop) -> None:
    """What leads up from /proc, or round it, ends in the builder's root; the watcher's own files are nobody's."""
    secret = Path(tempfile.mkdtemp(dir="/tmp"), "secret")
    secret.write_text("secret")
    os.chmod(secret.parent, 0o755)
    script = f"""
      up=../../../../../../../..{secret}
      ln -s {secret} link
      cat /proc/$up /proc/self/$up /proc/self/root/$up /proc/self/cwd/$up /proc/self/root/$PWD/link
      exec 3</proc; cat /dev/fd/3/$up; ls /proc/self/fd/3/../.. ; cat /proc/self/fd/3/1/root/{secret}
      exec 4</proc/self/fd; cat /dev/fd/4/$up
      for process in /proc/[0-9]*; do
        cat $process/root/{secret} $process/cwd/$up $process/environ
        for file in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22; do cat $process/fd/$file/$up; done
      done
      cat /proc/$PPID/root/{secret} /proc/$PPID/task/$PPID/root/{secret} /proc/$PPID/maps
      echo done > $out
    """.replace("\n      ", "\n")
    tries = answered.derivation("tries", f"exec 2>&1\n{script}", environment={"PATH": "/bin"})
    try:
        answered.build(tries)
    finally:
        shutil.rmtree(secret.parent)
    log = "\n".join(answered.recorder.lines)
    assert answered.read(tries) == "done\n"
    assert "No such file" in log and "secret" not in log.replace(str(secret), "")


def test_chroot_cannot_change_the_store(rooted: Workshop) -> None:
    first = rooted.derivation("first", "mkdir $out; echo good > $out/file", environment={"PATH": "/bin"})
    path = rooted.out(first)
    script = f"echo bad > {path}/file; echo x > {path}/new; echo done > $out"
    second = rooted.derivation("second", script, inputs={first: ("out",)}, environment={"PATH": "/bin"})
    rooted.build(second)
    assert Path(rooted.store.real(path), "file").read_text() == "good\n"
    assert os.listdir(rooted.store.real(path)) == ["file"]


def test_chroot_failures(rooted: Workshop) -> None:
    fails = rooted.derivation("fails", "echo half > $out; exit 2", environment={"PATH": "/bin"})
    with pytest.raises(BuildError, match="failed with exit code 2"):
        rooted.build(fails)
    daemon = "sh -c 'sleep 611.5 & exec sleep 611.5 >/dev/null 2>&1' & sleep 611.5"
    slow = rooted.derivation("slow", daemon, environment={"PATH": "/bin"})
    with pytest.raises(BuildTimeout):
        rooted.build(slow, timeout=0.4)
    assert rooted.leftovers() == []
    deadline = time.monotonic() + 5
    while b"611.5" in b"".join(command_lines()):
        assert time.monotonic() < deadline


def command_lines() -> list[bytes]:
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                found.append(Path(f"/proc/{entry}/cmdline").read_bytes())
            except OSError:
                continue
    return found


def test_chroot_check_builds_under_another_name(rooted: Workshop) -> None:
    same = rooted.derivation("same", "echo $out > $out", environment={"PATH": "/bin"})
    rooted.build(same)
    assert rooted.build(same, check=True).built == (same,)
    other = rooted.derivation("other", "cat /proc/uptime /dev/null; echo $$ $out > $out", environment={"PATH": "/bin"})
    rooted.build(other)
    with pytest.raises(NotDeterministic):
        for _ in range(3):
            rooted.build(other, check=True)
    assert rooted.leftovers() == []
    assert verify(rooted.store, check_contents=True) == []


# A store of its own in the place of the machine's: in a mount namespace that only this process sees.
OWN_NIX = """
import json, os, sys, tempfile
from lixeval.build import preparation
from lixeval.system import syscalls
from lixeval.build.sandbox.isolation import Isolation
from lixeval.store.local import LocalStore
from lixeval.build.realise import BuildObserver, BuildSettings, Wanted, realise
from lixeval.store.verify import verify
from lixeval.formats.derivation import Derivation, Output, complete

directory, build_directory = sys.argv[1:]
syscalls.unshare(syscalls.CLONE_NEWNS)
syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
syscalls.mount(directory, "/nix", flags=syscalls.MS_BIND)

class Messages(BuildObserver):
    said = []
    def isolated(self, how):
        self.said.append(how)

store = LocalStore(None)

def derivation(name, script, inputs={}):
    variables = {"name": name, "out": "", "PATH": "/usr/bin:/bin"}
    drv = Derivation({"out": Output("")}, inputs, (), "x86_64-linux", "/bin/sh", ("-c", script), variables)
    return store.add_completed(complete(name, drv, store.modulo_hash))

settings = BuildSettings(sandbox="off", build_directory=build_directory, system="x86_64-linux")
first = derivation("first", "mkdir $out; echo text > $out/file")
path = store.query_deriver_outputs(first)["out"]
second = derivation("second", f"cat {path}/file > $out; id -u >> $out; pwd >> $out; echo $out >> $out",
                    {first: ("out",)})
results = realise(store, [Wanted(second)], settings, Messages())
out = results.outputs[second]["out"]
realise(store, [Wanted(second)], BuildSettings(sandbox="off", build_directory=build_directory, check=True))
valid = {os.path.basename(path) for path in store.all_paths()} | {".links"}
print(json.dumps({
    "text": open(out).read(), "out": out, "references": store.references(out), "verify": verify(store, True),
    "said": Messages.said, "stray": [name for name in os.listdir("/nix/store") if name not in valid],
    "builds": os.listdir(build_directory),
}))
"""


def test_no_sandbox_in_the_machines_own_store(tmp_path: Path) -> None:
    if os.geteuid() != 0 or why_not(Isolation.MOUNTS) is not None or not os.path.isdir("/nix"):
        pytest.skip("needs root, the right to mount, and a directory /nix to mount on")
    if os.uname().machine != "x86_64":
        pytest.skip("the derivations of this test are for x86_64-linux")
    source = str(Path(lixeval.__file__).parent.parent)
    tmp_path.chmod(0o755)
    # Not below pytest's directory, which is ours alone: the build user has to get in.
    with tempfile.TemporaryDirectory() as builds:
        os.chmod(builds, 0o755)
        answer = subprocess.run(
            [sys.executable, "-c", OWN_NIX, str(tmp_path), builds],
            env={**os.environ, "PYTHONPATH": source},
            stdout=subprocess.PIPE,
            check=True,
        )
    got = json.loads(answer.stdout)
    text, uid, directory, own = got["text"].splitlines()
    assert text == "text"
    assert int(uid) >= FIRST_UID if wants_build_user() else int(uid) == 0
    assert "/nix-build-second.drv-" in directory
    assert own == got["out"]
    assert got["references"] == [got["out"]]
    assert got["said"] == [f"builders run in: {Isolation.NONE.value}"]
    assert (got["verify"], got["stray"], got["builds"]) == ([], [], [])
