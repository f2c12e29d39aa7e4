"""Flakes as words of the command: which words are one, where attributes are looked up, what is built, what is wrong."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from lixeval.cli import main
from lixeval.cli.words import is_flake
from lixeval.fetchers.flake_words import split_outputs
from lixeval.system.directories import EMBEDDED
from lixeval.system.machines import current_system

FLAKE = """{
  description = "for trials";
  nixConfig.cores = 3;
  outputs = { self }: let
    made = name: derivation {
      inherit name; outputs = [ "out" "dev" ]; system = "SYSTEM"; builder = "/bin/sh"; args = [ "-c" "exit 1" ];
    };
  in {
    packages.SYSTEM = { default = made "usual"; hello = made "hello"; };
    legacyPackages.SYSTEM.old.tool = made "tool";
    packages.SYSTEM.bare = derivation { name = "bare"; system = "SYSTEM"; builder = "x"; };
    defaultPackage.SYSTEM = made "unused";
    hello = "of the outputs";
    plain.value = 1 + 1;
    "with.dot" = 3;
    here = builtins ? currentSystem;
    reading = builtins.readFile ./not-tracked;
  };
}
"""


class Ran:
    """What a command line printed, said and ended with."""

    def __init__(self, *words: str) -> None:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            self.code = main(list(words))
        self.out, self.err = out.getvalue(), err.getvalue()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A flake in a folder, which is the current one."""
    for variable in ("LIXEVAL_STORE", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    found = tmp_path / "flake"
    found.mkdir()
    (found / "flake.nix").write_text(FLAKE.replace("SYSTEM", current_system()))
    monkeypatch.chdir(found)
    return found


def name_of(*words: str) -> str:
    """The name of the derivation that is instantiated."""
    ran = Ran("--instantiate", *words)
    assert ran.code == 0, ran.err
    return "\n".join(line.partition("-")[2] for line in ran.out.splitlines())


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (".", "usual.drv"),
        (".#", "usual.drv"),
        (".#hello", "hello.drv"),
        ("#hello", "hello.drv"),
        (".#old.tool", "tool.drv"),
        (".#bare^*", "bare.drv"),
        (".#.packages.SYSTEM.hello", "hello.drv"),
        (".#packages.SYSTEM.hello", "hello.drv"),
        (".#defaultPackage.SYSTEM", "unused.drv"),
        ("path:.#hello", "hello.drv"),
        ("path:FOLDER#hello", "hello.drv"),
        ("FOLDER#hello", "hello.drv"),
        ("FOLDER", "usual.drv"),
        ("flake.nix#hello", "hello.drv"),
        (".#hello^dev", "hello.drv!dev"),
        (".#hello^out,dev", "hello.drv\nhello.drv!dev"),
        (".#hello^*", "hello.drv!dev\nhello.drv"),
        (".^dev", "usual.drv!dev"),
    ],
)
def test_attributes_are_looked_up_as_nix_does(word: str, expected: str, folder: Path) -> None:
    assert name_of(word.replace("SYSTEM", current_system()).replace("FOLDER", str(folder))) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("eval", ".#plain.value"), "2\n"),
        (("eval", '.#"with.dot"'), "3\n"),
        (("eval", ".#plain", "--json"), '{"value":2}\n'),
        (("eval", ".#.hello"), '"of the outputs"\n'),
        (("eval", ".#plain", "--apply", "p: p.value + 1"), "3\n"),
        (("--eval", ".#plain.value"), "2\n"),
        (("--eval", ".", "-A", "plain.value"), "2\n"),
        (("--eval", ".#here"), "false\n"),
        (("--eval", ".#here", "--impure"), "true\n"),
    ],
)
def test_values(words: tuple[str, ...], expected: str, folder: Path) -> None:
    assert Ran(*words).out == expected


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((".#helo",), "does not provide attribute 'packages.SYSTEM.helo', 'legacyPackages.SYSTEM.helo' or 'helo'"),
        ((".#helo",), "did you mean one of hello or here?"),
        ((".#.nosuch.thing",), "does not provide attribute 'nosuch.thing'"),
        ((".#hello^man",), "does not have output 'man'"),
        ((".#plain.value^man",), "is no derivation"),
        ((".#hello", "--arg", "x", "1"), "'--arg' and '--argstr' are incompatible with flakes"),
        ((".#hello", "-E", "1"), "which is evaluated purely, and '1' is none"),
        (("nosuch#hello", "--flake-registry", ""), "cannot find flake 'flake:nosuch' in the flake registries"),
        (("path:/nosuch#hello",), "path '/nosuch' does not exist"),
        (("--eval", ".#plain"), "ignoring untrusted flake configuration setting 'cores'"),
        (("--eval", ".#plain", "-v"), "flakes need no experimental feature in lixeval"),
    ],
)
def test_what_is_said(words: tuple[str, ...], told: str, folder: Path) -> None:
    ran = Ran(*words)
    assert told.replace("SYSTEM", current_system()) in ran.err
    assert ran.code == (0 if "--eval" in words else 1)


