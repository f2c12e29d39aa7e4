"""What `sandbox`, `sandbox-paths` and a derivation's own wish mean, as in real Nix; and the /bin/sh of every build."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from typing import TYPE_CHECKING

import pytest

from lixeval.build.sandbox.isolation import Isolation, SandboxSetting, why_not
from lixeval.build.settings import BuildSettings
from lixeval.errors import BuildRejected
from lixeval.formats.derivation import UNKNOWN, Output
from lixeval.host import shell
from lixeval.store.verify import verify

if TYPE_CHECKING:
    from tests.support.workshop import Workshop

LIST = 'for path in /*; do echo "$path"; done > $out'
HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
"""The sha256 of "hello", whose printf needs no program."""


def as_users_have_it(workshop: Workshop) -> Workshop:
    """With the shell that is shown to the builds of the command, and nothing else of the machine."""
    workshop.settings = BuildSettings(
        sandbox_shell=shell.sandbox_shell, system="x86_64-linux", build_directory=str(workshop.build_directory)
    )
    return workshop


@pytest.mark.parametrize("static", [True, False])
def test_every_build_has_a_shell(workshop: Workshop, monkeypatch: pytest.MonkeyPatch, static: bool) -> None:
    if not static:
        monkeypatch.setattr(shell, "_STATIC", ())
    as_users_have_it(workshop)
    drv_path = workshop.derivation("shell", LIST)
    workshop.build(drv_path)
    seen = workshop.read(drv_path).split()
    assert {"/bin", "/build", "/dev", "/etc", "/nix", "/proc", "/tmp"} <= set(seen)
    assert set(seen) - {"/lib", "/lib64", "/usr"} == {"/bin", "/build", "/dev", "/etc", "/nix", "/proc", "/tmp"}
    assert workshop.store.references(workshop.out(drv_path)) == []


def test_paths_of_the_settings_replace_the_shell_or_leave_it() -> None:
    found = BuildSettings(sandbox_shell=lambda: {"/bin/sh": "/a/shell"}, sandbox_paths={"/etc/x": "/y?"}).shown_paths
    assert found == {"/bin/sh": "/a/shell", "/etc/x": "/y?"}
    for own in ("/bin/sh", "/bin", "/bin/"):
        assert BuildSettings(sandbox_shell=lambda: {"/bin/sh": "/a"}, sandbox_paths={own: "/b"}).shown_paths == {
            own: "/b"
        }


@pytest.mark.parametrize(
    ("setting", "asks", "fixed", "sees_the_machine"),
    [
        ("off", False, False, True),
        ("off", True, False, True),
        ("auto", False, False, False),
        ("auto", True, False, None),
        ("required", True, False, None),
        ("required", False, True, False),
        ("relaxed", False, False, False),
        ("relaxed", True, False, True),
        ("relaxed", False, True, True),
    ],
)
def test_what_sandbox_means(
    workshop: Workshop, setting: SandboxSetting, asks: bool, fixed: bool, sees_the_machine: bool | None
) -> None:
    if why_not(Isolation.MACHINE) is not None:
        pytest.skip(f"machine: {why_not(Isolation.MACHINE)}")
    as_users_have_it(workshop)
    # Not below pytest's directory, which is ours alone: the build user has to get in.
    with tempfile.TemporaryDirectory() as builds:
        os.chmod(builds, 0o755)
        workshop.settings = dataclasses.replace(workshop.settings, build_directory=builds)
        _builds(workshop, setting, asks, fixed, sees_the_machine)
        assert os.listdir(builds) == []


def _builds(
    workshop: Workshop, setting: SandboxSetting, asks: bool, fixed: bool, sees_the_machine: bool | None
) -> None:
    # Not /usr: a /bin/sh that is no static program brings its libraries there.
    script = "if [ -e /usr/share ]; then echo the machine; fi; printf hello > $out"
    drv_path = workshop.derivation(
        "seen",
        script,
        environment={"__noChroot": "1"} if asks else {},
        outputs={"out": Output(UNKNOWN, "sha256", HELLO)} if fixed else None,
    )
    if sees_the_machine is None:
        with pytest.raises(BuildRejected, match="'__noChroot' set, but that's not allowed when 'sandbox' is 'true'"):
            workshop.build(drv_path, sandbox=setting)
        return
    workshop.build(drv_path, sandbox=setting)
    assert workshop.recorder.lines == (["the machine"] if sees_the_machine else [])
    assert workshop.read(drv_path) == "hello"
    assert verify(workshop.store, check_contents=True) == []
    assert workshop.leftovers() == []
    assert os.stat(workshop.store.real(workshop.out(drv_path))).st_uid == os.geteuid()
