"""Lock files and registries of strangers' flakes lead nowhere, and break nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attack.lock_attempts import ATTEMPTS, REGISTRIES, TEMPLATES, Attempt, Template

OUTPUTS = "{ outputs = _: { secret = builtins.readDir ./.; }; }"


def evaluated(words: list[str], folder: Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    own = {name: str(folder / name) for name in ("LIXEVAL_STORE", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    command = [sys.executable, "-m", "lixeval", *words]
    environment = {**os.environ, **own, "HOME": str(folder)}
    return subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)


def judged(attempt: Attempt, done: subprocess.CompletedProcess[str]) -> None:
    assert "Traceback" not in done.stderr and "bug of lixeval" not in done.stderr, done.stderr
    assert "\x1b" not in done.stderr and "\x07" not in done.stderr
    if attempt.must is None:
        assert (done.returncode, done.stdout) == (0, '{"flake.nix":"regular"}\n'), done.stderr
    else:
        assert done.returncode == 1 and attempt.must in done.stderr, done.stderr


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_lock_files(attempt: Attempt, tmp_path: Path) -> None:
    flake = tmp_path / "flake"
    (flake / "dep").mkdir(parents=True)
    (flake / "dep/flake.nix").write_text(OUTPUTS)
    (flake / "flake.nix").write_text('{ inputs.a.url = "path:./dep"; outputs = { a, ... }: { y = a.secret; }; }')
    (flake / "flake.lock").write_text(attempt.text)
    judged(attempt, evaluated(["eval", "--json", f"path:{flake}#y"], tmp_path))


@pytest.mark.parametrize("attempt", REGISTRIES, ids=lambda attempt: attempt.name)
def test_registries(attempt: Attempt, tmp_path: Path) -> None:
    registry = tmp_path / "registry.json"
    registry.write_text(attempt.text)
    judged(attempt, evaluated(["eval", "x#y", "--option", "flake-registry", str(registry)], tmp_path))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_templates(template: Template, tmp_path: Path) -> None:
    """Nothing of the user's is copied into his project, and nothing comes into it that git would obey."""
    home, flake, project = (tmp_path / name for name in ("home", "flake", "project"))
    (home / "below").mkdir(parents=True)
    for secret in home / "secret", home / "below/secret":
        secret.write_text("secret")
    folders = {"plain": "file", "repository": ".git/config", "mac": ".G\u200cit/config", "windows": "git~1/config"}
    for name, file in {**folders, "within": "deep/.GIT/hooks/post-checkout"}.items():
        (flake / name / file).parent.mkdir(parents=True)
        (flake / name / file).write_text("x")
    (flake / "linked").symlink_to(home)
    value = template.value.replace("HOME", str(home))
    (flake / "flake.nix").write_text(f"{{ outputs = _: {{ templates.default = {value}; }}; }}")
    project.mkdir()
    done = evaluated(["flake", "init", "-t", f"path:{flake}"], tmp_path, cwd=project)
    assert "Traceback" not in done.stderr and "bug of lixeval" not in done.stderr
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f]", done.stderr)
    assert (done.returncode, template.must or "wrote:") == (int(template.must is not None), template.must or "wrote:")
    assert (template.must or "wrote:") in done.stderr
    assert {path.name for path in project.rglob("*")} <= {"file", "deep"}
