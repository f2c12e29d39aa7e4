"""nix.conf, NIX_CONFIG and options: which files count, in which order, what is wrong, what is only warned of.

What is expected of each configuration is what `nix config show` (2.26.3) says with the same files and variables.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lixeval.environment.configuration import configured
from lixeval.errors import UsageError


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """An environment whose configuration lies in three folders."""
    for name in ("system", "home/nix", "other/nix"):
        (tmp_path / name).mkdir(parents=True)
    return {
        "NIX_CONF_DIR": str(tmp_path / "system"),
        "XDG_CONFIG_HOME": str(tmp_path / "home"),
        "XDG_CONFIG_DIRS": str(tmp_path / "other"),
    }


def test_later_files_override_earlier(variables: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "system/nix.conf").write_text("cores = 1\ntimeout = 1\nmax-silent-time = 1\ntarball-ttl = 1\n")
    (tmp_path / "other/nix/nix.conf").write_text("timeout = 2\nmax-silent-time = 2\ntarball-ttl = 2\n")
    (tmp_path / "home/nix/nix.conf").write_text("max-silent-time = 3\ntarball-ttl = 3\n")
    variables["NIX_CONFIG"] = "tarball-ttl = 4"
    found = configured(variables)
    assert [found[name] for name in ("cores", "timeout", "max-silent-time", "tarball-ttl")] == [1, 2, 3, 4]
    variables["NIX_USER_CONF_FILES"] = f"{tmp_path}/other/nix/nix.conf:{tmp_path}/home/nix/nix.conf"
    assert configured(variables)["max-silent-time"] == 2
    variables["NIX_CONFIG_HOME"] = str(tmp_path / "other/nix")
    del variables["NIX_USER_CONF_FILES"], variables["XDG_CONFIG_DIRS"]
    assert configured(variables)["max-silent-time"] == 2


def test_lists_are_set_or_added_to(variables: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "system/nix.conf").write_text("substituters = a  b # c\nextra-substituters = d\n")
    variables["NIX_CONFIG"] = "extra-substituters = e\nextra-trusted-public-keys = k"
    found = configured(variables)
    assert found["substituters"] == ("a", "b", "d", "e")
    assert found["trusted-public-keys"][1:] == ("k",)
    found.set("extra-substituters", "f", commanded=True)
    assert found.shown("substituters") == "a b d e f"


def test_includes(variables: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "system/nix.conf").write_text("include more.conf\n!include nothing.conf\ntimeout = 7\n")
    (tmp_path / "system/more.conf").write_text("timeout = 8\ncores = 8\n!include more.conf.d\n")
    found = configured(variables)
    assert (found["timeout"], found["cores"]) == (7, 8)
    (tmp_path / "system/more.conf").write_text("include more.conf\n")
    with pytest.raises(UsageError, match="includes itself"):
        configured(variables)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cores", "syntax error in configuration line 'cores' in 'NIX_CONFIG'"),
        ("cores 3", "syntax error in configuration line 'cores 3' in 'NIX_CONFIG'"),
        ("include", "syntax error in configuration line 'include' in 'NIX_CONFIG'"),
        ("include /nope", "file '/nope' included from 'NIX_CONFIG' not found"),
        ("cores = x", "setting 'cores' has invalid value 'x'"),
        ("pure-eval = maybe", "Boolean setting 'pure-eval' has invalid value 'maybe'"),
        ("sandbox = banana", "option 'sandbox' has invalid value 'banana'"),
        ("max-jobs = many", "configuration setting 'max-jobs' should be 'auto' or an integer"),
    ],
)
def test_what_is_wrong_is_told_in_nix_words(text: str, told: str, variables: dict[str, str]) -> None:
    with pytest.raises(UsageError) as raised:
        configured({**variables, "NIX_CONFIG": text})
    assert raised.value.message.startswith(told)


def test_unknown_names_are_warned_of(variables: dict[str, str]) -> None:
    text = "foo = 1\nextra-foo = 2\nextra-cores = 1\nexperimental-features = nope flakes nope"
    assert configured({**variables, "NIX_CONFIG": text}).warnings() == [
        "warning: unknown setting 'extra-cores'",
        "warning: unknown setting 'extra-foo'",
        "warning: unknown setting 'foo'",
        "warning: unknown experimental feature 'nope'",
    ]


def test_the_search_path(variables: dict[str, str]) -> None:
    variables["NIX_CONFIG"] = "nix-path = a=/a b=/b"
    assert configured(variables)["nix-path"] == ("a=/a", "b=/b")
    variables["NIX_PATH"] = "c=/c d:e=https://x/y:z"
    found = configured(variables)
    assert found["nix-path"] == ("c=/c d", "e=https://x/y", "z")
    found.set("nix-path", "f=/f", commanded=True)
    assert found["nix-path"] == ("f=/f",)


@pytest.mark.parametrize(
    ("text", "sandbox"),
    [
        ("", "auto"),
        ("sandbox = true", "auto"),
        ("sandbox = relaxed", "relaxed"),
        ("sandbox = false", "off"),
        ("sandbox = true\nsandbox-fallback = false", "required"),
        ("build-use-sandbox = 0", "off"),
    ],
)
def test_the_sandbox_of_a_file(text: str, sandbox: str, variables: dict[str, str]) -> None:
    assert configured({**variables, "NIX_CONFIG": text}).sandbox == sandbox


def _lixeval(variables: dict[str, str], tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **variables,
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
        "LIXEVAL_STORE": str(tmp_path / "store"),
    }
    command = [sys.executable, "-m", "lixeval", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False)


@pytest.mark.parametrize(
    ("text", "words", "out", "err"),
    [
        ("system = foo", ["-E", "builtins.currentSystem"], '"foo"\n', ""),
        ("system = foo", ["-E", "builtins.currentSystem", "--eval-system", "bar"], '"bar"\n', ""),
        ("pure-eval = true", ["-E", "builtins ? currentSystem"], "false\n", ""),
        ("pure-eval = true", ["-E", "builtins ? currentSystem", "--impure"], "true\n", ""),
        ("nix-path = a=/b", ["--strict", "-E", "builtins.nixPath"], '[ { path = "/b"; prefix = "a"; } ]\n', ""),
        (
            "nix-path = a=/b",
            ["--strict", "-E", "map (x: x.path) builtins.nixPath", "-I", "c=/d", "--extra-nix-path", "e=/f"],
            '[ "/d" "/b" "/f" ]\n',
            "",
        ),
        ("foo = 1", ["-E", "1"], "1\n", "warning: unknown setting 'foo'\n"),
        ("", ["-E", "1", "--option", "foo", "bar"], "1\n", "warning: unknown setting 'foo'\n"),
        ("trace-verbose = true", ["-E", 'builtins.traceVerbose "x" 1'], "1\n", "trace: x\n"),
    ],
)
def test_what_a_run_makes_of_it(
    text: str, words: list[str], out: str, err: str, variables: dict[str, str], tmp_path: Path
) -> None:
    variables["NIX_CONFIG"] = text
    for _ in range(2):  # and the same when it is recalled
        result = _lixeval(variables, tmp_path, "--eval", *words)
        assert (result.stdout, result.stderr) == (out, err)


def test_a_changed_file_is_seen(variables: dict[str, str], tmp_path: Path) -> None:
    words = ("--eval", "-E", "builtins.currentSystem")
    for system in ("one", "two"):
        (tmp_path / "system/nix.conf").write_text(f"include {system}.conf\n")
        (tmp_path / f"system/{system}.conf").write_text(f"system = {system}\n")
        assert _lixeval(variables, tmp_path, *words).stdout == f'"{system}"\n'
    (tmp_path / "system/two.conf").write_text("system = three\n")
    assert _lixeval(variables, tmp_path, *words).stdout == '"three"\n'


def test_restricted_evaluation_may_fetch_what_is_allowed(variables: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("hello")
    variables["NIX_CONFIG"] = "restrict-eval = true"
    words = ("--eval", "-E", f'builtins.fetchurl "file://{tmp_path}/file"')
    assert "forbidden in restricted mode" in _lixeval(variables, tmp_path, *words).stderr
    for allowed in (f"file://{tmp_path}", f"file://{tmp_path}/file", "file:", f"x y file://{tmp_path}/"):
        assert _lixeval(variables, tmp_path, *words, "--allowed-uris", allowed).returncode == 0
    for other in (f"file://{tmp_path}/fil", f"file://{tmp_path}x", "http:", f"file://{str(tmp_path)[:-1]}"):
        assert _lixeval(variables, tmp_path, *words, "--allowed-uris", other).returncode == 1


def test_show_trace_of_a_file(variables: dict[str, str], tmp_path: Path) -> None:
    text = 'let f = n: if n == 0 then throw "x" else 1 + f (n - 1); in f 12'
    short = _lixeval(variables, tmp_path, "--eval", "-E", text).stderr
    variables["NIX_CONFIG"] = "show-trace = true"
    assert len(_lixeval(variables, tmp_path, "--eval", "-E", text).stderr) > len(short)
    assert _lixeval(variables, tmp_path, "--eval", "-E", text, "--no-show-trace").stderr == short
