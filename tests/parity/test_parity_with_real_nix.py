"""Random programs with real Nix: all evaluate to the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from lixeval.parity.own import OwnNix
from lixeval.parity.real_nix import RealNix
from lixeval.parity.trials import try_programs
from tests.support import real_nix


@pytest.fixture
def nix(tmp_path: Path) -> RealNix:
    """Real Nix with a store that is as empty as ours: what is valid there changes what a derivation may depend on."""
    real_nix.command("nix-instantiate")
    real = RealNix([*real_nix.prefix(), "env", f"NIX_REMOTE={tmp_path}/nix"])
    version = real.about().version
    if not version.startswith("2.26."):
        pytest.skip(f"lixeval is compared with Nix 2.26, and this is {version}")
    return real


@pytest.mark.parametrize("size", [15, 40, 90])
def test_random_programs(size: int, nix: RealNix, tmp_path: Path) -> None:
    own = OwnNix(nix.about(), store=str(tmp_path / "store"))
    folder = tmp_path / "programs"
    folder.mkdir()
    try:
        found = list(try_programs(100, 2026, folder, nix, own, size=size))
    finally:
        own.close()
    assert [(one.comparison.subject.label, one.comparison.differences) for one in found] == []
