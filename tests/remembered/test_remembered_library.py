"""What a run takes of its library is kept: used by the next one, and never to be told from evaluating it again."""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lixeval.evaluation.remembered import facts, library
from lixeval.system import background
from tests.remembered.conftest import Everything, wait_for_a_tick

AT_ONCE = """
from lixeval.evaluation.remembered import library
from lixeval.system import background
library.WORTH_IT, library.SEVERAL_TIMES = 0.0, 0
background.in_background = lambda work, **_: work()
from lixeval.cli import main
main()
"""
"""A command that keeps what it has found of its library before it ends."""

if TYPE_CHECKING:
    from lixeval.evaluation.remembered.library import Library
    from tests.remembered.conftest import Answer, Run

SEQUENCES = int(os.environ.get("LIXEVAL_EDIT_SEQUENCES", "6"))
"""How many sequences of edits are tried; by hand a thousand."""

LIBRARY = {
    "default.nix": 'args: import ./top.nix ({ flavour = "plain"; } // args)',
    "top.nix": """{ flavour, extra ? [ ], config ? { } }:
let
  lib = import ./lib;
  self = lib.fix (self: {
    inherit lib flavour;
    hello = self.package { pname = "hello"; version = "1.0"; text = builtins.readFile ./data/text; };
    world = self.package { pname = "world"; version = "2.0"; inputs = [ self.hello ]; src = ./data; };
    package = { pname, version, inputs ? [ ], ... } @ args: lib.extensible (final: {
      name = "${pname}-${version}"; system = "x86_64-linux"; builder = "/bin/sh"; inputs = map toString inputs;
    } // removeAttrs args [ "inputs" ]);
    names = builtins.attrNames (builtins.readDir ./data);
    called = lib.callWith self ./called.nix { };
    from-config = config.setting or "unset";
    all = builtins.listToAttrs (map (n: { name = "n${toString n}"; value = self.number n; }) (lib.range 1 40));
    number = n: { value = n * lib.two; next = self.all."n${toString (n + 1)}" or null; inherit (self) flavour; };
    home = builtins.getEnv "LIBRARY_VARIABLE";
    linked = import ./link.nix;
    broken = throw "hello is broken on ${self.flavour}";
    wrong = 1 + self.flavour;
    positions = builtins.unsafeGetAttrPos "hello" self;
    functions = { one = x: x; two = x: y: x + y; three = { a, b ? 2, ... }: a + b; functor.__functor = s: x: x + 1; };
    inherit (self.functions) one;
    listed = [ self.functions.one self.one (x: x) self.hello ];
    closure = builtins.genericClosure {
      startSet = [ { key = 1; } ]; operator = i: if i.key < 5 then [ { key = i.key + 1; } ] else [ ];
    };
    grouped = builtins.groupBy (n: if n > 3 then "big" else "small") [ 1 2 3 4 5 ];
    mapped = builtins.mapAttrs (n: v: "${n}=${toString v}") { a = 1; b = 2; };
    partial = self.functions.two 40;
    folded = builtins.foldl' (a: b: a + b) 0 (lib.range 1 9);
    extras = map (e: e + "!") extra;
    file = builtins.toFile "file" "text of ${self.flavour}";
    with-names = with self.functions; two 1 2;
    deep = lib.deep 60;
    float = 1.5; int = 12345678901; null = null; path = ./data; yes = true; empty = { }; none = [ ];
    optional = self.missing or "nothing"; text = lib.text; rest = lib.rest;
    matched = builtins.match "(.)b(.*)" "abcd"; split = builtins.split "b" "abc";
    json = builtins.fromJSON "{\\"a\\": 1}";
  });
in self""",
    "lib/default.nix": """let lib = rec {
  fix = f: let x = f x; in x;
  two = 2;
  range = a: b: if a > b then [ ] else [ a ] ++ range (a + 1) b;
  text = "some text that is longer than what stands in a record by itself, and \\n has a line end";
  deep = n: if n == 0 then { end = true; } else { inner = deep (n - 1); };
  callWith = auto: path: args: let f = import path; in
    f (builtins.intersectAttrs (builtins.functionArgs f) auto // args);
  extensible = f: let d = fix f; in derivation d // {
    overrideAttrs = g: extensible (final: f final // g (f final)); meta = { inherit (d) name; position = 1; };
  };
  inherit (import ./more.nix { inherit lib; }) rest;
}; in lib""",
    "lib/more.nix": "{ lib }: { rest = [ lib.two lib.text ]; }",
    "called.nix": """{ hello, lib, extra ? 3 }: {
  inherit extra; name = hello.name; two = lib.two; f = hello.overrideAttrs;
}""",
    "data/text": "the text",
    "data/more": "more",
    "one.nix": "1",
    "two.nix": "{ two = 2; }",
    "system.nix": """{ configuration, notify ? x: x }: let
      config = { flavour = "plain"; more = 0; } // (import configuration) { inherit config pkgs; };
      pkgs = import ./. { inherit (config) flavour; };
      common = (import ./lib).range 1 40;
    in { inherit config pkgs; names = map (n: notify (n + config.more)) common; total = builtins.length common; }""",
    "over.nix": """{ overlays ? [ ], config ? { } }: let
      base = import ./. { };
      self = builtins.foldl' (prev: overlay: prev // overlay self prev) base overlays;
    in self // { allowed = config.allowed or (x: false) "hello"; }""",
    "fetched.nix": """let tree = builtins.fetchGit { url = "file://${toString ../repository}"; }; in
      { value = import tree; inherit (tree) outPath; dirty = tree ? dirtyRev; }""",
}

SYSTEM = "(import <library/system.nix> { configuration = ./own-module.nix; notify = x: x * 2; })"
OVER = '(import <library/over.nix> { overlays = [ OVERLAYS ]; config.allowed = name: name == "hello"; })'
INLINE = "(final: prev: { hello = prev.world; more = [ prev.flavour final.hello.name ]; })"

