"""`lixeval flake show`, `check` and `init`: what real Nix 2.26.3 prints of flakes, recorded.

`flake_outputs.json` has what show prints of the folder `flake_outputs`; `flake_checks.json` outputs of flakes, and the
verdict, warnings and error of `nix flake check --no-build`.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
from pathlib import Path

import pytest

from lixeval.cli import main

HERE = Path(__file__).parent
CHECKS = json.loads((HERE / "flake_checks.json").read_text())
RECORDED = json.loads((HERE / "flake_outputs.json").read_text())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("LIXEVAL_STORE", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    shutil.copytree(HERE / "flake_outputs", tmp_path / "flake")
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    return tmp_path / "flake"


def ran(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["flake", *words])
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("options", RECORDED)
def test_shows_what_nix_shows(options: str, folder: Path) -> None:
    code, out, err = ran("show", f"path:{folder}", "--system", "x86_64-linux", *options.split())
    first, _, rest = out.partition("\n")
    if "--json" not in options:
        assert first.startswith(f"path:{folder}?lastModified=")
        out = rest
    assert (code, out) == (0, RECORDED[options]["out"])
    assert err.splitlines() == RECORDED[options]["warnings"]


def test_the_line_of_the_flake_comes_before_what_is_wrong_with_its_outputs(folder: Path) -> None:
    Path("flake.nix").write_text('{ outputs = { self }: throw "no outputs"; }')
    code, out, err = ran("show", "path:.")
    assert (code, out.startswith("path:"), out.count("\n")) == (1, True, 1)
    assert "error: no outputs" in err


FAILING = {
    "attribute 'b' missing": "{ }.b",
    "undefined variable 'nosuch'": "with { }; nosuch",
    "cannot add a set to an integer": "1 + { }",
    "stack overflow; max-call-depth exceeded": "let f = x: 1 + f x; in f 1",
    "infinite recursion encountered": "let a = a; in a",
    "no": 'throw "no"',
}
"""What fails in each of the ways that compiled code has."""


# The lines are real Nix 2.26.3's.
@pytest.mark.parametrize("message", FAILING)
def test_shows_what_comes_before_and_behind_what_fails(message: str, folder: Path) -> None:
    made = 'derivation { name = "d"; system = "x86_64-linux"; builder = "/bin/sh"; }'
    outputs = f"packages.aarch64-linux.q = {made}; packages.x86_64-linux = {FAILING[message]};"
    Path("flake.nix").write_text(f"{{ outputs = {{ self }}: {{ {outputs} }}; }}")
    code, out, err = ran("show", "--system", "x86_64-linux", "path:.")
    assert (code, out.splitlines()[1:]) == (
        1,
        [
            "└───packages",
            "    ├───aarch64-linux",
            "    │   └───q omitted (use '--all-systems' to show)",
            "    └───x86_64-linux",
        ],
    )
    assert f"error: {message}" in err
    Path("flake.nix").write_text(
        f"{{ outputs = {{ self }}: {{ legacyPackages.x86_64-linux.a = {FAILING[message]}; x.y = 1; }}; }}"
    )
    code, out, _ = ran("show", "--system", "x86_64-linux", "--legacy", "path:.")
    assert (code, out.splitlines()[1:]) == (0, ["├───legacyPackages", "│   └───x86_64-linux", "└───x: unknown"])


def test_goes_on_behind_what_fails(folder: Path) -> None:
    members = " ".join(f"{name} = {text};" for name, text in zip("abcdef", FAILING.values(), strict=True))
    Path("flake.nix").write_text(f"{{ outputs = {{ self }}: {{ packages.x86_64-linux = {{ {members} }}; }}; }}")
    code, _, err = ran("check", "--keep-going", "--no-build", "--system", "x86_64-linux", "path:.")
    assert code == 1
    for name, message in zip("abcdef", FAILING, strict=True):
        assert f"error: {message} (at the flake output 'packages.x86_64-linux.{name}')" in err


# Of real Nix 2.26.3 those that act on a flake heed its settings, before they lock it; those that tell of it do not.
@pytest.mark.parametrize("command", ["metadata", "show", "lock", "check --no-build", "update --flake"])
def test_settings_of_a_flake(command: str, folder: Path) -> None:
    Path("flake.nix").write_text("{ nixConfig.cores = 3; outputs = { self }: { }; }")
    code, _, err = ran(*command.split(), "path:.", "--override-input", "none", "path:.")
    warnings = [line for line in err.splitlines() if line.startswith("warning: ")]
    assert code == 0
    if command in ("metadata", "show"):
        assert "warning: ignoring untrusted flake configuration setting 'cores'." not in warnings
    else:
        assert warnings[0] == "warning: ignoring untrusted flake configuration setting 'cores'."


def test_a_new_flake_from_a_template(folder: Path) -> None:
    new = Path.cwd()
    code, _, err = ran("init", "-t", f"path:{folder}")
    assert code == 0
    assert (new / "src/file").read_text() == "text\n"
    assert (new / "flake.nix").read_text() == (folder / "template/flake.nix").read_text()
    assert f'wrote: "{new}/src/file"' in err and "Welcome." in err
    (new / "src/file").write_text("mine\n")
    code, _, err = ran("init", "-t", f"path:{folder}#default")
    assert code == 1
    assert f"refusing to overwrite existing file '{new}/src/file'" in err
    assert "skipping identical file: " in err and "encountered 1 conflicts - see above" in err
    assert (new / "src/file").read_text() == "mine\n"


def test_a_template_that_is_not_there(folder: Path) -> None:
    code, _, err = ran("init", "-t", f"path:{folder}#nosuch")
    assert code == 1
    assert f"flake 'path:{folder}' does not provide attribute 'templates.nosuch' or 'nosuch'" in err


@pytest.mark.parametrize("name", CHECKS)
def test_checks_as_nix_does(name: str, folder: Path) -> None:
    case = CHECKS[name]
    derivation = 'derivation { name = "d"; system = "x86_64-linux"; builder = "/bin/sh"; }'
    text = f"{{ outputs = {{ self }}: let d = {derivation}; in {{ {case['outputs']} }}; }}"
    Path("flake.nix").write_text(text + "\n")
    code, _, err = ran("check", "--no-build", "--system", "x86_64-linux", "path:.")
    lines = err.splitlines()
    assert [line for line in lines if line.startswith(("warning:", "Use '"))] == case["warnings"]
    told = [line.partition("  [E")[0] for line in lines if line.startswith("error: ")]
    # Nix has the place in the message, and the path in the store.
    known = [re.sub(r"-source/.*", "", line.partition(", at ")[0]) for line in case["error"]]
    assert [re.sub(r"-source/.*", "", line) for line in told] == known or name == "template of nothing"
    assert (code != 0) == case["fails"]


def test_checks_are_built(folder: Path) -> None:
    made = 'derivation { name = "check"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "exit 3" ]; }'
    Path("flake.nix").write_text(f"{{ outputs = {{ self }}: {{ checks.x86_64-linux.unit = {made}; }}; }}")
    assert ran("check", "--no-build", "--system", "x86_64-linux")[0] == 0
    code, _, err = ran("check", "--system", "x86_64-linux")
    assert code != 0 and "exit code 3" in err
