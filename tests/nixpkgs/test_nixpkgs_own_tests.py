"""What nixpkgs tests its lib with, run by lixeval: texts that print what fails, scripts that call nix-instantiate.

Of each checkout that a variable names: those of `test_nixpkgs_checkouts`, and LIXEVAL_NIXPKGS_LIB, a folder in which
lib/ is a newer one.  Real Nix 2.26.3 passes all of them too.

Left out are lib/fileset/tests.sh, which compares whole messages, lib/path/tests/prop.sh, which needs gawk and jq, and
what fetches an older nixpkgs or builds.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.nixpkgs.test_nixpkgs_checkouts import folder_of

CHECKOUTS = ("lib", "core", "2014", "2018")

TEXTS = ("lib/tests.nix", "lib/tests/misc.nix", "lib/tests/systems.nix", "lib/tests/fetchers.nix")
UNIT = "lib/path/tests/unit.nix"
PASSED = {**dict.fromkeys(TEXTS, ("[ ]",)), UNIT: ("null", '"Unit tests successful"')}
"""What a text prints if nothing in it has failed: newer ones null."""

SCRIPTS = ("modules", "filesystem", "network", "debug", "sources")
STAND_IN = f"""#!/bin/sh
exec {sys.executable} -m lixeval "$@"
"""


@pytest.fixture
def world(tmp_path: Path) -> dict[str, str]:
    """An environment in which nix-instantiate is lixeval, with a store and a cache of its own."""
    stand_in = tmp_path / "bin" / "nix-instantiate"
    stand_in.parent.mkdir()
    stand_in.write_text(STAND_IN)
    stand_in.chmod(0o755)
    own = {"LIXEVAL_STORE": str(tmp_path / "store"), "XDG_CACHE_HOME": str(tmp_path / "cache"), "NO_COLOR": "1"}
    return {**os.environ, **own, "PATH": f"{stand_in.parent}:{os.environ['PATH']}"}


def of_checkout(checkout: str, name: str) -> Path:
    file = Path(folder_of(checkout)) / name
    if not file.exists():
        pytest.skip(f"this checkout has no {name}")
    return file


@pytest.mark.parametrize("checkout", CHECKOUTS)
@pytest.mark.parametrize("name", PASSED)
def test_a_text_of_cases_has_none_that_fails(checkout: str, name: str, world: dict[str, str]) -> None:
    file = of_checkout(checkout, name)
    words = ("--arg", "libpath", f"{folder_of(checkout)}/lib") if name == UNIT else ()
    command = ["nix-instantiate", "--eval", "--strict", str(file), *words]
    done = subprocess.run(command, env=world, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stdout.strip() in PASSED[name], done.stdout + done.stderr


@pytest.mark.parametrize("checkout", CHECKOUTS)
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_passes(checkout: str, name: str, world: dict[str, str]) -> None:
    script = of_checkout(checkout, f"lib/tests/{name}.sh")
    command = ["bash", str(script)]
    if name == "sources":  # it looks into /nix/store
        if shutil.which("bwrap") is None or not Path("/nix").is_dir():
            pytest.skip("showing the store at /nix takes bubblewrap, and a folder /nix")
        shown = Path(world["LIXEVAL_STORE"]) / "nix"
        shown.mkdir(parents=True)
        command = ["bwrap", "--dev-bind", "/", "/", "--bind", str(shown), "/nix", *command]
    environment = {**world, "NIX_PATH": f"nixpkgs={folder_of(checkout)}"}
    done = subprocess.run(command, cwd=script.parent, env=environment, capture_output=True, text=True, check=False)
    told = done.stdout + done.stderr
    assert done.returncode == 0, told
    assert "0 Fail" in told if name == "modules" else "tests ok" in told
