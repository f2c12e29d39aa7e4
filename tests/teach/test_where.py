"""`lixeval where`: options with their definitions, attributes through //, overrides and overlays, contexts, inputs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lixeval.cli import run

MODULES = {
    "web.nix": """{ lib, ... }:
{ options.services.web.port = lib.mkOption {
    type = lib.types.port; default = 80;
  };
  options.services.web.hosts = lib.mkOption { type = lib.types.listOf lib.types.str; default = [ ]; };
  options.users = lib.mkOption { type = lib.types.attrsOf (lib.types.submodule { options.uid = lib.mkOption { }; }); };
}
""",
    "tls.nix": """{ config, lib, ... }:
{
  services.web.hosts = lib.mkBefore [ "a" ];
  services.web.port = lib.mkForce 8443;
}
""",
    "site.nix": """{ lib, ... }: {
  imports = [ ./tls.nix ];
  config = lib.mkMerge [
    {
      services.web.port = 8080;
    }
    (lib.mkIf false { services.web.port = 1; })
    { services.web = lib.mkIf true { hosts = [ "b" ]; port = lib.mkDefault 7; }; }
    { users.anna.uid = 3; }
  ];
}
""",
    "nixos.nix": "{ lib ? import <nixpkgs/lib> }: lib.evalModules { modules = [ ./web.nix ./site.nix ]; }",
}

PACKAGES = {
    "default.nix": """{ lib ? import <nixpkgs/lib> }:
