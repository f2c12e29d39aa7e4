"""A project that uses a library: what the library has, what the project may ask of it, and how both may be edited."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lixeval.evaluation.remembered.library import Library
    from tests.remembered.conftest import Answer, Run

AT_ONCE = """
from lixeval.evaluation.remembered import library
from lixeval.system import background
library.WORTH_IT, library.SEVERAL_TIMES = 0.0, 0
background.in_background = lambda work, **_: work()
from lixeval.cli import main
main()
"""
"""A command that keeps what it has found of its library before it ends."""

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
    bound = (x: y: z: [ x.name y z ]) self.hello;
    bound-twice = (a: b: c: d: [ a b c d ]) 1 self.bound;
    folded = builtins.foldl' (a: b: a + b) 0 (lib.range 1 9);
    extras = map (e: e + "!") extra;
    file = builtins.toFile "file" "text of ${self.flavour}";
    with-names = with self.functions; two 1 2;
    deep = lib.deep 60;
    float = 1.5; int = 12345678901; null = null; path = ./data; yes = true; empty = { }; none = [ ];
    optional = self.missing or "nothing"; text = lib.text; rest = lib.rest;
    thing = if builtins.pathExists ./thing then builtins.readFileType ./thing else "nothing";
    folder = if builtins.pathExists ./folder then builtins.readDir ./folder else { };
    through = if builtins.pathExists ./folder/text then builtins.readFile ./folder/text else "nowhere";
    filtered = builtins.filterSource (path: kind: baseNameOf path != "skipped") ./data;
    source = builtins.path { path = ./data; name = "source"; };
    hash = builtins.hashFile "sha256" ./data/text;
    from-project = import ./to-project.nix;
    scoped = builtins.scopedImport { two = 5; } ./scoped.nix;
    context = builtins.getContext "${self.hello}${self.filtered}";
    recursive = rec { one = lib.two; two = one + 1; inherit (self) flavour; };
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
    "scoped.nix": "[ two (import ./one.nix) ]",
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

PLAINLY = "let pkgs = import <library> { }; in ASKED"
SYSTEM = "(import <library/system.nix> { configuration = ./own-module.nix; notify = x: x * 2; })"
OVER = '(import <library/over.nix> { overlays = [ OVERLAYS ]; config.allowed = name: name == "hello"; })'
INLINE = "(final: prev: { hello = prev.world; more = [ prev.flavour final.hello.name ]; })"

EXPRESSIONS = [
    "pkgs.hello.drvPath",
    "pkgs.world.drvPath + pkgs.world.outPath",
    '(pkgs.hello.overrideAttrs (old: { version = old.version + "1"; })).drvPath',
    "pkgs.hello.meta",
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
    "pkgs.bound 2 3 ++ map (pkgs.bound 4) [ 5 6 ]",
    "let got = pkgs.bound-twice 3 4; in [ (builtins.elemAt got 1 7 8) (builtins.head got) ]",
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
    "pkgs.names",
    "pkgs.thing",
    "pkgs.folder",
    "pkgs.through",
    '[ "${pkgs.filtered}" pkgs.source pkgs.hash ]',
    "pkgs.from-project",
    "pkgs.linked",
    "pkgs.home",
    "import <library/fetched.nix>",
    "[ pkgs.scoped pkgs.context pkgs.recursive ]",
    "(import <library/fetched.nix>).value + pkgs.lib.two",
]


class Project:
    """A folder with a main.nix, which uses a library in another folder.

    `around` is what main.nix has around the expression that is asked for, `words` stand on the command line.
    """

    def __init__(self, folder: Path, run: Run, happened: list[Library]) -> None:
        self.folder = folder
        self.happened = happened
        self.around = PLAINLY
        self.words: tuple[str, ...] = ()
        self._run = run
        for name, text in LIBRARY.items():
            self.write(f"library/{name}", text)
        (folder / "library" / "link.nix").symlink_to("one.nix")
        (folder / "library" / "to-project.nix").symlink_to("../project/own.nix")
        (folder / "library" / "folder").symlink_to("data")
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
        if not (self.folder / "repository" / ".git").exists():
            self.git("init -q -b main .")
        self.git("add .")
        self.git("commit -q --allow-empty -m m")

    def git(self, words: str, *, check: bool = True) -> None:
        """Git in that repository."""
        git = ["git", "-C", str(self.folder / "repository"), "-c", "user.name=n", "-c", "user.email=e"]
        subprocess.run([*git, *words.split()], check=check, capture_output=True)

    def main(self, expression: str) -> None:
        self.write("project/main.nix", self.around.replace("ASKED", expression))

    def run(self, *words: str, afresh: bool = False) -> Answer:
        self.happened.clear()
        main = str(self.folder / "project" / "main.nix")
        command = [*words, main, "-I", f"library={self.folder}/library", *self.words]
        return self._run(*command, *(["--no-eval-cache"] if afresh else []))

    def check(self, *words: str) -> bool:
        """Runs as it is and afresh, which must be the same; whether a heap was used."""
        found = self.run(*words)
        used = any(one.heap is not None for one in self.happened)
        assert found.shown == self.run(*words, afresh=True).shown
        return used


def kept_files(home: Path) -> tuple[list[Path], list[Path]]:
    """The descriptions and the files of records."""
    files = [path for path in (home / "cache" / "lixeval" / "heaps").iterdir() if path.suffix != ".lock"]
    return [path for path in files if "-" not in path.name], [path for path in files if "-" in path.name]
