"""`lixeval develop` and `print-dev-env`: the environment is real Nix's (`record.py`), and a build goes step by step."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lixeval.build.shell_environment import read
from lixeval.errors import BuildError

if TYPE_CHECKING:
    from .conftest import Ran

HERE = Path(__file__).parent
RECORDED = json.loads((HERE / "environments.json").read_text())
SHOWN = ["--option", "sandbox-paths", "/bin /usr /lib /lib64? /etc/alternatives?"]
OF_THE_SANDBOX = re.compile(r"^(?:BASH|LINENO|SHELL|NIX_ATTRS_\w+_FILE)='.*'\n", re.MULTILINE)


@pytest.fixture
def developed(ran: Ran, tmp_path: Path) -> Ran:
    """The derivations, where the machine has a /bin/bash for them."""
    if not Path("/bin/bash").exists():
        pytest.skip("no /bin/bash, which builds them")
    shutil.copy(HERE / "developed.nix", tmp_path)
    shutil.copytree(HERE / "stdenv", tmp_path / "stdenv")
    return ran


def without_the_machine(text: str) -> str:
    text = re.sub(r"/nix/store/[0-9a-z]{32}-", "STORE-", text)
    return re.sub(r"_64-\w+-linux-gnu", "", OF_THE_SANDBOX.sub("", text))


@pytest.mark.parametrize("attribute", RECORDED)
def test_the_script_is_nixs(developed: Ran, tmp_path: Path, attribute: str) -> None:
    done = developed("print-dev-env", f"developed.nix#{attribute}", *SHOWN)
    assert done.returncode == 0, done.stderr
    script = done.stdout.replace(str(tmp_path), "HERE")
    assert without_the_machine(script) == without_the_machine(RECORDED[attribute]["script"])


@pytest.mark.parametrize("attribute", RECORDED)
def test_as_json(developed: Ran, attribute: str) -> None:
    done = developed("print-dev-env", "--json", f"developed.nix#{attribute}", *SHOWN)
    mine, nixs = json.loads(done.stdout), RECORDED[attribute]["json"]
    folders = r"TE?MP(DIR)?|NIX_BUILD_TOP|NIX_ATTRS_\w+_FILE|BASH|SHELL|LINENO|MACHTYPE|HOSTTYPE|system|NIX_BUILD_CORES"
    for told in (mine, nixs):
        for name in [name for name in told["variables"] if re.fullmatch(folders, name)]:
            del told["variables"][name]
    assert json.loads(without_the_machine(json.dumps(mine))) == json.loads(without_the_machine(json.dumps(nixs)))


def test_a_command_sees_the_environment_and_the_shell_hook_has_run(developed: Ran, tmp_path: Path) -> None:
    words = ["-c", "sh", "-c", "echo $A $IN_NIX_SHELL $dev"]
    done = developed("develop", "developed.nix#plain", *SHOWN, *words)
    assert done.stdout.splitlines() == ["hook plain", f"it's impure {tmp_path}/outputs/dev"]


def test_without_a_terminal_bash_reads_what_it_is_given(developed: Ran) -> None:
    done = developed("develop", "developed.nix#plain", *SHOWN, given="hello $greeting; exit 5")
    assert (done.returncode, done.stdout.splitlines()[1:]) == (5, ["hi hello", "text"]), done.stderr


def test_structured_attributes_are_in_files(developed: Ran, tmp_path: Path) -> None:
    given = '. "$NIX_ATTRS_SH_FILE"; echo "${outputs[dev]} ${list[1]}"; cat "$NIX_ATTRS_JSON_FILE"'
    first, second = developed("develop", "developed.nix#structured", *SHOWN, given=given).stdout.splitlines()
    assert first == f"{tmp_path}/outputs/dev two"
    assert json.loads(second)["outputs"]["out"] == f"{tmp_path}/outputs/out"


def test_only_bash_will_do(developed: Ran) -> None:
    done = developed("develop", "developed.nix#sh")
    assert done.returncode == 1 and "only works on derivations that use 'bash' as their builder" in done.stderr


def test_phases_one_by_one(ran: Ran, tmp_path: Path) -> None:
    """What a phase is in the derivation counts, as in the build, not stdenv's own of that name."""
    (tmp_path / "built.nix").write_text("""(import <nixpkgs> { }).stdenv.mkDerivation {
      name = "built"; src = ./.; buildPhase = "echo text > made"; installPhase = "mkdir -p $out; cp made $out";
    }""")
    for phase in (["--build"], ["--phase", "install"]):
        done = ran("develop", "built.nix", *phase)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "outputs/out/made").read_text() == "text\n"
    assert "cannot use both" in ran("develop", "built.nix", "--build", "-c", "true").stderr
    assert "one phase" in ran("develop", "built.nix", "--build", "--check").stderr


def test_nothing_is_left_in_the_temporary_folder(developed: Ran, tmp_path: Path) -> None:
    (tmp_path / "temporary").mkdir()
    variables = {"TMPDIR": str(tmp_path / "temporary")}
    developed("develop", "developed.nix#plain", *SHOWN, "-c", "true", variables=variables)
    assert [path.name for path in (tmp_path / "temporary").glob("lixeval*")] == []


def test_devshells_come_first(developed: Ran, tmp_path: Path) -> None:
    (tmp_path / "flake.nix").write_text("""{
      outputs = { self }: let system = builtins.currentSystem; it = import ./developed.nix; in {
        devShells.${system}.default = it.plain;
        packages.${system}.default = it.sh;
      };
    }""")
    assert developed("develop", "--impure", *SHOWN, "-c", "true").stdout == "hook plain\n"


@pytest.mark.parametrize("text", ["", "var", "var\0a\0", "var\0a\0x\0b\0", "var\0a\0-1\0", "function\0f\0001\0x\0"])
def test_records_that_are_none(text: str) -> None:
    with pytest.raises(BuildError, match="did not say which environment"):
        read(text)