EXPRESSIONS = [
    "pkgs.hello.drvPath",
    "pkgs.world.drvPath + pkgs.world.outPath",
    '(pkgs.hello.overrideAttrs (old: { version = old.version + "1"; })).drvPath',
    "pkgs.hello.meta",
    "pkgs.names",
    "pkgs.called.name + toString pkgs.called.extra",
    "(pkgs.called.f (_: { extra = 1; })).name",
    "builtins.functionArgs pkgs.functions.three",
    "builtins.functionArgs (import <library>)",
    "import <library>",
    "[ (import <library/called.nix>) (builtins.functionArgs (import <library/called.nix>)) ]",
    "(import <library/called.nix>) { }",
    "(import <library/called.nix>) { hello.name = 1; lib.two = 2; wrong = 3; }",
    "(import <library>) 1",
    "builtins.toXML (import <library/called.nix>)",
    "pkgs.functions.two 3 4 + pkgs.functions.three { a = 1; } + pkgs.functions.functor 1",
    "map pkgs.functions.one [ 1 2 3 ]",
    "pkgs.all.n3.next.next.value",
    "builtins.attrNames pkgs",
    "builtins.attrNames pkgs.all",
    "pkgs.home",
    "pkgs.linked",
    "builtins.tryEval pkgs.broken",
    "pkgs.broken",
    "pkgs.wrong",
    "pkgs.missing",
    "pkgs.helo.name",
    "pkgs.functions.three { }",
    "pkgs.functions.two 1 { }",
    "pkgs.positions",
    'builtins.unsafeGetAttrPos "hello" pkgs',
    'builtins.unsafeGetAttrPos "two" pkgs.lib',
    'builtins.unsafeGetAttrPos "value" pkgs.all.n5',
    "pkgs == pkgs",
    "pkgs.functions == pkgs.functions",
    "[ pkgs.functions.one ] == [ pkgs.functions.one ]",
    "pkgs.functions.one == pkgs.functions.one",
    "pkgs.one == pkgs.functions.one",
    "{ inherit (pkgs) one; } == { inherit (pkgs.functions) one; }",
    "[ (builtins.elemAt pkgs.listed 0) ] == [ (builtins.elemAt pkgs.listed 1) ]",
    "{ a = pkgs.functions; } == { a = pkgs.functions; }",
    "pkgs.listed == pkgs.listed",
    "builtins.elem pkgs.hello pkgs.listed",
    "pkgs.lib == (import <library/lib>)",
    "(import <library/lib>).two + pkgs.lib.two",
    "pkgs.closure",
    "pkgs.grouped",
    "pkgs.mapped",
    "pkgs.partial 2",
    "pkgs.folded",
    "pkgs.extras",
    "pkgs.file",
    "pkgs.with-names",
    "pkgs.deep.inner.inner.inner ? inner",
    "[ pkgs.float pkgs.int pkgs.null pkgs.yes pkgs.empty pkgs.none pkgs.optional ]",
    "pkgs.path",
    '"${pkgs.path}"',
    "[ pkgs.text pkgs.rest ]",
    "[ pkgs.matched pkgs.split pkgs.json ]",
    "pkgs.from-config",
    "pkgs // { x = 1; } == pkgs",
    "builtins.trace pkgs.all.n3 1",
    'builtins.trace "said" pkgs.all.n2.value',
    "builtins.toJSON pkgs.all.n4.value",
    'builtins.getContext "${pkgs.hello}"',
    "builtins.deepSeq pkgs.grouped pkgs.grouped.small",
    "import <library/two.nix>",
    '(import <library> { flavour = "sweet"; }).hello.drvPath',
    '(import <library> { flavour = "sweet"; extra = [ "a" "b" ]; }).extras',
    '(import <library> { flavour = "sour"; config = { setting = ./main.nix; }; }).from-config',
    "(import <library> { config = import ./own.nix; }).from-config",
    "(import <library> { config.setting = x: x; }).from-config 7",
    "builtins.readFile ./data + pkgs.flavour",
    "import ./own.nix // { inherit (pkgs) flavour; }",
    "pkgs.lib.callWith pkgs ./called-by-own.nix { extra = 5; }",
    '(pkgs.package { pname = "own"; version = "3"; src = ./src; }).drvPath',
    f"{SYSTEM}.config",
    f"[ {SYSTEM}.names {SYSTEM}.total ]",
    f"{SYSTEM}.pkgs.world.drvPath",
    f"let s = {SYSTEM}; in [ s.config.x s.pkgs.flavour s.pkgs.hello.drvPath s.total ]",
    f"{OVER.replace('OVERLAYS', INLINE)}.more",
    f"let p = {OVER.replace('OVERLAYS', INLINE)}; in [ p.hello.drvPath p.allowed p.world.drvPath ]",
    f"{OVER.replace('OVERLAYS', '(import ./own-overlay.nix)')}.hello.drvPath",
    f"let p = {OVER.replace('OVERLAYS', '(import ./own-overlay.nix) ' + INLINE)}; in [ p.more p.hello.name ]",
    f"let n = 3; v = n + 1; in {OVER.replace('OVERLAYS', '(final: prev: { more = [ v prev.lib.two ]; })')}.more",
    "import <library/fetched.nix>",
    "(import <library/fetched.nix>).value + pkgs.lib.two",
]

