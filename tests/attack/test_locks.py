"""Lock files and registries of strangers' flakes lead nowhere, and break nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lixeval.environment.settings import Settings
from lixeval.errors import LixevalError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.runtime.thunks import force
from lixeval.store.local import LocalStore
from lixeval.system.removing import remove_tree
from lixeval.system.transport import Patience
from tests.attack.lock_attempts import ATTEMPTS, FLAKES, REGISTRIES, TEMPLATES, Attempt, Template

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


@pytest.mark.parametrize(("url", "must"), [row[1:] for row in FLAKES], ids=[row[0] for row in FLAKES])
def test_flakes(url: str, must: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever a flake is called by, its tree is all that is read of it, and no password is told."""
    for name in "flake", "other":
        (tmp_path / name).mkdir()
        (tmp_path / name / "flake.nix").write_text("{ outputs = _: { }; }")
    for name, target in {"device": "/dev/zero", "loop": "flake.nix"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "flake.nix").symlink_to(target)
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe/flake.nix")
    for name in "flake", "other", "device", "loop", "pipe":
        url = url.replace(name.upper(), str(tmp_path / name))
    settings = Settings(
        "x86_64-linux",
        experimental=frozenset(("flakes", "fetch-tree")),
        cache_directory=str(tmp_path / "cache"),
        flake_registry="",
        patience=Patience(attempts=1),
    )
    store = LocalStore(str(tmp_path / "store"))
    with pytest.raises(LixevalError, match=must) as refused:
        force(Evaluator(settings, store).text(f'(builtins.getFlake "{url}").outPath', str(tmp_path)))
    assert "secret" not in str(refused.value)
    assert "secret" not in capsys.readouterr().err
    store.close()
    remove_tree(store.root)


@pytest.mark.parametrize("target", ["../victim", "VICTIM", "../nothing", ".git/hooks/x", "sub"])
def test_a_lock_file_is_written_through_no_link(target: str, tmp_path: Path) -> None:
    """A repository that was unpacked has a link that git does not know of, in the place of flake.lock."""
    flake, victim = tmp_path / "flake", tmp_path / "victim"
    (tmp_path / "dep").mkdir()
    flake.mkdir()
    victim.write_text("as it was")
    (tmp_path / "dep/flake.nix").write_text(OUTPUTS)
    (flake / "flake.nix").write_text(
        f'{{ inputs.a.url = "path:{tmp_path}/dep"; outputs = {{ a, ... }}: {{ y = 1; }}; }}'
    )
    for words in ["init", "-q"], ["add", "flake.nix"]:
        subprocess.run(["git", "-C", str(flake), *words], check=True)
    (flake / "flake.lock").symlink_to(target.replace("VICTIM", str(victim)))
    done = evaluated(["eval", f"{flake}#y"], tmp_path)
    assert done.returncode == 1 and "is a symbolic link" in done.stderr, done.stderr
    assert victim.read_text() == "as it was"
    assert not os.path.lexists(tmp_path / "nothing") and not os.path.lexists(flake / ".git/hooks/x")


def test_a_lock_file_is_written_below_no_link(tmp_path: Path) -> None:
    """The folder of the flake in its repository leads to another folder of the user's."""
    flake, other = tmp_path / "flake", tmp_path / "other"
    flake.mkdir()
    other.mkdir()
    (other / "flake.nix").write_text('{ inputs.a.url = "path:/dep"; outputs = _: { y = 1; }; }')
    (flake / "sub").symlink_to(other)
    done = evaluated(
        ["eval", "--impure", "--override-input", "a", f"path:{flake}", f"path:{flake}?dir=sub#y"], tmp_path
    )
    assert done.returncode == 1, done.stderr
    assert sorted(os.listdir(other)) == ["flake.nix"]
