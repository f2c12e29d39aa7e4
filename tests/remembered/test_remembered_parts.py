"""A library that imports the project's files, as modules: what has looked at none that was edited is not evaluated
again, and nothing can be told from evaluating it again.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lixeval.evaluation.remembered import library
from lixeval.evaluation.remembered.heap_reader import KeptHeap
from lixeval.system import background
from tests.remembered.conftest import Run

SEQUENCES = int(os.environ.get("LIXEVAL_EDIT_SEQUENCES", "6"))
"""How many sequences of edits are tried; by hand a thousand."""

LIBRARY = {
    "default.nix": """{ modules, arguments ? { } }: let
      lib = import ./lib.nix;
      collected = builtins.genericClosure {
        startSet = map (m: { key = toString m; module = m; }) (modules ++ [ ./base.nix ]);
        operator = { module, ... }: map (m: { key = toString m; module = m; }) ((called module).imports or [ ]);
      };
      called = module: let value = if builtins.isAttrs module then module else import module; in
        if builtins.isFunction value
        then value (builtins.intersectAttrs (builtins.functionArgs value) given) else value;
      given = { inherit config lib pkgs; } // arguments;
      pkgs = import ./pkgs.nix { flavour = config.flavour; };
      all = map ({ module, ... }: removeAttrs (called module) [ "imports" "options" ]) collected;
      options = builtins.foldl' (a: m: a // (called m.module).options or { }) { } collected;
      config = builtins.mapAttrs (name: option: option.merge name (lib.definitions name all)) options;
      unknown = builtins.filter (name: !(options ? ${name})) (builtins.concatMap builtins.attrNames all);
    in if unknown == [ ] then { inherit config pkgs; system = config.system; count = builtins.length all; }
       else throw "the option '${builtins.head unknown}' does not exist" """,
    "lib.nix": """rec {
      mkIf = condition: content: { _type = "if"; inherit condition content; };
      mkForce = content: { _type = "force"; inherit content; };
      mkMerge = contents: { _type = "merge"; inherit contents; };
      flat = v: if !(builtins.isAttrs v) then [ v ]
        else if v._type or "" == "if" then (if v.condition then flat v.content else [ ])
        else if v._type or "" == "merge" then builtins.concatMap flat v.contents else [ v ];
      definitions = name: all: let
        found = builtins.concatMap (m: if m ? ${name} then flat m.${name} else [ ]) all;
        forced = builtins.filter (v: v._type or "" == "force") found;
      in if forced == [ ] then found else map (v: v.content) forced;
      one = default: { merge = name: found: if found == [ ] then default else if builtins.length found == 1 then
        builtins.head found else throw "'${name}' is defined twice"; };
      lines = { merge = _: builtins.concatStringsSep "\\n"; };
      list = { merge = _: builtins.concatLists; };
      every = { merge = _: builtins.foldl' (a: b: a // b) { }; };
      any = { merge = _: found: found; };
      compose = { merge = _: found: x: builtins.foldl' (value: f: f value) x found; };
    }""",
    "pkgs.nix": """{ flavour }: let
      package = name: arguments:
        derivation ({ inherit name; system = "x86_64-linux"; builder = "/bin/sh"; } // arguments);
    in { inherit package; hello = package "hello" { inherit flavour; }; world = package "world" { v = flavour + "!"; };
         tools = builtins.genList (n: package "tool-${toString n}" { }) 9; }""",
    "overlaid.nix": """{ overlays ? [ ], flavour ? "plain" }: let
      base = import ./pkgs.nix { inherit flavour; };
      fix = f: let x = f x; in x;
    in fix (final: builtins.foldl' (prev: overlay: prev // overlay final prev) base overlays // {
      all = [ final.hello.drvPath or null final.world.drvPath ]; names = builtins.attrNames base;
    })""",
    "checked.nix": """{ modules }: let
      lib = import ./lib.nix;
      closed = builtins.genericClosure {
        startSet = map unified (modules ++ [ ./base.nix ]);
        operator = m: map unified m.imports;
      };
      unified = module: let
        value = if builtins.isAttrs module then module else import module;
        m = if builtins.isFunction value
          then value (builtins.intersectAttrs (builtins.functionArgs value) { inherit config lib pkgs; }) else value;
      in { key = toString module; imports = m.imports or [ ]; options = m.options or { };
           config = removeAttrs m [ "imports" "options" ]; };
      pkgs = import ./pkgs.nix { flavour = config.flavour; };
      definitions = builtins.zipAttrsWith (_: found: found)
        (map (m: builtins.mapAttrs (_: v: { inherit v; }) m.config) closed);
      options = builtins.foldl' (a: m: a // m.options) { } closed;
      values = builtins.mapAttrs (name: option: option.merge name (lib.definitions name
        (map (d: { ${name} = d.v; }) (definitions.${name} or [ ])))) options;
      config = builtins.foldl' (values: name: if options ? ${name} then values
        else throw "the option '${name}' does not exist") values (builtins.attrNames definitions);
    in { inherit config pkgs; system = config.system; count = builtins.length closed; }""",
    "base.nix": """{ config, lib, pkgs }: with config; with pkgs; {
      options = {
        flavour = lib.one "plain"; text = lib.lines; packages = lib.list; files = lib.every; enable = lib.one false;
        hook = lib.compose; names = lib.any; system = lib.one null; check = lib.one (x: x == x); folder = lib.one null;
        port = lib.one 80; service = lib.one null; users = lib.every; extra = lib.any; shown = lib.any;
      };
      packages = [ hello ];
      files = { motd = text; again = text + "!"; port = "${text} at ${toString port}"; };
      service = if enable then "on ${toString port}" else "off";
      users.root = { id = 0; };
      shown = builtins.concatLists [
        (map (x: builtins.tryEval x) config.extra)
        [ (check names) (hook 1) (map (u: u.id or null) (builtins.attrValues users)) ]
        [ (config.names == config.names) (builtins.elem (builtins.head (config.names ++ [ 1 ])) config.names) ]
        (if config.folder == null then [ ] else [
          (builtins.pathExists config.folder) (builtins.attrNames (builtins.readDir config.folder))
          (builtins.readFile (config.folder + "/text"))
        ])
      ];
      system = pkgs.package "system" {
        inherit (config) text service;
        packages = map toString config.packages;
        files = builtins.concatStringsSep " "
          (map (n: "${n}=${toString config.files.${n}}") (builtins.attrNames config.files));
        users = builtins.toJSON config.users;
      };
    }""",
}
"""A little system of modules, in the manner of NixOS."""

MAIN = "(import <library> { modules = [ ./configuration.nix ]; })"

SYSTEM = f"{MAIN}.system.drvPath"
CHECKED = "(import <library/checked.nix> { modules = [ ./configuration.nix ]; })"
"""The same as `MAIN`, but for this: to see that each definition has its option is part of the configuration."""

SHOWN = f"{MAIN}.config.shown"
INLINE = '{ config, lib, pkgs, ... }: { text = "inline"; packages = pkgs.tools; users.inline.id = config.port; }'

OVERLAYS = [
    "final: prev: { hello = prev.world; }",
    'final: prev: { hello = prev.package "hello" { n = NUMBER; inherit (prev.world) v; }; }',
    'final: prev: { other = final.hello.name; hello = prev.hello // { name = "renamed-NUMBER"; }; }',
    'final: prev: builtins.mapAttrs (n: v: if n == "tools" then [ v ] else v) { inherit (prev) tools; }',
    "final: prev: { world = final.missing; }",
    'final: prev: throw "overlay NUMBER"',
    "import ./own-value.nix",
]

ASKED = [
    f"(import <library> {{ modules = [ ({INLINE}) ./configuration.nix ]; }}).system.drvPath",
    f"let n = NUMBER; in (import <library> {{ modules = [ ({INLINE}) {{ port = n; }} ]; }}).config",
    "let p = import <library/overlaid.nix> { overlays = [ (OVERLAY) ]; }; in [ p.hello.name p.hello.drvPath p.all ]",
    "let p = import <library/overlaid.nix> { overlays = [ (OVERLAY) ]; }; in [ (map toString p.tools) p.all ]",
    "(import <library/overlaid.nix> { overlays = [ (OVERLAY) (OVERLAY) ]; }).all",
    'let call = n: import <library/overlaid.nix> { flavour = "f${n}"; }; in map (n: (call n).all) [ "1" "NUMBER" ]',
    '(import <library/overlaid.nix> { flavour = throw "no"; }).names ++ [ NUMBER ]',
    SYSTEM,
    f"{MAIN}.config",
    SHOWN,
    f"let s = {MAIN}; in [ s.count s.system.drvPath s.config.service s.pkgs.world.drvPath ]",
    f"let s = {MAIN}; in [ s.config.files s.config.users (s.config.hook 3) s.config.packages ]",
    "(import <library> { modules = [ ./configuration.nix ./more.nix ]; arguments.own = { n = 3; }; }).system.drvPath",
    f"builtins.tryEval {MAIN}.config.port",
    f"{CHECKED}.system.drvPath",
    f"{CHECKED}.config",
    f"let s = {CHECKED}; in [ s.count s.config.service s.config.shown s.pkgs.world.drvPath ]",
]

LINES = [
    *['text = "a";', 'text = "b";', 'text = lib.mkIf (config.port == 80) "c";', 'text = pkgs.hello.name + "x";'],
    *[
        "packages = [ pkgs.world ];",
        "packages = [ pkgs.world pkgs.hello ] ++ pkgs.tools;",
        "packages = with pkgs; tools;",
    ],
    *["enable = true;", "enable = false;", 'enable = lib.mkIf (config.flavour == "plain") true;'],
    *["port = 1;", "port = 2 + 3;", "port = lib.mkForce 9;", "port = lib.mkMerge [ (lib.mkIf config.enable 7) ];"],
    *['flavour = "sweet";', 'flavour = "sour";', "users.one = { id = 1; };", "users.two = { name = pkgs.hello; };"],
    *["hook = x: x + 1;", "hook = x: x * config.port;", "hook = builtins.add 2;", "hook = { __functor = _: x: x; };"],
    *["names = [ 1 2 ];", "names = (x: x);", "names = [ (x: x) ];", "names = { a = hook1; };", "names = hook1;"],
    *["check = x: true;", "check = x: x == [ ];", "folder = ./data;", "folder = ./other;", "files.a = ./data/text;"],
    *['extra = throw "no";', "extra = 1 + {};", "extra = [ (assert false; 1) ];", "extra = config.missing;"],
    *["extra = builtins.readFile ./data/text;", "extra = builtins.attrNames (builtins.readDir ./data);"],
    *["extra = builtins.pathExists ./other;", 'extra = "${./data}";', "extra = import ./own-value.nix;"],
    *['extra = builtins.trace "said" 1;', "extra = builtins.currentTime > 0;", 'extra = builtins.getEnv "OWN";'],
    *[
        "imports = [ ./more.nix ];",
        "imports = [ ./folder ];",
        "imports = [ ./link.nix ];",
        "imports = [ ./absent.nix ];",
    ],
    *[
        "options.own = lib.one 5;",
        "options.own = lib.list; own = [ 1 ];",
        "unknown = 1;",
        "port = ;",
        "inherit (rest) text;",
    ],
    *[
        "system = lib.mkForce pkgs.hello;",
        "files.b = config.system.name;",
        "text = config.text;",
        "text = config.service;",
    ],
    'files = builtins.mapAttrs (n: v: "${n} of ${toString v}") { x = config.port; y = pkgs.world; };',
    'extra = builtins.unsafeGetAttrPos "port" { port = 1; };',
    "extra = rec { a = config.port; b = [ a a ]; inherit (lib) mkIf; inherit (pkgs) hello; }.b;",
    'extra = let s = { n = 3; text = "w"; }; in with s; [ n text (with { n = 4; }; n) ];',
    'files.script = pkgs.package "script" { text = config.text; src = ./data; };',
    'users = builtins.listToAttrs (map (n: { name = "u${toString n}"; value.id = n; }) [ 1 2 config.port ]);',
]
"""Of which the project's modules are made."""

HEADS = [
    "{ config, lib, pkgs }:",
    "{ config, lib, pkgs, ... }:",
    "{ lib, config, pkgs, own ? { n = 0; } }:",
    "{ config, lib, pkgs } @ args:",
    "# a comment\n\n{ config, lib, pkgs, ... }:",
]


CHANGES = [
    *[("", ""), ("port = lib.one 80", "port = lib.one 81"), ('"plain"', '"simple"'), ("tool-", "t-"), ("9;", "8;")],
    *[
        ('flavour + "!"', "flavour"),
        ("concatLists", "concatMap (x: x)"),
        ('(concatStringsSep "\\n")', '(concatStringsSep " ")'),
    ],
    *[("users.root = { id = 0; };", "users.root = { id = 1; };"), ("_type or", "_type or"), ("a // b", "b // a")],
]
"""Of the library's files."""


class Project:
    """A project whose modules a library imports."""

    def __init__(self, folder: Path, run: Run) -> None:
        self.folder = folder
        self._run = run
        self.happened: list[library.Library] = []
        self.used: list[library.Library] = []
        self.heaps: list[KeptHeap] = []
        for name, text in LIBRARY.items():
            self.write(f"library/{name}", text)
        self.write("project/configuration.nix", '{ config, lib, pkgs }: { text = "a"; }')
        self.write("project/more.nix", "{ config, pkgs, lib }: { }")
        self.write("project/folder/default.nix", "{ pkgs, ... }: { packages = [ pkgs.world ]; }")
        self.write("project/data/text", "data")
        self.write("project/own-value.nix", "[ 1 { a = 2; } ]")
        (folder / "project" / "link.nix").symlink_to("more.nix")
        self.ask(SYSTEM)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def module(self, name: str, *lines: str, head: str = HEADS[0]) -> None:
        lines = tuple(dict.fromkeys(lines))
        rest = 'let hook1 = x: x; rest = { text = "r"; }; in'
        self.write(f"project/{name}", f"{head} {rest} {{\n" + "\n".join(lines) + "\n}\n")

    def ask(self, expression: str) -> None:
        self.write("project/main.nix", expression)

    def run(self, *, afresh: bool = False) -> tuple[int, str, str]:
        self.happened.clear()
        words = [
            "--eval",
            "--strict",
            str(self.folder / "project" / "main.nix"),
            "-I",
            f"library={self.folder}/library",
        ]
        return self._run(*words, *(["--no-eval-cache"] if afresh else [])).shown

    def check(self) -> tuple[int, int] | None:
        """Runs as it is and afresh, which must be the same; how many parts were looked at, and how many were others."""
        found = self.run()
        self.used = list(self.happened)
        self.heaps = [one.heap for one in self.happened if one.heap is not None]
        assert found == self.run(afresh=True)
        return self.heaps[0].parts.counts if self.heaps else None


@pytest.fixture
def project(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = Project(tmp_path, run)
    begin = library.Library.__init__

    def noted(self: library.Library, *arguments: object, **options: object) -> None:
        begin(self, *arguments, **options)  # type: ignore[arg-type]  # whatever it is made of
        made.happened.append(self)

    def at_once(work: Callable[[], object], *, is_worker: bool = False) -> bool:
        assert not work()
        return True

    monkeypatch.setattr(library.Library, "__init__", noted)
    monkeypatch.setattr(library, "WORTH_IT", 0.0)
    monkeypatch.setattr(library, "SEVERAL_TIMES", 0)
    monkeypatch.setattr(background, "in_background", at_once)
    return made


@pytest.mark.parametrize("line", LINES)
def test_a_line_more_and_less_is_as_evaluated_afresh(project: Project, line: str) -> None:
    for expression in (SYSTEM, f"{MAIN}.config"):
        project.ask(expression)
        for lines in (["port = 1;"], ["port = 1;", line] if "port" not in line else [line], ["port = 1;"]):
            project.module("configuration.nix", *lines)
            project.check()


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_after_any_edits_modules_are_as_evaluated_afresh(
    project: Project, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    for _ in range(12):
        for _ in range(chance.randrange(1, 3)):
            edit(project, chance, monkeypatch)
        project.check()


def asked(chance: random.Random) -> str:
    text = chance.choice(ASKED)
    while "OVERLAY" in text:
        text = text.replace("OVERLAY", chance.choice(OVERLAYS), 1)
    return text.replace("NUMBER", str(chance.randrange(9)))


def edit(project: Project, chance: random.Random, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = chance.randrange(18)
    if kind < 6:
        chosen: dict[str, str] = {}
        for line in chance.sample(LINES, chance.randrange(1, 5)):
            chosen.setdefault(line.split("=")[0].split(".")[0].strip(), line)
        name = chance.choice(["configuration.nix", "configuration.nix", "more.nix", "folder/default.nix"])
        project.module(name, *chosen.values(), head=chance.choice(HEADS))
    elif kind in (6, 12, 13):
        project.ask(asked(chance))
    elif kind == 7:
        project.write(f"project/data/{chance.choice(['text', 'more'])}", f"data {chance.randrange(9)}")
    elif kind == 8:
        other = project.folder / "project" / "other"
        if other.exists():
            shutil.rmtree(other)
        else:
            project.write("project/other/text", "other")
    elif kind == 9:
        project.write("project/own-value.nix", chance.choice(["1", "[ 1 ]", "{ a = x: x; }", 'throw "own"']))
    elif kind == 10:
        if chance.random() < 0.3:
            monkeypatch.delenv("OWN", raising=False)
        else:
            monkeypatch.setenv("OWN", str(chance.randrange(3)))
    elif kind == 14:
        path = project.folder / "project" / chance.choice(["more.nix", "own-value.nix", "data/text", "folder"])
        aside = path.with_name(path.name.capitalize())  # gone, as far as the modules know, and there again
        if path.exists() and not aside.exists():
            path.rename(aside)
        elif aside.exists() and not path.exists():
            aside.rename(path)
    elif kind == 15:
        link = project.folder / "project" / "link.nix"
        link.unlink()
        link.symlink_to(chance.choice(["more.nix", "folder", "folder/default.nix", "../library/lib.nix", "nowhere"]))
    elif kind == 16:
        path = project.folder / "project" / "data" / "text"
        if path.exists():
            path.chmod(path.stat().st_mode ^ 0o111)
    else:
        name = chance.choice(list(LIBRARY))
        text = LIBRARY[name].replace(*chance.choice(CHANGES))
        project.write(f"library/{name}", "\n" * chance.randrange(3) + text)


def test_what_has_looked_at_other_parts_is_read(project: Project) -> None:
    """An option of many is edited; then a line that none has looked at."""
    for number in range(3):
        project.module("configuration.nix", f'text = "{number}";', "port = 1;", "packages = pkgs.tools;")
        found = project.check()
    assert found is not None
    looked, different = found
    assert looked > 5
    assert different == 1
    project.module("configuration.nix", 'text = "2";', "port = 1;", "packages = pkgs.tools;", head="# new\n" + HEADS[0])
    found = project.check()
    assert found is not None
    assert found[1] <= 1


@pytest.mark.parametrize(
    "line", ["folder = ./data;", "hook = x: x + 1;", "names = [ [ ] ];", "service = null;", "port = 1;"]
)
def test_an_option_that_is_no_longer_set_is_what_it_is_by_default(project: Project, line: str) -> None:
    """Be it null, the empty list or false: what every value of Python's may be."""
    name = line.split(" ")[0]
    for expression in (f"{CHECKED}.config.{name}", f"[ {CHECKED}.config.{name} {CHECKED}.config.enable ]"):
        project.ask(expression)
        for lines in ((line, "enable = true;"), (), ("enable = false;",), (line,)):
            project.module("configuration.nix", *lines)
            project.check()


def test_facts_of_the_project_are_parts(project: Project) -> None:
    project.ask(SHOWN)
    project.module("configuration.nix", "folder = ./data;")
    assert project.check() is None
    project.write("project/main.nix", " " + SHOWN)
    found = project.check()
    assert found is not None and found[1] == 0
    for change in ("text", "new"):
        project.write(f"project/data/{change}", change)
        found = project.check()
        assert found is not None and found[1] > 0


def test_what_is_edited_of_an_argument_is_looked_at_in_parts(project: Project) -> None:
    """An overlay is another one each time."""
    for number in range(5):
        overlay = f'final: prev: {{ hello = prev.package "hello" {{ n = {number}; }}; }}'
        overlaid = f"import <library/overlaid.nix> {{ overlays = [ ({overlay}) ]; }}"
        project.ask(f"let p = {overlaid}; in [ p.all (map toString p.tools) ]")
        found = project.check()
    assert found is not None
    looked, different = found
    assert looked > different > 0


def test_what_gives_the_same_when_it_is_evaluated_again_costs_nothing_more(project: Project) -> None:
    """A first option: whether all options exist is found out again, and what follows from the others is read."""
    project.ask(CHECKED + ".config")
    many = 'text = "a";', "files.many = toString (map (x: x.name) pkgs.tools);"
    for line in ("", "", "port = 1;", "extra = [ 1 ];", "enable = true;"):
        project.module("configuration.nix", *many, line)
        project.check()
    heap = project.heaps[0]
    assert heap.alike >= 10
    assert heap.evaluated_again < 2.5 * heap.alike


def test_a_library_that_is_edited_again_and_again_is_known_by_its_files(project: Project) -> None:
    project.ask("let s = " + MAIN + "; in [ s.config.service s.system.name s.pkgs.world.drvPath ]")
    project.module("configuration.nix", "enable = true;")
    for number in range(5):
        project.write("library/base.nix", LIBRARY["base.nix"].replace("lib.one 80", f"lib.one {number}"))
        project.check()
        used = project.used[0]
        assert (used.heap is not None and len(used.changed) == 1) == (number > 1)
    project.write("library/unused.nix", "1")
    project.ask("(" + MAIN + ").config.service")
    project.check()
    assert project.used[0].heap is not None
    assert project.used[0].changed == frozenset()
