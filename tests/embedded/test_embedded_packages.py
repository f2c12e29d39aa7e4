"""The embedded package set makes the same derivations by lixeval and by real Nix.

LIXEVAL_TEST_NIX is a command to put before Nix's own; without it nix-instantiate on PATH is the real Nix.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from lixeval.environment.settings import Settings
from lixeval.errors import LixevalError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.host.this_host import this_host
from lixeval.store.local import LocalStore
from lixeval.system.directories import EMBEDDED
from lixeval.system.machines import current_system
from tests.support import real_nix

HERE = Path(__file__).resolve().parent / "packages"
PACKAGES = f"import {EMBEDDED} {{ }}"
DERIVATIONS = f"import {HERE}/derivations.nix {{ pkgs = {PACKAGES}; }}"


class Lixeval:
    """Evaluates expressions to strings; answers about the host are left in `host`."""

    def __init__(self, directory: Path) -> None:
        self.host = directory / "host"
        self.evaluator = Evaluator(
            Settings(system=current_system()),
            LocalStore(str(directory / "store")),
            cache_directory=str(directory / "code"),
            host_directory=str(self.host),
        )

    def __call__(self, expression: str) -> str:
        value = self.evaluator.text(expression, "/")
        return getattr(value, "text", None) or str(value)

    def json(self, expression: str) -> object:
        return json.loads(self(f"builtins.toJSON ({expression})"))


@pytest.fixture(scope="module")
def lixeval(tmp_path_factory: pytest.TempPathFactory) -> Lixeval:
    answers = this_host(None)
    for attribute in ("bash", "coreutils"):
        if "missing" in answers.describe(f"attributes/{attribute}"):
            pytest.skip(f"this machine has no {attribute}")
    return Lixeval(tmp_path_factory.mktemp("embedded-packages"))


def names() -> list[str]:
    """The attributes of derivations.nix, without evaluating it: those that are indented by four."""
    return sorted(re.findall(r"^    ([a-zA-Z0-9]+) =", (HERE / "derivations.nix").read_text(), re.M))


@pytest.mark.parametrize("name", names())
def test_it_instantiates(lixeval: Lixeval, name: str) -> None:
    try:
        drv_path = lixeval(f"({DERIVATIONS}).{name}.drvPath")
    except LixevalError as error:
        if "is taken from the host" in error.message or "stdenv has no compiler" in error.message:
            pytest.skip(error.message)
        raise
    assert drv_path.startswith("/nix/store/")
    assert drv_path.endswith(".drv")


def test_real_nix_makes_the_same(lixeval: Lixeval, tmp_path: Path) -> None:
    nix = real_nix.command("nix-instantiate")
    expression = f"""builtins.mapAttrs (_: drv:
        let tried = builtins.tryEval drv.drvPath; in if tried.success then tried.value else "not on this host"
    ) ({DERIVATIONS})"""
    ours = lixeval.json(expression)
    environment = {**os.environ, "LIXEVAL_HOST_DIRECTORY": str(lixeval.host), "NIX_REMOTE": ""}
    command = [*nix, "--eval", "--strict", "--json", "--expr", expression]
    if not real_nix.prefix():
        command += ["--store", str(tmp_path / "nix")]
    real = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if "cannot" in real.stderr and "store" in real.stderr:
        pytest.skip(f"real Nix cannot open a store here: {real.stderr.strip()}")
    assert real.returncode == 0, real.stderr
    assert json.loads(real.stdout) == ours


def test_the_set_s_own_attributes(lixeval: Lixeval) -> None:
    value = lixeval.json(
        f"""let pkgs = {PACKAGES}; in {{
            same = pkgs.bash.drvPath == pkgs.bashInteractive.drvPath;
            outputs = map (name: pkgs.bash.${{name}}.outPath == pkgs.bash.outPath) [ "out" "bin" "dev" "lib" "man" ];
            mainProgram = pkgs.lib.getExe pkgs.bash == "${{pkgs.bash}}/bin/bash";
            system = [ pkgs.system pkgs.stdenv.hostPlatform.system pkgs.bash.system ];
            linux = pkgs.stdenv.isLinux && pkgs.stdenv.hostPlatform.isLinux;
            build = pkgs.buildPackages.bash.drvPath == pkgs.pkgsBuildHost.bash.drvPath;
            path = import pkgs.path {{ }} ? bash;
            host = pkgs.hostPackages ? doesNotExist;
            lib = pkgs.lib.id 1;
            version = pkgs.lib.getVersion pkgs.bash != "";
            goArchitecture = builtins.isString pkgs.go.GOARCH;
            scope = (pkgs.newScope {{ extra = 1; }} ({{ extra, bash }}: {{ sum = extra + 1; }}) {{ }}).sum;
            several = builtins.attrNames (pkgs.callPackages ({{ bash }}: {{ one = bash; two = bash; }}) {{ }});
            priority = (pkgs.lib.hiPrio pkgs.bash).meta.priority;
            said = (pkgs.bash.overrideAttrs (old: {{ meta = old.meta // {{ extra = old.pname; }}; }})).meta.extra;
        }}"""
    )
    assert value == {
        "same": True,
        "outputs": [True] * 5,
        "mainProgram": True,
        "system": [current_system()] * 3,
        "linux": True,
        "build": True,
        "path": True,
        "host": False,
        "lib": 1,
        "version": True,
        "goArchitecture": True,
        "scope": 2,
        "several": ["one", "two"],
        "priority": -10,
        "said": "bash",
    }


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("pkgs.stdenvNoCC.cc", "has no compiler"),
        ("pkgs.bash.overrideAttrs { src = 1; }", "taken from the host as it is"),
        ("pkgs.stdenv.mkDerivation { }", "give the derivation a name"),
        ('pkgs.stdenv.mkDerivation { name = "x"; meta.license.free = false; }', "unfree licence"),
        ('pkgs.stdenv.mkDerivation { name = "x"; meta.broken = true; }', "marked as broken"),
        ('pkgs.stdenv.mkDerivation { name = "x"; env.A = [ ]; }', "no text: A"),
        ('pkgs.stdenv.mkDerivation { name = "x"; A = 1; env.A = "2"; }', "both in env and beside it"),
        ('pkgs.fetchurl { url = "http://x/y"; exectuable = true; }', "unexpected argument 'exectuable'"),
        ('pkgs.fetchurl { url = "http://x/y"; hash = "a"; sha256 = "b"; }', "hash and sha256 are given"),
        ('pkgs.fetchurl { url = "mirror://nosuch/y"; }', "the site 'nosuch' is not known"),
        ('pkgs.buildEnv { name = "x"; paths = [ ]; pathToLink = [ ]; }', "unexpected argument 'pathToLink'"),
        ('pkgs.fetchgit { url = "x"; rev = "a"; tag = "b"; }', "either a rev or a tag"),
        ('pkgs.symlinkJoin { name = "x"; paths = [ ]; stripPrefix = "bin"; }', "must be an absolute path"),
        ('pkgs.writeTextFile { name = "x"; text = ""; destination = "bin"; }', "must be an absolute path"),
    ],
)
def test_errors_say_what_to_do(lixeval: Lixeval, expression: str, message: str) -> None:
    with pytest.raises(LixevalError) as caught:
        lixeval(f"let pkgs = {PACKAGES}; in ({expression}).drvPath")
    assert message in caught.value.message


def test_unfree_and_broken_can_be_permitted(lixeval: Lixeval) -> None:
    drv_path = lixeval(
        f"""let pkgs = import {EMBEDDED} {{ config = {{ allowUnfree = true; allowBroken = true; }}; }};
        in (pkgs.stdenv.mkDerivation {{ name = "x"; meta.license.free = false; meta.broken = true; }}).drvPath"""
    )
    assert drv_path.endswith("-x.drv")


def test_a_package_that_the_host_lacks_says_how_to_get_it(lixeval: Lixeval, tmp_path: Path) -> None:
    (tmp_path / "attributes").mkdir()
    (tmp_path / "index.json").write_text(json.dumps({"manager": "dpkg", "system": current_system(), "packages": []}))
    (tmp_path / "attributes/git.json").write_text(json.dumps({"missing": "no git; to get it: apt-get install git"}))
    # without lixeval's own builtin, as real Nix evaluates it
    builtins = '{ builtins = removeAttrs builtins [ "__hostPackage" ]; }'
    ask = f'builtins.scopedImport {builtins} {EMBEDDED}/answers.nix {{ hostDirectory = "{tmp_path}"; }}'
    expression = f"""(import {EMBEDDED}/host.nix {{
        lib = import {EMBEDDED}/lib; system = "{current_system()}"; hostDirectory = null; ask = {ask}; }}).attributes"""
    with pytest.raises(LixevalError, match="apt-get install git"):
        lixeval(f"({expression}).git.name")
    with pytest.raises(LixevalError, match="evaluate the expression once with lixeval"):
        lixeval(f"({expression}).bash.name")