def test_settings_of_a_flake_are_taken_with_consent(folder: Path) -> None:
    assert "untrusted" not in Ran("--eval", ".#plain", "--accept-flake-config").err


def test_a_flake_without_outputs(folder: Path) -> None:
    (folder / "flake.nix").write_text('{ description = "none"; }')
    assert f"flake 'path:{folder}' lacks attribute 'outputs'" in Ran(".").err


def test_a_folder_with_a_default_nix_is_a_file(folder: Path) -> None:
    (folder / "default.nix").write_text('"of the file"')
    assert Ran("--eval", ".").out == '"of the file"\n'
    assert name_of("path:.") == "usual.drv"


def test_a_flake_in_a_repository_and_above(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("git") is None:
        pytest.skip("there is no git")
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    assert "git -C" in Ran(".").err  # not tracked yet
    (folder / "sub/deeper").mkdir(parents=True)
    subprocess.run(["git", "add", "flake.nix"], cwd=folder, check=True)
    monkeypatch.chdir(folder / "sub/deeper")
    ran = Ran("--eval", ".#plain.value")
    assert ran.out == "2\n"
    assert f"path '{folder}/sub/deeper' does not contain a 'flake.nix', searching up" in ran.err
    assert f"warning: Git tree '{folder}' is dirty" in ran.err
    (folder / "sub/flake.nix").write_text("{ outputs = { self }: { plain.value = 5; }; }")
    subprocess.run(["git", "add", "--all"], cwd=folder, check=True)
    assert Ran("eval", ".#plain.value").out == "5\n"
    assert json.loads(Ran("flake", "metadata", "--json").out)["original"]["dir"] == "sub"


def test_a_lock_file_is_committed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("git") is None:
        pytest.skip("there is no git")
    for one in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{one}_NAME", "a")
        monkeypatch.setenv(f"GIT_{one}_EMAIL", "a@b.c")
    (folder / "data").mkdir()
    (folder / "flake.nix").write_text(
        '{ inputs.data = { url = "path:./data"; flake = false; }; outputs = { self, data }: { }; }'
    )
    (folder / "data/file").write_text("x")
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run(["git", "add", "--all"], check=True)
    subprocess.run(["git", "commit", "-qm", "one"], check=True)
    ran = Ran("flake", "lock", "--commit-lock-file")
    assert "warning: committed new revision '" in ran.err
    log = subprocess.run(["git", "log", "-1", "--format=%B"], check=True, capture_output=True, text=True).stdout
    assert log.startswith("flake.lock: Add\n\nFlake lock file updates:\n\n• Added input 'data':\n    'path:./data'")
    assert subprocess.run(["git", "status", "--porcelain"], check=True, capture_output=True).stdout == b""


def test_a_bare_repository_gets_no_lock_file(folder: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("there is no git")
    (folder / "data").mkdir()
    inputs = f'inputs.data = {{ url = "path:{folder}/data"; flake = false; }};'
    (folder / "flake.nix").write_text(f"{{ {inputs} outputs = {{ self, data }}: {{ v = 1; }}; }}")
    committing = ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "one"]
    for words in (["init", "-q"], ["add", "--all"], committing, ["clone", "-q", "--bare", ".", "b.git"]):
        subprocess.run(["git", *words], check=True)
    refused = Ran("eval", f"git+file://{folder}/b.git#v")
    assert "cannot write modified lock file of flake" in refused.err and not (folder / "b.git/flake.lock").exists()
    assert Ran("eval", f"git+file://{folder}/b.git#v", "--no-write-lock-file").out == "1\n"


def test_an_override_that_names_no_input(folder: Path) -> None:
    assert "--override-input names no input" in Ran("flake", "lock", "--override-input", "", "path:/x").err


def test_a_damaged_lock_file_is_told_by_its_own_name(folder: Path) -> None:
    (folder / "flake.lock").write_text("{")
    assert f"lock file '{folder}/flake.lock' is broken" in Ran(".").err


def test_a_lock_file_that_names_what_cannot_be_had(folder: Path) -> None:
    """The input is named with what is wrong with it, and the lock file stays as it is."""
    gone = '{ inputs.data = { url = "URL"; flake = false; }; outputs = { self, data }: { plain = "${data}"; }; }'
    url = "tarball+http://127.0.0.1:1/data.tar.gz"
    (folder / "flake.nix").write_text(gone.replace("URL", url))
    locked = {"type": "tarball", "url": url.removeprefix("tarball+"), "narHash": f"sha256-{'A' * 43}="}
    original = {"type": "tarball", "url": locked["url"]}
    nodes = {"data": {"flake": False, "locked": locked, "original": original}, "root": {"inputs": {"data": "data"}}}
    text = json.dumps({"nodes": nodes, "root": "root", "version": 7})
    (folder / "flake.lock").write_text(text)
    ran = Ran("eval", ".#plain", "--option", "download-attempts", "1")
    assert ran.code == 1 and "http://127.0.0.1:1/data.tar.gz" in ran.err
    assert (folder / "flake.lock").read_text() == text


def test_an_image_of_a_flake(folder: Path) -> None:
    (folder / "flake.nix").write_text(
        f"""{{
          inputs.set = {{ url = "path:{EMBEDDED}"; flake = false; }};
          outputs = {{ self, set }}: let pkgs = import set {{ system = "{current_system()}"; }}; in {{
            packages.{current_system()}.image = (import "${{set}}/nix2container.nix" {{ inherit pkgs; }}).buildImage {{
              name = "web"; tag = "v1"; config.Cmd = [ "/bin/web" ];
            }};
          }};
        }}"""
    )
    ran = Ran(".#image", "--to", f"oci:{folder}/layout:v1")
    assert ran.code == 0, ran.err
    assert (folder / "layout/index.json").exists()


def test_which_words_are_flakes(folder: Path) -> None:
    (folder / "file.nix").write_text("1")
    flakes = (".", ".#a", "nixpkgs#hello", "nixpkgs/main#a.b", "github:a/b?dir=c#d", "git+https://a/b", "flake:a")
    files = ("file.nix", "file.nix#a", "nosuch.nix#a", "-", "<nixpkgs>", "https://a/b.tar.gz", "channel:a", "nixpkgs")
    assert [word for word in (*flakes, *files) if is_flake(word)] == list(flakes)
    assert [
        word for word in ("docker://a/b:c", "oci:layout:v1", "dir:a", "/nix/store/x.drv^out") if is_flake(word)
    ] == []


def test_outputs_behind_a_word() -> None:
    assert split_outputs(".#a^out,dev") == (".#a", ("out", "dev"))
    assert split_outputs(".#a^*") == (".#a", ("*",))
    assert split_outputs(".#a") == (".#a", ())


def test_a_flake_instead_of_one_in_the_registries(folder: Path) -> None:
    for given in (".", f"path:{folder}"):
        assert Ran("eval", "--override-flake", "elsewhere", given, "elsewhere#plain.value").out == "2\n"
    assert Ran("eval", "--override-flake", "elsewhere").code == 1


def test_a_store_of_evaluation_is_none_of_its_own(folder: Path) -> None:
    assert Ran("eval", "--eval-store", "auto", "-E", "1").out == "1\n"
    refused = Ran("eval", "--eval-store", "dummy://", "-E", "1")
    assert refused.code == 1 and "--store names the store" in refused.err


@pytest.mark.parametrize("outputs", ["", " out", "out,", ",out", "*,out", "o!t", "out dev", "1out"])
def test_what_names_no_outputs(folder: Path, outputs: str) -> None:
    ran = Ran("--eval", f".#default^{outputs}")
    assert ran.code == 1
    assert ran.err.startswith(f"error: invalid extended outputs specifier '.#default^{outputs}'")