let
  base = self: {
    inherit lib;
    callPackage = lib.callPackageWith self;
    bash = derivation { name = "bash"; system = "s"; builder = "b"; };
    stdenv.mkDerivation = make;
  };
  make = args: derivation ({ system = "s"; builder = "b"; } // args) // args // {
    overrideAttrs = f: make (args // f args);
  };
  overlays = import ./overlay.nix;
in { pkgs = lib.fix (lib.foldl' (f: o: lib.extends o f) base overlays); }
""",
    "overlay.nix": """[
  (final: prev: { hello = final.callPackage ./hello.nix { greeting = "hallo"; }; })

  (final: prev: {
    hello = prev.hello.overrideAttrs (old: {
      version = "2.13";
    });
  })
]
""",
    "hello.nix": """{ lib, stdenv, bash, greeting ? "hi", shout ? false }:
stdenv.mkDerivation {
  name = "hello";
  version = "2.12";
  inherit greeting;
  buildInputs = [ bash ];
}
""",
}


def libraries() -> list[object]:
    """lib of the embedded set, and nixpkgs' own where there is one."""
    other = os.environ.get("LIXEVAL_NIXPKGS_LIB", "")
    reason = "LIXEVAL_NIXPKGS_LIB names no copy of nixpkgs' lib"
    return [
        pytest.param([], id="embedded"),
        pytest.param(
            ["--arg", "lib", f"import {other}/lib"], id="nixpkgs", marks=pytest.mark.skipif(not other, reason=reason)
        ),
    ]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    for name, text in (MODULES | PACKAGES).items():
        (folder / name).write_text(text)
    monkeypatch.chdir(folder)
    return folder


def lines(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert run(["where", *words]) == 0
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("lib", libraries())
def test_an_option_with_its_definitions(files: Path, lib: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, "nixos.nix", "config.services.web.port", *lib) == [
        "8443",
        "8443 tls.nix:4:3 mkForce, priority 50 wins",
        "8080 site.nix:5:7 mkMerge, priority 100",
        "7 site.nix:8:55 mkMerge, mkIf, condition true, mkDefault, priority 1000",
        "80 web.nix:3:28 default of the option, priority 1500",
        "1 site.nix:7:23 mkMerge, mkIf, condition false, left out",
        "declared in web.nix:2:3 as unsignedInt16 (16 bit unsigned integer; between 0",
        "and 65535 (both inclusive))",
        "merged by: one definition of the highest priority",
    ]


@pytest.mark.parametrize("lib", libraries())
def test_an_option_of_which_two_definitions_are_merged(
    files: Path, lib: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = lines(capsys, "nixos.nix", "config.services.web.hosts", *lib)
    assert found[:3] == [
        '[ "a" "b" ]',
        '[ "a" ] tls.nix:3:3 mkBefore, priority 100 wins',
        '[ "b" ] site.nix:8:38 mkMerge, mkIf, condition true, priority 100 wins',
    ]
    assert found[-1] == "merged by: 2 definitions of the highest priority: lists joined in order"


@pytest.mark.parametrize("lib", libraries())
def test_an_option_within_a_submodule(files: Path, lib: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(capsys, "nixos.nix", "config.users.anna.uid", *lib)
    assert "3 site.nix:9:7 mkMerge, priority 100" in found[0] + found[1]


def test_overlays_are_numbered_in_their_own_fixed_point(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those that the package set is made of, and those of other fixed points, are not counted."""
    (files / "all.nix").write_text("""let pkgs = import <nixpkgs> { overlays = [
  (final: prev: { tool.v = 1; })
  (final: prev: { tool.v = prev.tool.v + 1; })
]; };
in { inherit pkgs; own = builtins.seq pkgs.tool.v ((pkgs.lib.makeExtensible (self: { v = 1; })).extend (
  final: prev: { v = 5; }
)); }""")
    assert lines(capsys, "all.nix", "pkgs.tool")[1] == "{ v = 2; } all.nix:3:19 overlay 2 wins"
    assert lines(capsys, "all.nix", "own.v")[1] == "5 all.nix:6:18 overlay 1 wins"


SUBMODULES = """{ lib ? import <nixpkgs/lib> }:
let inherit (lib) mkOption types; in
lib.evalModules { modules = [
  { options.users = mkOption { type = types.attrsOf (types.submodule ({ name, ... }: {
      options.uid = mkOption { type = types.int; default = 1000; };
      options.name = mkOption { type = types.str; default = name; };
      options.groups = mkOption { type = types.listOf types.str; default = [ ]; };
      config.groups = [ "all" ];
    })); };
    options.hosts = mkOption { type = types.listOf (types.submodule { options.port = mkOption { default = 80; }; }); };
    options.times = mkOption { type = types.int; apply = x: x * 10; };
  }
  { users.anna.uid = lib.mkOverride 60 6;
    users.anna.groups = lib.mkIf true [ "w" ];
    hosts = [ { } { port = 81; } ];
    times = 4;
  }
  { users = lib.mkDefault { bob.uid = 7; }; }
  { users.bob = lib.mkForce { uid = 8; }; }
  { users.bob.uid = 9; }
]; }
"""


@pytest.mark.parametrize("lib", libraries())
@pytest.mark.parametrize(
    "path, told",
    [
        (
            "config.users.anna.uid",
            [
                "6",
                "6 default.nix:13:5 mkOverride 60, priority 60 wins",
                "1000 default.nix:5:50 default of the option, priority 1500",
                "declared in default.nix:5:7 as int (signed integer)",
                "merged by: one definition of the highest priority",
            ],
        ),
        ("config.users.anna.name", ['"anna"', '"anna" default.nix:6:51 default of the option, priority 1500']),
        (
            "config.users.anna.groups",
            [
                '[ "all" "w" ]',
                '[ "w" ] default.nix:14:5 mkIf, condition true, priority 100 wins',
                '[ "all" ] default.nix:8:7 priority 100 wins',
            ],
        ),
        (
            "config.users.bob.uid",
            [
                "8",
                "8 default.nix:19:31 mkForce, in its submodule, priority 100 wins",
                "1000 default.nix:5:50 default of the option, priority 1500",
                "9 default.nix:20:5 priority 100, outdone around the submodule",
                "7 default.nix:18:29",
            ],
        ),
        ("config.hosts.1.port", ["81", "81 default.nix:15:21 priority 100 wins"]),
        ("config.hosts.0.port", ["80"]),
        ("config.hosts.1", ["{ port = 81; }"]),
        ("config.times", ["40", "4 default.nix:16:5 priority 100"]),
    ],
)
def test_what_has_set_an_option_of_a_submodule(
    path: str,
    told: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    lib: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "default.nix").write_text(SUBMODULES)
    monkeypatch.chdir(tmp_path)
    assert lines(capsys, "default.nix", path, *lib)[: len(told)] == told


def test_an_option_that_its_apply_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "default.nix").write_text(SUBMODULES)
    monkeypatch.chdir(tmp_path)
    assert lines(capsys, "default.nix", "config.times")[-1] == (
        "merged by: one definition, then changed by the option's own apply"
    )


def test_an_element_and_a_message_of_several_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, "-E", "{ l = [ 1 { q = 2; } ]; }", "l.0")[0] == "1"
    assert run(["where", "-E", "{ l = [ 1 ]; }", "l.1"]) == 1
    assert "out of range" in capsys.readouterr().err
    assert lines(capsys, "-E", '{ a = throw "one\ntwo"; }', "a")[0] == "«fails: one two»"


@pytest.mark.parametrize("lib", libraries())
def test_an_attribute_through_overlays(files: Path, lib: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, "default.nix", "pkgs.hello.version", *lib) == [
        '"2.13"',
        '"2.13" overlay.nix:6:7 overrideAttrs in overlay 2 wins',
        '"2.12" hello.nix:4:3',
    ]


@pytest.mark.parametrize("lib", libraries())
def test_a_package_with_its_arguments_and_inputs(
    files: Path, lib: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = lines(capsys, "default.nix", "pkgs.hello", *lib)
    assert found[0] == '«derivation "hello"»'
    assert found[1] == '«derivation "hello"» overlay.nix:5:5 overlay 2 wins'
    assert found[2] == '«derivation "hello"» overlay.nix:2:19'
    assert found[3:9] == [
        "its arguments:",
        "lib of the package set default.nix:4:13",
        "stdenv of the package set default.nix:7:5",
        "bash of the package set default.nix:6:5",
        "greeting given to callPackage overlay.nix:2:59",
        "shout its default hello.nix:1:39",
    ]
    assert found[-1] == "because of buildInputs hello.nix:6:3"
    assert found[-2].endswith("-bash.drv")


def test_what_is_left_out_is_not_evaluated(capsys: pytest.CaptureFixture[str]) -> None:
    text = """let lib = import <nixpkgs/lib>; in lib.evalModules { modules = [
      { options.a = lib.mkOption { default = 1; }; }
      { a = lib.mkIf false (throw "no"); }
      (lib.mkIf false { a = throw "no"; })
    ]; }"""
    found = lines(capsys, "-E", text, "config.a")
    assert [line for line in found if "left out" in line] == [
        "_ «string»:3:9 mkIf, condition false, left out",
        "_ «string»:4:25 mkIf, condition false, left out",
    ]


def test_a_plain_update(capsys: pytest.CaptureFixture[str]) -> None:
    text = "{ a = 1; } // { a = 2; } // { a = 3; b = [ 1 ]; }"
    assert lines(capsys, "-E", text, "a") == [
        "3",
        "3 «string»:1:31 // wins",
        "2 «string»:1:17",
        "1 «string»:1:3",
    ]
    assert lines(capsys, "-E", text, "b.0") == ["1", "[ 1 ] «string»:1:38"]


def test_where_a_context_is_from(capsys: pytest.CaptureFixture[str]) -> None:
    text = 'let d = derivation { name = "d"; system = "s"; builder = "b"; }; in { s = "x ${d}" + "y"; }'
    found = lines(capsys, "-E", text, "s")
    assert found[-1].startswith("context /nix/store/")
    assert found[-1].endswith('-d.drv from "x ${d}" «string»:1:75')


def test_a_value_that_fails_has_been_set_by_somebody(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, "-E", '{ a = 1; } // { a = throw "no"; }', "a") == [
        "«fails: no»",
        "«fails: no» «string»:1:17 // wins",
        "1 «string»:1:3",
    ]


def test_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["where", "-E", "{ a = 1; }", "a", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["settings"] == [{"value": "1", "means": "", "wins": True, "file": "«string»", "line": 1, "column": 3}]


def test_what_cannot_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["where", "-E", "{ a = 1; }", "b"]) == 1
    assert "attribute 'b' in selection path 'b' not found" in capsys.readouterr().err
    assert run(["where", "-E", "{ a = 1; }"]) == 1
    assert "ATTRPATH" in capsys.readouterr().err
    assert run(["where", "-E", "[ 1 ]", "0"]) == 1
    assert "only attributes" in capsys.readouterr().err
    assert run(["where", "-E", "let a = a; in { inherit a; }", "a"]) == 0
    assert "infinite recursion" in capsys.readouterr().out


MADE = """\
let
  lib = import <nixpkgs/lib>;
  base = { x = 1 + 1; y = { deep = "b" + "c"; }; };
in
{
  mapped = builtins.mapAttrs (n: v: [ n v ]) base;
  updated = lib.recursiveUpdate base { y = { deep = "r" + "s"; }; };
  made = lib.genAttrs [ "p" ] (n: n + "!");
  renamed = lib.mapAttrs' (n: v: lib.nameValuePair ("z" + n) v) base;
  kept = lib.filterAttrs (n: v: n == "x") base;
  zipped = builtins.zipAttrsWith (n: vs: vs) [ base { x = 9 + 9; } ];
  grouped = builtins.groupBy (x: if x > 1 then "big" else "small") [ 1 2 ];
  listed = builtins.listToAttrs [ { name = "k"; value = 1 + 2; } ];
}
"""


@pytest.mark.parametrize(
    ("path", "places"),
    [
        ("mapped.x", ["6:31 mapAttrs", "3:12 given to mapAttrs"]),
        ("updated.x", ["3:12 recursiveUpdate"]),
        ("updated.y.deep", ["7:46 recursiveUpdate", "3:29 "]),
        ("made.p", ["8:32 genAttrs"]),
        ("renamed.zx", ["9:28 mapAttrs'"]),
        ("kept.x", ["3:12 "]),
        ("zipped.x", ["11:35 zipAttrsWith", "3:12 given to zipAttrsWith", "11:55 given to zipAttrsWith"]),
        ("grouped.big", ["12:31 groupBy"]),
        ("listed.k", ["13:49 "]),
    ],
)
def test_sets_that_builtins_make(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], path: str, places: list[str]
) -> None:
    file = tmp_path / "made.nix"
    file.write_text(MADE)
    assert run(["where", os.fspath(file), path, "--json"]) == 0
    settings = json.loads(capsys.readouterr().out)["settings"]
    assert [f"{one['line']}:{one['column']} {one['means']}" for one in settings] == places
    assert {one["file"] for one in settings} == {os.fspath(file)}


READ = """
let
  lib = import <nixpkgs/lib>;
  data = builtins.fromJSON (builtins.readFile ./data.json);
in
{
  inherit (data) a;
  over = data // { x = 1; };
  toml = builtins.fromTOML "k = 3";
  imported = lib.importJSON ./data.json;
  files = builtins.readDir ./.;
  name = builtins.parseDrvName "hello-1.2";
  tried = builtins.tryEval (1 + 1);
  listed = builtins.listToAttrs (builtins.fromJSON \'\'[{"name":"q","value":5}]\'\');
  copied = lib.mapAttrs (name: value: value) data;
}
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("a.b", "4:10   fromJSON"),
        ("over.a.b", "4:10   fromJSON"),
        ("over.x", "8:20"),
        ("toml.k", "9:10   fromTOML"),
        ("imported.a", "10:14   importJSON"),
        ('files."data.json"', "11:11   readDir"),
        ("name.version", "12:10   parseDrvName"),
        ("tried.value", "13:11   tryEval"),
        ("listed.q", "14:12   listToAttrs"),
        ("copied.a", "15:12   mapAttrs   wins"),
    ],
)
def test_what_a_builtin_has_read_is_from_where_it_was_called(
    path: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data.json").write_text('{"a": {"b": 1}}')
    Path("read.nix").write_text(READ)
    assert run(["where", "read.nix", path]) == 0
    first = capsys.readouterr().out.splitlines()[1]
    assert first.endswith(f"read.nix:{place}")


def test_the_default_that_lib_has_set_is_where_the_option_is_declared(capsys: pytest.CaptureFixture[str]) -> None:
    text = """let lib = import <nixpkgs/lib>; in lib.evalModules { modules = [
      { options.on = lib.mkEnableOption "it"; }
    ]; }"""
    assert lines(capsys, "-E", text, "config.on")[1] == "false «string»:2:9 default of the option, priority 1500"


def test_only_what_callpackage_was_given_are_a_packages_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    """writeText's own file takes arguments too; they are none of the text's."""
    found = lines(capsys, "-E", '{ t = (import <nixpkgs> { }).writeText "t" "x"; }', "t")
    assert "its arguments:" not in found


CALLED = """let
  pkgs = import <nixpkgs> { };
  tool = { writeText, name ? "tool", port ? 80 }: writeText name "port=${toString port}";
in
rec {
  a = pkgs.callPackage tool { };
  b = a.override { port = 8080; };
  c = b.overrideAttrs (old: { text = old.text + "!"; });
  d = pkgs.callPackage tool { name = "d"; };
}
"""


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("a", ["name its default c.nix:3:23", "port its default c.nix:3:38"]),
        ("b", ["name its default c.nix:3:23", "port given to override c.nix:7:20"]),
        ("d", ["name given to callPackage c.nix:9:31", "port its default c.nix:3:38"]),
    ],
)
def test_each_argument_of_a_function_of_ones_own_says_where_it_came_from(
    path: str, told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.nix").write_text(CALLED)
    found = lines(capsys, "c.nix", path)
    assert found[2] == "its arguments:" and found[3].startswith("writeText of the package set")
    assert found[4:6] == told


def test_overrideattrs_is_no_overlay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.nix").write_text(CALLED)
    found = lines(capsys, "c.nix", "c.text")
    assert found[1:3] == ['"port=8080!" c.nix:8:31', "overrideAttrs wins"]