EDITS: list[tuple[str, Callable[[random.Random], str]]] = [
    ("own.nix", lambda r: f"{{ setting = {r.randrange(9)}; }}"),
    ("data", lambda r: f"own data {r.randrange(9)}"),
    ("called-by-own.nix", lambda r: f"{{ hello, extra ? {r.randrange(9)} }}: [ hello.name extra {r.randrange(9)} ]"),
    ("src/file", lambda r: f"source {r.randrange(9)}"),
    ("library/data/text", lambda r: f"the text {r.randrange(9)}"),
    ("library/data/more", lambda r: f"more {r.randrange(9)}"),
    ("library/one.nix", lambda r: f"{r.randrange(9)}"),
    ("library/two.nix", lambda r: f"{{ two = {r.randrange(9)}; three = 3; }}"),
    ("library/called.nix", lambda r: LIBRARY["called.nix"].replace("3", str(r.randrange(9)))),
    ("library/lib/default.nix", lambda r: "\n" * r.randrange(3) + LIBRARY["lib/default.nix"]),
    ("library/top.nix", lambda r: LIBRARY["top.nix"].replace("1.0", f"1.{r.randrange(9)}")),
    ("variable", lambda r: f"{r.randrange(3)}"),
    ("link", lambda r: r.choice(["one.nix", "two.nix"])),
    ("entry", lambda r: f"entry{r.randrange(3)}"),
    ("own-module.nix", lambda r: f'{{ config, pkgs }}: {{ x = pkgs.hello.name; flavour = "{r.choice("abc")}"; }}'),
    ("own-module.nix", lambda r: f"{{ config, pkgs }}: {{ x = config.more; more = {r.randrange(5)}; }}"),
    (
        "own-overlay.nix",
        lambda r: f'final: prev: {{ hello = prev.package {{ pname = "o"; version = "{r.random()}"; }}; }}',
    ),
    ("library/over.nix", lambda r: "# changed\n" * r.randrange(3) + LIBRARY["over.nix"]),
    ("repository/default.nix", lambda r: f"{r.randrange(99)}"),
    ("commit", lambda r: f"{r.randrange(99)}"),
]


class Project:
    """A folder with a main.nix, which uses a library in another folder."""

    def __init__(self, folder: Path, run: Run, happened: list[Library]) -> None:
        self.folder = folder
        self.happened = happened
        self._run = run
        for name, text in LIBRARY.items():
            self.write(f"library/{name}", text)
        (folder / "library" / "link.nix").symlink_to("one.nix")
        self.write("project/own.nix", "{ setting = 1; }")
        self.write("project/data", "own data")
        self.write("project/src/file", "source")
        self.write("project/own-module.nix", "{ config, pkgs }: { x = 1; }")
        self.write("project/own-overlay.nix", "final: prev: { hello = prev.world; }")
        self.commit("1")
        self.write("project/called-by-own.nix", "{ hello, extra ? 1 }: [ hello.name extra ]")
        self.main("pkgs.hello.drvPath")

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def commit(self, text: str) -> None:
        """Of a repository that the library fetches."""
        self.write("repository/default.nix", text)
        git = ["git", "-C", str(self.folder / "repository"), "-c", "user.name=n", "-c", "user.email=e"]
        if not (self.folder / "repository" / ".git").exists():
            subprocess.run([*git, "init", "-q", "."], check=True)
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "m"], check=True)

    def main(self, expression: str) -> None:
        self.write("project/main.nix", f"let pkgs = import <library> {{ }}; in {expression}")

    def run(self, *words: str, afresh: bool = False) -> Answer:
        self.happened.clear()
        command = [*words, str(self.folder / "project" / "main.nix"), "-I", f"library={self.folder}/library"]
        return self._run(*command, *(["--no-eval-cache"] if afresh else []))

    def check(self, *words: str) -> bool:
        """Runs as it is and afresh, which must be the same; whether a heap was used."""
        found = self.run(*words)
        used = any(one.heap is not None for one in self.happened)
        assert found.shown == self.run(*words, afresh=True).shown
        return used


@pytest.fixture
def happened(monkeypatch: pytest.MonkeyPatch) -> list[Library]:
    """The libraries of the runs; their heaps are kept at once, however little was evaluated."""
    found: list[Library] = []
    begin = library.Library.__init__

    def noted(self: Library, *arguments: object) -> None:
        begin(self, *arguments)  # type: ignore[arg-type]  # whatever it is made of
        found.append(self)

    def at_once(work: Callable[[], object], *, is_worker: bool = False) -> bool:
        why = work()
        assert not why or "said" in str(why) or "is being kept" in str(why) or "another run" in str(why), why
        return True

    monkeypatch.setattr(library.Library, "__init__", noted)
    monkeypatch.setattr(library, "WORTH_IT", 0.0)
    monkeypatch.setattr(library, "SEVERAL_TIMES", 0)
    monkeypatch.setattr(background, "in_background", at_once)
    return found


@pytest.fixture
def project(tmp_path: Path, run: Run, happened: list[Library]) -> Project:
    return Project(tmp_path, run, happened)


def test_an_edit_uses_what_was_kept(project: Project) -> None:
    assert not project.check("--eval", "--strict")
    project.main("pkgs.world.drvPath")
    assert project.check("--eval", "--strict")
    project.main("pkgs.world.name")
    found = project.run("--eval", "--strict")
    assert found.stdout == '"world-2.0"\n'
    assert project.happened[0].heap is not None and project.happened[0].heap.read < 40


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_what_is_kept_cannot_be_told_from_what_is_evaluated(project: Project, expression: str) -> None:
    words = ("--eval", "--strict")
    project.main("[ pkgs.hello.drvPath pkgs.world.drvPath ]")
    project.check(*words)
    project.main(expression)
    assert project.check(*words)
    for one in ("pkgs.grouped", "builtins.attrValues pkgs.all", "pkgs.listed", "pkgs.called"):
        project.main(f"builtins.seq ({one}) (builtins.length [ {one} ])")
        project.check(*words)
    project.main(expression)
    assert project.check(*words)


