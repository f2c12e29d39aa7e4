"""Builds as root of a plain container: no mounts, no namespaces, few capabilities, as Docker has it by default."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from lixeval.build.sandbox.isolation import Isolation, wants_build_user, why_not

CONFINED = """
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
kept = set(map(int, sys.argv.pop(1).split(",")))
for number in range(41):
    if number not in kept:
        libc.prctl(24, number, 0, 0, 0)
def step(code, value, on=0, off=0):
    return struct.pack("=HBBI", code, on, off, value)
program = step(0x20, 0)
for number in (165, 166, 155, 272, 308, 428, 429, 430, 431, 432, 433, 442):  # mounts, unshare, setns
    program += step(0x15, number, 0, 1) + step(6, 0x00050001)
program += step(0x15, 435, 0, 1) + step(6, 0x00050026)  # clone3, whose flags a filter cannot see
program += step(0x15, 56, 0, 4) + step(0x20, 16) + step(0x54, 0x7E020000) + step(0x15, 0, 1, 0) + step(6, 0x00050001)
program += step(6, 0x7FFF0000)
held = ctypes.create_string_buffer(program, len(program))
class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_void_p)]
if libc.syscall(317, 1, 0, ctypes.byref(Filter(len(program) // 8, ctypes.addressof(held)))) < 0:
    sys.exit("no filter")
mask = sum(1 << number for number in kept)
if libc.capset(struct.pack("=Ii", 0x20080522, 0), struct.pack("=IIIIII", mask, mask, mask, 0, 0, 0)) < 0:
    sys.exit("no capset")
os.execv(sys.argv[1], sys.argv[1:])
"""
DOCKER = "0,1,3,4,5,6,7,8,10,13,18,27,29,31"
"""capabilities(7): those that Docker leaves."""
WITHOUT_DEVICES = DOCKER.replace(",27", "")
"""Without that to make devices, which root of a user namespace never has."""
IMAGE = """
with import <nixpkgs> { };
dockerTools.buildLayeredImage {
  name = "owned";
  tag = "1";
  contents = [ ];
  extraCommands = "cat <(echo one) <(echo two) > lines";
  fakeRootCommands = ''
    mkdir home
    chown 7:8 home
    mknod null c 1 3 2> /dev/null
    cat <(stat -c %u:%g home) > home/owner
    test "$(id -u)" = 0
    readlink /proc/self/exe > exe
  '';
}
"""


def _confined(folder: Path, capabilities: str, image: str, archive: Path) -> subprocess.CompletedProcess[str]:
    """Builds an image as root of a plain container would."""
    if (reason := why_not(Isolation.CHROOT)) is not None:
        pytest.skip(f"chroot: {reason}")
    if not wants_build_user():
        pytest.skip("chroot: the build users' numbers are not mapped here")
    command = [sys.executable, "-m", "lixeval", "-E", image, "--to", f"docker-archive:{archive}"]
    environment = {**os.environ, "LIXEVAL_STORE": str(folder / "store"), "XDG_CACHE_HOME": str(folder / "cache")}
    confined = [sys.executable, "-c", CONFINED, capabilities, *command]
    ran = subprocess.run(confined, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    if ran.stderr.startswith(("no filter", "no capset")):
        pytest.skip("this process may not confine another")
    return ran


@pytest.mark.parametrize("capabilities", [DOCKER, WITHOUT_DEVICES], ids=["docker", "without-devices"])
@pytest.mark.skipif(platform.machine() != "x86_64", reason="the filter has the numbers of x86_64's calls")
def test_commands_of_root_where_nothing_can_be_mounted(tmp_path: Path, capabilities: str) -> None:
    archive = tmp_path / "image.tar"
    ran = _confined(tmp_path, capabilities, IMAGE, archive)
    assert ran.returncode == 0, ran.stderr
    assert "builders run in: chroot into the store's root" in ran.stderr
    found: dict[str, tarfile.TarInfo] = {}
    texts = {}
    with tarfile.open(archive) as image:
        for name in [name for name in image.getnames() if name.endswith(".tar")]:
            layer = image.extractfile(name)
            assert layer is not None
            with tarfile.open(fileobj=layer) as files:
                for member in files:
                    found[member.name.strip("/")] = member
                    if member.isreg() and not member.name.strip("/").startswith("nix"):
                        text = files.extractfile(member)
                        assert text is not None
                        texts[member.name.strip("/")] = text.read().decode()
    assert (found["home"].uid, found["home"].gid) == (7, 8)
    assert (found["null"].ischr(), found["null"].devmajor, found["null"].devminor) == (True, 1, 3)
    assert texts["lines"] == "one\ntwo\n" and texts["home/owner"] == "7:8\n"
    assert texts["exe"].endswith("/bin/readlink\n")


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the filter has the numbers of x86_64's calls")
def test_what_needs_mounts_says_so(tmp_path: Path) -> None:
    image = 'with import <nixpkgs> { }; dockerTools.buildImage { name = "r"; runAsRoot = "mkdir /data"; }'
    ran = _confined(tmp_path, DOCKER, image, tmp_path / "image.tar")
    assert ran.returncode == 100
    assert "(runAsRoot, enableFakechroot) cannot be run in this sandbox" in ran.stderr