def closure_is_there(drv_path: str) -> bool:
    """Whether a derivation and all that it is made from are in the store."""
    from lixeval.store.local import LocalStore

    store = LocalStore(os.environ["LIXEVAL_STORE"])
    todo, seen = [drv_path], set()
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        if not os.path.lexists(store.real(path)) or not store.database.is_valid(path):
            return False
        todo += store.references(path)
    return True


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_after_any_edits_it_is_as_evaluated_afresh(
    project: Project, seed: int, monkeypatch: pytest.MonkeyPatch, trusting: Callable[[], None]
) -> None:
    chance = random.Random(seed)
    used = 0
    for _ in range(12):
        for _ in range(chance.choice([1, 1, 1, 2])):
            edit(project, chance, monkeypatch)
        trusting()
        words = chance.choice([("--eval", "--strict"), ("--eval", "--json"), ("--instantiate",)])
        if words == ("--instantiate",):
            project.main(
                chance.choice([one for one in EXPRESSIONS if one.endswith(".drvPath")]).replace(".drvPath", "")
            )
            found = project.run(*words)
            used += any(one.heap is not None for one in project.happened)
            assert found.code == 0 and closure_is_there(found.stdout.strip())
            assert found.shown == project.run(*words, afresh=True).shown
        else:
            used += project.check(*words)
    assert used or seed > 5, "of a thousand sequences some change the library each time"


def edit(project: Project, chance: random.Random, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changes something, be it of the project or of the library."""
    where, how = chance.choice(EDITS)
    if chance.random() < 0.6:
        project.main(chance.choice(EXPRESSIONS))
    elif where == "variable":
        monkeypatch.setenv("LIBRARY_VARIABLE", how(chance))
    elif where == "link":
        link = project.folder / "library" / "link.nix"
        link.unlink()
        link.symlink_to(how(chance))
    elif where == "commit":
        project.commit(how(chance))
    elif where == "entry":
        path = project.folder / "library" / "data" / how(chance)
        if path.exists():
            path.unlink()
        else:
            path.write_text("entry")
    else:
        project.write(where if where.startswith(("library/", "repository/")) else f"project/{where}", how(chance))


# What is told of it


def test_it_is_told_what_was_used_and_what_has_changed(project: Project, run: Run) -> None:
    words = [
        "--eval",
        "--strict",
        str(project.folder / "project" / "main.nix"),
        "-I",
        f"library={project.folder}/library",
    ]
    assert "nothing is kept" in run("why-not-remembered", *words).stdout
    assert "the library was evaluated: nothing is kept yet" in run(*words, "-v").stderr
    project.main("pkgs.world.name")
    assert " records were read, 1 of 1 calls known" in run(*words, "-v").stderr
    assert run(*words).code == 0
    told = run("why-not-remembered", *words)
    assert (told.code, told.stdout) == (0, "result: kept, and everything it follows from is as it was\n")
    project.main("pkgs.hello.name")
    told = run("why-not-remembered", *words)
    assert told.code == 1
    assert told.stdout.startswith(f"result: '{project.folder}/project/main.nix' has changed\nlibrary: kept: 1 call, ")
    assert told.stdout.endswith("; everything they follow from is as it was\n")
    project.write("library/data/text", "another text")
    told = run("why-not-remembered", *words)
    assert told.stdout.endswith(f"; '{project.folder}/library/data/text' has changed\n")
    assert f"the library was evaluated: '{project.folder}/library/data/text' has changed" in run(*words, "-v").stderr


# What may become of the folder


def kept_files(home: Path) -> tuple[list[Path], list[Path]]:
    """The descriptions and the files of records."""
    files = [path for path in (home / "cache" / "lixeval" / "heaps").iterdir() if path.suffix != ".lock"]
    return [path for path in files if "-" not in path.name], [path for path in files if "-" in path.name]


def damages() -> dict[str, Callable[[Path], object]]:
    def changed(path: Path, at: float) -> None:
        data = bytearray(path.read_bytes())
        for place in range(int(len(data) * at), len(data), 997):
            data[place] ^= 0x55
        path.write_bytes(data)

    def instead(path: Path, make: Callable[[Path], object]) -> None:
        path.unlink()
        make(path)

    return {
        "gone": Path.unlink,
        "empty": lambda path: path.write_bytes(b""),
        "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        "longer": lambda path: path.write_bytes(path.read_bytes() + b"more"),
        "changed at its beginning": lambda path: changed(path, 0.0),
        "changed at its end": lambda path: changed(path, 0.7),
        "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
        "a folder": lambda path: instead(path, Path.mkdir),
        "a pipe": lambda path: instead(path, os.mkfifo),
        "a link to itself": lambda path: instead(path, lambda place: place.symlink_to(place.name)),
        "writable by all": lambda path: path.chmod(0o666),
    }


@pytest.mark.parametrize("damage", damages())
@pytest.mark.parametrize("which", ["description", "records"])
def test_a_damaged_heap_is_none(project: Project, which: str, damage: str) -> None:
    home = Path(os.environ["HOME"])
    shutil.rmtree(home / "cache" / "lixeval" / "heaps", ignore_errors=True)
    project.check("--eval", "--strict")
    descriptions, records = kept_files(home)
    for path in descriptions if which == "description" else records:
        damages()[damage](path)
    for expression in (
        "pkgs.world.name",
        "builtins.attrValues pkgs.all",
        "map (f: f 1) [ pkgs.one ]",
        "pkgs.called.name",
    ):
        project.main(expression)
        project.check("--eval", "--strict")


def test_one_heap_under_the_name_of_another_is_none(project: Project, tmp_path: Path) -> None:
    home = Path(os.environ["HOME"])
    shutil.rmtree(home / "cache" / "lixeval" / "heaps", ignore_errors=True)
    project.check("--eval", "--strict")
    descriptions, records = kept_files(home)
    project.write("library/top.nix", LIBRARY["top.nix"].replace("world", "word"))
    project.main("pkgs.word.name")
    content = records[0].read_bytes(), descriptions[0].read_bytes()
    project.check("--eval", "--strict")
    _, now = kept_files(home)
    now[0].write_bytes(content[0])
    project.main("pkgs.word.drvPath")
    project.check("--eval", "--strict")
    descriptions[0].with_name("0" * 40).write_bytes(content[1])
    project.main("pkgs.word.outPath")
    project.check("--eval", "--strict")


def test_a_writer_that_is_killed_leaves_nothing_that_counts(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from lixeval.evaluation.remembered.heaps import Heaps

    def killed(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Heaps, "describe", killed)
        assert project.run("--eval", "--strict").code == 130
    project.main("pkgs.world.name")
    project.check("--eval", "--strict")
    project.main("pkgs.hello.name")
    assert project.check("--eval", "--strict")


KILLS = int(os.environ.get("LIXEVAL_KILLS", "3"))
"""How often a writer is killed; by hand fifty times."""


def test_writers_that_are_killed_at_any_moment_leave_nothing_that_counts(project: Project, tmp_path: Path) -> None:
    """By SIGKILL, in processes of their own that keep what they have found before they end."""
    chance = random.Random(17)
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "NIX_PATH": ""}
    environment["LIXEVAL_STORE"] = str(tmp_path / "store")
    place, words = (
        f"{project.folder}/project/main.nix",
        ("--eval", "--strict", "-I", f"library={project.folder}/library"),
    )

    def begun() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", AT_ONCE, *words, place]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    for number in range(KILLS):
        expression = chance.choice(EXPRESSIONS)
        project.main(f"[ {number} ({expression}) ]")
        writer = begun()
        assert writer.stdout is not None and writer.stderr is not None
        shown = writer.stdout.readline()
        time.sleep(chance.random() * 0.15)
        writer.kill()
        writer.wait()
        writer.stdout.close()
        writer.stderr.close()
        project.main(f"[ ({expression}) {number} ]")
        after = begun()
        stdout, stderr = after.communicate()
        command = [sys.executable, "-c", AT_ONCE, *words, "--no-eval-cache", place]
        afresh = subprocess.run(command, check=False, env=environment, capture_output=True)
        assert (after.returncode, stdout, stderr) == (afresh.returncode, afresh.stdout, afresh.stderr)
        assert shown or after.returncode


def test_a_file_that_changes_while_it_is_read_once_more_is_seen(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lixeval.evaluation.remembered.notes import RecordedMachine
    from lixeval.evaluation.remembered.rehearsal import _LibrarysMachine

    read, changed = RecordedMachine.read, []

    def changing(self: RecordedMachine, path: str) -> bytes:
        data = read(self, path)
        if path.endswith("library/data/text") and isinstance(self, _LibrarysMachine):
            changed.append(path)
            project.write("library/data/text", f"changed {len(changed)}")
        return data

    project.main("[ pkgs.hello.drvPath ]")
    with monkeypatch.context() as patch:
        patch.setattr(RecordedMachine, "read", changing)
        project.run("--eval", "--strict")
    assert changed
    for expression in ("pkgs.hello.drvPath", "pkgs.world.drvPath", "pkgs.hello.outPath"):
        project.main(expression)
        project.check("--eval", "--strict")


@pytest.mark.parametrize("hours", [-24, 24])
def test_a_clock_that_is_set_hides_no_change(project: Project, monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    from lixeval.evaluation.remembered import notes
    from lixeval.system import fingerprints

    monkeypatch.setattr(facts, "honest_devices", lambda *_: Everything())
    monkeypatch.setattr(notes, "honest_devices", lambda *_: Everything())
    monkeypatch.setattr(fingerprints, "SETTLING", 1)
    for number in range(4):
        with monkeypatch.context() as patch:
            if number % 2 == 0:
                for module in (notes, time):
                    patch.setattr(module, "time_ns", lambda: now() + hours * 3_600_000_000_000)
            project.main(f"[ {number} pkgs.hello.drvPath pkgs.names ]")
            project.run("--eval", "--strict")
        wait_for_a_tick()
        project.write("library/data/text", f"the tex{number}")
        project.main(f"[ pkgs.hello.drvPath {number} ]")
        project.check("--eval", "--strict")


now = time.time_ns


def test_another_lixeval_finds_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from lixeval.evaluation.remembered import key

    project.check("--eval", "--strict")
    project.main("pkgs.world.name")
    with monkeypatch.context() as patch:
        patch.setattr(key, "__version__", "another")
        assert not project.check("--eval", "--strict")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version", "another")
        assert not project.check("--eval", "--json")


def test_a_file_that_changes_while_it_is_kept_is_seen(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluate = library.Library.is_worth_keeping

    def changing(self: Library) -> bool:
        project.write("library/data/text", "changed meanwhile")
        return evaluate(self)

    with monkeypatch.context() as patch:
        patch.setattr(library.Library, "is_worth_keeping", changing)
        project.run("--eval", "--strict")
    project.main("pkgs.world.drvPath")
    project.check("--eval", "--strict")
    project.write("library/data/text", "the text")
    project.main("pkgs.world.outPath")
    project.check("--eval", "--strict")


def test_two_at_once_leave_one_another_alone(tmp_path: Path) -> None:
    """In processes of their own, with children in the background."""
    project = tmp_path / "project"
    project.mkdir()
    for name, text in LIBRARY.items():
        (tmp_path / "library" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "library" / name).write_text(text)
    (tmp_path / "library" / "link.nix").symlink_to("one.nix")
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "NIX_PATH": ""}
    environment["LIXEVAL_STORE"] = str(tmp_path / "store")
    command = [
        *(sys.executable, "-c", "from lixeval.evaluation.remembered import library; library.WORTH_IT = 0.0; "),
        *("--eval", "--strict", "-I", f"library={tmp_path}/library"),
    ]
    command[2] += "from lixeval.cli import main; main()"
    for number in range(4):
        running = []
        for which in range(2):
            path = project / f"main{which}.nix"
            path.write_text(f"(import <library> {{ }}).all.n{which + number + 1}.value")
            running.append(
                subprocess.Popen([*command, str(path)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            )
        for which, one in enumerate(running):
            stdout, stderr = one.communicate()
            assert (stdout, stderr) == (b"%d\n" % (2 * (which + number + 1)), b"")


@pytest.mark.parametrize("kind", ["path", "git"])
def test_a_flake_uses_what_its_inputs_have_given(project: Project, run: Run, kind: str) -> None:
    folder = project.folder / "flake"
    project.write("library/flake.nix", "{ outputs = _: { }; }")
    if kind == "git":
        subprocess.run(["git", "init", "-q", "."], cwd=project.folder / "library", check=True)
        subprocess.run(["git", "add", "."], cwd=project.folder / "library", check=True)

    def write(expression: str) -> None:
        url = f"path:{project.folder}/library" if kind == "path" else f"git+file://{project.folder}/library"
        project.write(
            "flake/flake.nix",
            f'{{ inputs.library.url = "{url}"; outputs = {{ self, library }}: let\n'
            f'  pkgs = import library {{ flavour = "sweet"; }}; in {{ value = {expression}; }}; }}',
        )

    write("pkgs.hello.drvPath")
    run("--eval", "--strict", f"{folder}#value")
    used = 0
    for one in (
        "pkgs.world.drvPath",
        "pkgs.flavour",
        "pkgs.missing",
        "(import ./own.nix) pkgs",
        "pkgs.file",
        '"${pkgs.path}"',
    ):
        project.write("flake/own.nix", f"pkgs: [ pkgs.world.name {len(one)} ]")
        write(one)
        project.happened.clear()
        found = run("--eval", "--strict", f"{folder}#value")
        used += any(one.used for one in project.happened)
        assert found.shown == run("--eval", "--strict", "--no-eval-cache", f"{folder}#value").shown
    assert used > 3


OVERLAYS = [
    ("", '(final: prev: { hello = prev.hello // { name = "over"; }; more = final.hello.name; })'),
    ("", "(final: prev: let inherit (prev.lib) two; in { more = two + 1; inner = { x, y ? two }: x + y; })"),
    ("n = x: x + 1;", "(final: prev: { more = n 3; inner = n; mapped = map n [ 1 2 ]; })"),
    ('v = "1" + "2"; s.t = [ 1 v ];', "(final: prev: { more = v + prev.flavour; inherit s; own = s.t; })"),
    ("lit = 5;", "(final: prev: { more = lit; })"),
    ('toString = x: "shadowed";', "(final: prev: { more = toString 3; })"),
    ("toString = 7;", "(final: prev: { more = toString; })"),
    ("s = { more = 8; };", "(final: prev: with s; { inherit more; two = with prev.lib; two + more; })"),
    ("", "(final: prev: { file = import ./own.nix; text = builtins.readFile ./data; path = ./data; })"),
    ("", "(final: prev: { place = __curPos.line; })"),
    ("", '(final: prev: { at = builtins.unsafeGetAttrPos "hello" { hello = 1; }; name2 = prev.hello.name; })'),
    ("", '(final: prev: { said = builtins.trace "said" 1; name2 = prev.hello.name; })'),
    ("", '(final: prev: { thrown = throw "no ${prev.flavour}"; name2 = prev.hello.name; })'),
    ("o = import ./own-overlay.nix;", "o"),
    ("o = a: final: prev: { more = a + prev.flavour; };", '(o "x")'),
    ("pkgs2 = import <library> { };", "(final: prev: { two = pkgs2.hello.drvPath; three = prev.hello.drvPath; })"),
    ("", "(final: { hello, ... }: { more = hello.name; args = builtins.functionArgs ({ a, b ? 1 }: a); })"),
]


@pytest.mark.parametrize("around, overlay", OVERLAYS)
def test_functions_are_told_apart_by_their_text_and_what_they_have_captured(
    project: Project, around: str, overlay: str
) -> None:
    project.write("project/own-overlay.nix", "final: prev: { more = 1 + prev.lib.two; }")
    used, wanted = [], "{ inherit (pkgs) flavour; l = pkgs.lib.two; name = pkgs.hello.name; v = VALUES; }"
    names = "more inner mapped own file text path place at said two three"
    asked = "".join(f"{name} = 1; " for name in names.split())
    values = f"builtins.mapAttrs (_: v: v) (builtins.intersectAttrs {{ {asked} }} pkgs)"
    for number in range(7):
        if number == 4:
            project.write("project/own.nix", "{ setting = 2; }")
        changed = overlay.replace("final: prev:", "final: prev: /* */") if number == 5 else overlay
        varied = around.replace("1", "2") if number == 6 else around
        project.write(
            "project/main.nix",
            "\n" * number + f"let {varied} pkgs = import <library/over.nix> {{ overlays = [ {changed} ];\n"
            f'  config = {{ allowed = name: name == "hello"; }}; }}; in [ {number}\n'
            + wanted.replace("VALUES", values)
            + (" (builtins.tryEval (pkgs.thrown or 1)) pkgs.allowed pkgs.world.drvPath ]" if number % 2 else " ]"),
        )
        found = project.run("--eval", "--strict")
        used.append(sum(one.used for one in project.happened))
        assert found.shown == project.run("--eval", "--strict", afresh=True).shown
    assert all(used[1:5]), used


def test_all_attributes_use_what_is_kept_and_keep_what_they_find(project: Project, run: Run) -> None:
    """In processes of their own; where an attribute fails, its error is that of an evaluation without."""
    command = [
        *(sys.executable, "-c", "from lixeval.evaluation.remembered import library; library.WORTH_IT = 0.0; "),
        *("--all", f"{project.folder}/project/main.nix", "-I", f"library={project.folder}/library"),
    ]
    command[2] += "library.SEVERAL_TIMES = 0; from lixeval.cli import main; main()"

    def lines(*words: str) -> tuple[list[str], str]:
        answer = subprocess.run([*command, *words], capture_output=True, text=True, check=True)
        return sorted(answer.stdout.splitlines()), answer.stderr

    for number in range(4):
        project.main(
            "{ inherit (pkgs) hello world broken helo; wrong = pkgs.wrong; "
            "said = builtins.trace pkgs.all.n2 pkgs.hello; "
            f'own = pkgs.package {{ pname = "o"; version = "{number}"; }}; }}'
        )
        assert lines() == lines("--no-eval-cache")
        wait_for_keeping()
    assert "records were read" in lines("-v")[1] or any(kept_files(Path(os.environ["HOME"])))


def wait_for_keeping() -> None:
    """Waits until no child keeps anything any longer, if one has begun."""
    folder = Path(os.environ["XDG_CACHE_HOME"]) / "lixeval" / "heaps"
    for _ in range(300):
        time.sleep(0.1)
        if not (folder / "making.lock").exists():
            continue
        with open(folder / "making.lock", "rb") as file, suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return


@pytest.mark.parametrize(
    "expression",
    ["pkgs.hello.name", "pkgs.hello", "[ 1 (1 + 1) pkgs.all.n1 ]", "{ a = pkgs.lib.two; }", "x: x", "pkgs.grouped"],
)
def test_what_is_shown_as_far_as_it_was_evaluated_is_shown_so(project: Project, run: Run, expression: str) -> None:
    for one in ("pkgs.flavour", "builtins.seq pkgs.grouped.big pkgs.world.name", expression):
        project.main(one)
        project.check("--eval")
    words = ["-f", f"{project.folder}/project/main.nix", "-I", f"library={project.folder}/library"]
    for one in ("pkgs.flavour", expression, f"[ ({expression}) pkgs.broken ]"):
        project.main(one)
        assert run("eval", *words).shown == run("eval", *words, "--no-eval-cache").shown
    assert any(one.heap is not None for one in project.happened)


def test_what_a_flake_calls_itself_is_kept(project: Project, run: Run) -> None:
    """`legacyPackages` of an input."""
    project.write(
        "library/flake.nix",
        """{ outputs = { self }: let lib = import ./lib; in {
          inherit lib;
          legacyPackages = builtins.mapAttrs (flavour: _: import ./. { inherit flavour; }) { sweet = 1; sour = 2; };
        }; }""",
    )
    used = 0
    for one in ("hello.drvPath", "world.drvPath", "flavour", "missing", "lib.two", "file", "functions.two 1 2"):
        project.write(
            "flake/flake.nix",
            f'{{ inputs.library.url = "path:{project.folder}/library"; outputs = {{ self, library }}: {{\n'
            f"  value = [ library.legacyPackages.sweet.{one} library.lib.two ]; }}; }}",
        )
        run("flake", "lock", f"{project.folder}/flake")
        project.happened.clear()
        found = run("--eval", "--strict", f"{project.folder}/flake#value")
        used += any(one.used for one in project.happened)
        assert found.shown == run("--eval", "--strict", "--no-eval-cache", f"{project.folder}/flake#value").shown
    assert used > 4


def test_what_is_shown_as_repeated_is_not_what_was_shared(project: Project) -> None:
    for expression in ("pkgs.grouped", "[ pkgs.grouped (import <library> { }).grouped pkgs.grouped ]"):
        project.main(expression)
        project.check("--eval", "--strict")


def test_what_starts_again_says_and_prints_nothing_twice(project: Project, run: Run) -> None:
    library_ = ["-I", f"library={project.folder}/library"]
    for name in ("one", "two", "three"):
        project.write(f"project/{name}.nix", "(import <library> { }).hello.drvPath")
    files = [f"{project.folder}/project/{name}.nix" for name in ("one", "two", "three")]
    run("--eval", "--strict", *files, *library_)
    project.write("project/one.nix", 'builtins.trace "said" (import <library> { }).hello.name')
    project.write("project/two.nix", "builtins.trace (import <library> { }).all.n2 (import <library> { }).flavour")
    project.write("project/three.nix", 'builtins.trace "said too" (import <library> { }).wrong')
    project.happened.clear()
    found = run("--eval", "--strict", *files, *library_)
    assert any(one.heap is not None for one in project.happened)
    assert found.code == 1
    assert found.stdout == '"hello-1.0"\n"plain"\n'
    assert found.stderr.count("trace: said\n") == found.stderr.count("trace: said too\n") == 1
    assert found.shown == run("--eval", "--strict", "--no-eval-cache", *files, *library_).shown


def test_counting_tells_what_is_kept(project: Project, run: Run) -> None:
    words = ["--eval", "--strict", f"{project.folder}/project/main.nix", "-I", f"library={project.folder}/library"]
    assert run(*words, "--stats").stderr.endswith("library: nothing is kept yet\n")
    run(*words)
    assert run(*words, "--stats").stderr.endswith("; everything they follow from is as it was\n")


def test_what_cannot_be_kept_is_not_tried_again_at_once(
    project: Project, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lixeval.evaluation.remembered import heap_writer

    tried: list[str] = []
    monkeypatch.setattr(background, "in_background", lambda work, **_: tried.append(str(work())))
    monkeypatch.setattr(heap_writer, "MOST_RECORDS", 5)
    assert project.run("--eval", "--strict").code == 0
    assert tried == ["there is too much of it"]
    monkeypatch.setattr(library, "WORTH_IT", 0.0)
    for number in range(3):
        project.main(f"[ {number} pkgs.flavour ]")
        assert project.run("--eval", "--strict").stdout == f'[ {number} "plain" ]\n'
    words = ["--eval", "--strict", f"{project.folder}/project/main.nix", "-I", f"library={project.folder}/library"]
    project.write("project/own.nix", "")
    project.main("[ ]")
    assert "since there is too much of it" in run("why-not-remembered", *words, "-v").stdout
    assert len(tried) < 4


def test_what_would_be_too_much_together_gives_way_to_what_is_new(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lixeval.evaluation.remembered import heap_writer

    sweet = '(import <library> { flavour = "sweet"; }).world.drvPath'
    project.run("--eval", "--strict")
    project.main(sweet)
    with monkeypatch.context() as patch:
        patch.setattr(heap_writer, "MOST_RECORDS", 600)
        project.run("--eval", "--strict")
    project.main(f"[ {sweet} ]")
    project.check("--eval", "--strict")
    project.main(f"[ [ {sweet} ] ]")
    project.run("--eval", "--strict")
    assert [one.used for one in project.happened] == [1]


# What waits in a heap, since it follows from the project


def test_what_follows_from_the_project_waits_and_the_rest_is_kept(project: Project) -> None:
    """As the modules of a system do, of which one is the user's, and the package set that it chooses."""
    for number, flavour in enumerate(["plain", "plain", "sweet", "sweet", "plain"]):
        project.write(
            "project/own.nix", f'{{ config, pkgs }}: {{ flavour = "{flavour}"; more = {number}; x = pkgs.hello.name; }}'
        )
        project.write(
            "project/main.nix",
            f"let s = import <library/system.nix> {{ configuration = ./own.nix; notify = x: x * {number}; }}; in"
            " [ s.config s.total s.names s.pkgs.world.drvPath s.pkgs.flavour s.config.x ]",
        )
        assert project.check("--eval", "--strict") == (number > 0)
    assert heap_of_library_calls(project)


def heap_of_library_calls(project: Project) -> int:
    """How many calls are kept that the library has made."""
    from lixeval.evaluation.remembered.heaps import Heaps

    keys = [one.key for one in project.happened if one.key]
    project.main("(import <library> { }).flavour")
    project.run("--eval", "--strict")
    keys += [one.key for one in project.happened if one.key]
    description = Heaps(f"{os.environ['XDG_CACHE_HOME']}/lixeval").load(keys[-1])
    assert description is not None
    return sum(path.endswith("/library/default.nix") for path, _, _ in description.calls)


CALLS = [
    # What was not looked at may be anything.
    ("{ a, b }: { inherit a; later = b; }", "a = 1; b = {};", ["a = 1; b = {};"]),
    # What was looked at and is no plain value is given anew.
    ("{ f, n }: { called = f n; n2 = n * 2; }", "f = x: x + {}; n = 2;", ["f = x: x + {}; n = 2;"]),
    ("{ f }: { called = f 1; }", "f = x: x * {};", ["f = x: x * {};"]),
    ("{ s, n ? 1 }: { inherit (s) a; n = n + 1; }", 's = {{ a = {}; b = throw "b"; }};', ["s.a = {};"]),
    ("a: { length = builtins.length a; first = builtins.head a; }", None, ['[ {} (throw "x") ]']),
    ("{ path }: import path", "path = ./own.nix;", ["path = ./own.nix;"]),
    ("{ path }: { there = builtins.pathExists path; text = builtins.readFile path; }", "path = ./data;", []),
    ("{ n }: { now = builtins.currentTime > n; }", "n = {};", []),
    ('{ n }: builtins.trace "said" { n = builtins.trace "said too" n; }', "n = {};", []),
    ('{ n }: builtins.unsafeGetAttrPos "n" { inherit n; }', "n = {};", []),
    ('args: builtins.unsafeGetAttrPos "n" args', "n = {};", []),
    ("args: builtins.mapAttrs (_: x: x) args", "n = {}; m = x: x;", []),
    ("args: args // { x = 1; }", "n = {}; m = {{ a = {}; }};", []),
]


@pytest.mark.parametrize("library_, given, others", CALLS)
def test_a_call_is_known_by_what_it_has_looked_at(
    project: Project, library_: str, given: str | None, others: list[str]
) -> None:
    project.write("library/call.nix", library_)
    project.write("project/own.nix", "1")
    for number in (1, 1, 2, 3, 1):
        argument = f'[ {number} (throw "x") ]' if given is None else "{ " + given.replace("{}", str(number)) + " }"
        project.write("project/own.nix", str(number))
        project.write("project/main.nix", f"let f = import <library/call.nix>; c = f ({argument}); in c")
        project.check("--eval", "--strict")
        project.write("project/main.nix", f"let f = import <library/call.nix>; c = f ({argument}); in [ c {number} ]")
        project.check("--eval", "--strict")
        for other in others:
            argument2 = "{ " + other.replace("{}", str(number + 5)) + " }" if given is not None else other.format(7)
            project.write(
                "project/main.nix",
                f"let f = import <library/call.nix>; in [ (f ({argument})) (f ({argument2})) (f ({argument})) ]",
            )
            project.check("--eval", "--strict")


def test_a_store_below_the_project_is_no_part_of_it(
    project: Project, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIXEVAL_STORE", str(project.folder / "project" / "store"))
    made = 'import (builtins.toFile "made.nix" "3 + 4")'
    project.write("library/top.nix", LIBRARY["top.nix"].replace("import ./link.nix", made))
    project.main("pkgs.linked")
    assert project.run("--eval", "--strict", "--read-write-mode").stdout == "7\n"
    project.main("[ pkgs.linked ]")
    assert project.check("--eval", "--strict", "--read-write-mode")
