"""Edits of a project and of its library: what people, editors, Git and shells do between two runs."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.remembered.projects import EXPRESSIONS, LIBRARY, PLAINLY, Project

if TYPE_CHECKING:
    import pytest

TEXTS: list[tuple[str, Callable[[random.Random], str]]] = [
    ("project/own.nix", lambda r: f"{{ setting = {r.randrange(9)}; }}"),
    ("project/own.nix", lambda r: f"rec {{ setting = one + {r.randrange(9)}; one = 1; }}"),
    (
        "project/own.nix",
        lambda r: f"let lit = {r.randrange(9)}; s = {{ inherit lit; }}; in with s; {{ setting = lit; }}",
    ),
    ("project/data", lambda r: f"own data {r.randrange(9)}"),
    (
        "project/called-by-own.nix",
        lambda r: f"{{ hello, extra ? {r.randrange(9)} }}: [ hello.name extra {r.randrange(9)} ]",
    ),
    ("project/src/file", lambda r: f"source {r.randrange(9)}"),
    (
        "project/own-module.nix",
        lambda r: f'{{ config, pkgs }}: {{ x = pkgs.hello.name; flavour = "{r.choice("abc")}"; }}',
    ),
    ("project/own-module.nix", lambda r: f"{{ config, pkgs }}: {{ x = config.more; more = {r.randrange(5)}; }}"),
    ("project/own-module.nix", lambda r: f"{{ config, pkgs }}: {{ x = 1; other{r.randrange(3)} = config.more; }}"),
    (
        "project/own-overlay.nix",
        lambda r: f'final: prev: {{ hello = prev.package {{ pname = "o"; version = "{r.random()}"; }}; }}',
    ),
    (
        "project/own-overlay.nix",
        lambda r: f"final: prev: with prev; {{ hello = world // {{ n = {r.randrange(3)}; }}; }}",
    ),
    ("library/data/text", lambda r: f"the text {r.randrange(9)}"),
    ("library/data/more", lambda r: f"more {r.randrange(9)}"),
    ("library/one.nix", lambda r: f"{r.randrange(9)}"),
    ("library/two.nix", lambda r: f"{{ two = {r.randrange(9)}; three = 3; }}"),
    ("library/called.nix", lambda r: LIBRARY["called.nix"].replace("3", str(r.randrange(9)))),
    ("library/lib/default.nix", lambda r: "\n" * r.randrange(3) + LIBRARY["lib/default.nix"]),
    ("library/top.nix", lambda r: LIBRARY["top.nix"].replace("1.0", f"1.{r.randrange(9)}")),
    ("library/over.nix", lambda r: "# changed\n" * r.randrange(3) + LIBRARY["over.nix"]),
    ("library/system.nix", lambda r: LIBRARY["system.nix"].replace("range 1 40", f"range 1 {r.randrange(38, 42)}")),
]
"""What is written anew."""


def overlaid(overlay: str) -> str:
    return f"pkgs = import <library/over.nix> {{ overlays = [ (final: prev: {overlay}) ]; }}"


AROUND = [
    PLAINLY,
    PLAINLY,
    "with import <library> { }; let pkgs = import <library> { }; in ASKED",
    "rec { pkgs = import <library> { }; value = ASKED; other = pkgs.flavour; }.value",
    "let inherit (import <library> { }) hello; pkgs = import <library> { } // { inherit hello; }; in ASKED",
    "{ pkgs ? import <library> { }, n ? 1 }: ASKED",
    '{ n ? 1, s ? "a" }: let pkgs = import <library> { extra = [ s (toString n) ]; }; in ASKED',
    "{ value = let pkgs = import <library> { }; in ASKED; other = 1; }",
    f"let lit = DIGIT; {overlaid('{ lit = prev.lib.two + lit; }')}; in [ pkgs.lit (ASKED) ]",
    f"let f = x: x + DIGIT; {overlaid('{ folded = f 1; }')}; in [ pkgs.folded (ASKED) ]",
    f"let v = builtins.readFile ./data; {overlaid('{ text = v; }')}; in [ pkgs.text (ASKED) ]",
    f"let inherit (import ./own.nix) setting; {overlaid('{ inherit setting; }')}; in ASKED",
    f"let s.lit = DIGIT; {overlaid('with prev // s; { m = [ lit flavour ]; }')}; in [ pkgs.m (ASKED) ]",
    f"let lit = DIGIT; {overlaid('rec { one = lit; two = one + lit; }')}; in [ pkgs.two (ASKED) ]",
    'let pkgs = import <library> { flavour = "DIGIT"; }; in ASKED',
    "let pkgs = (import <library/system.nix> { configuration = ./own-module.nix; }).pkgs; in ASKED",
    "let pkgs = import <library> { config = import ./own.nix; }; in [ pkgs.from-config (ASKED) ]",
    """let
      pkgs = import <library> { };
      about = v: if builtins.isString v then { inherit v; context = builtins.getContext v; }
        else if builtins.isAttrs v then { inherit v; at = builtins.mapAttrs (n: _: builtins.unsafeGetAttrPos n v) v; }
        else v;
    in about (ASKED)""",
]
"""What stands around the expression that is asked for."""

WORDS: list[tuple[str, ...]] = [
    (),
    (),
    ("--arg", "n", "2"),
    ("--arg", "n", "import <library/one.nix>"),
    ("--argstr", "s", "b"),
    ("-A", "value"),
    ("--show-trace",),
    ("--pure-eval",),
    ("--option", "system", "aarch64-linux"),
    ("-I", "library/data=FOLDER/project/src"),
    ("-I", "extra=FOLDER/library/data"),
]

REMOVED = [
    *("library/data/text", "library/one.nix", "library/two.nix", "library/called.nix", "library/lib/more.nix"),
    *("library/fetched.nix", "project/own.nix", "project/data", "project/own-module.nix", "project/src/file"),
]
RENAMED = [
    ("library/one.nix", "library/two.nix"),
    ("library/data/text", "library/data/more"),
    ("library/data/text", "library/data/Text"),
    ("library/one.nix", "library/One.nix"),
    ("project/own.nix", "project/Own.nix"),
    ("project/own.nix", "project/own-overlay.nix"),
    ("project/src/file", "project/src/other"),
    ("library/data", "library/Data"),
    ("library/data", "project/src"),
]
LINKS = [
    ("library/link.nix", ["one.nix", "two.nix"]),
    ("library/link.nix", ["folder/text", "nowhere", "../project/own.nix", "link.nix", "one.nix", "two.nix"]),
    ("library/to-project.nix", ["../project/own.nix", "../project/own-module.nix", "one.nix", "../project/linked.nix"]),
    ("library/folder", ["data", "lib", "../project/src", "../project", "nowhere"]),
    ("project/linked.nix", ["own.nix", "../library/two.nix", "../library/link.nix"]),
    ("library/one.nix", ["two.nix", "../project/own.nix"]),
    ("project/own.nix", ["../library/two.nix", "own-module.nix"]),
]
GIT = [
    *("checkout -q --detach", "checkout -q -B other", "checkout -q -f -B main", "reset -q --hard HEAD~1", "add ."),
    *("rm -q --cached default.nix", "tag -f v1", "commit -q --allow-empty --amend -m other", "stash -q", "gc -q"),
]


class Editor:
    """Who edits a project: with a few habits, as what is done again and again meets itself sooner."""

    def __init__(self, project: Project, chance: random.Random, patch: pytest.MonkeyPatch) -> None:
        self.project = project
        self.chance = chance
        self.patch = patch
        habits = chance.sample(HABITS, 4)
        self._habits = [Editor.ask, Editor.ask, Editor.ask, Editor.write, *[habit for habit, _ in habits]]
        self._asked = [*chance.sample(EXPRESSIONS, 2), *[chance.choice(shown) for _, shown in habits]]

    def edit(self) -> None:
        """Changes something."""
        self.chance.choice(self._habits)(self)

    def ask(self) -> None:
        self.project.main(f"/* {self.chance.randrange(9)} */ " + self.chance.choice(self._asked))

    def write(self) -> None:
        """As editors do: into the file, or another one that takes its place."""
        name, text = self.chance.choice(TEXTS)
        path = self.project.folder / name
        if path.is_dir():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.chance.random() < 0.5 or path.is_symlink():
            path.unlink(missing_ok=True)
        path.write_text(text(self.chance))

    def write_and_hide(self) -> None:
        """Another content of the same size, and the times that the file had."""
        path = self.project.folder / self.chance.choice(["library/data/text", "library/data/more", "project/data"])
        if path.is_file():
            before, old = path.stat(), path.read_text()
            path.write_text("".join(self.chance.sample(old, len(old))))
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def touch(self) -> None:
        path = self.project.folder / self.chance.choice([*REMOVED, "library", "library/data"])
        if path.exists():
            os.utime(path)

    def remove(self) -> None:
        """A file that is gone, or one that is there again."""
        name = self.chance.choice(REMOVED)
        path = self.project.folder / name
        if os.path.lexists(path):
            path.unlink()
        elif path.parent.is_dir():
            path.write_text(LIBRARY.get(name.removeprefix("library/"), "{ setting = 3; }"))

    def rename(self) -> None:
        """Two change their names, or one gets another one, be it in upper case; and back."""
        one, two = (self.project.folder / name for name in self.chance.choice(RENAMED))
        if not os.path.lexists(one):
            one, two = two, one
        aside = self.project.folder / "aside"
        if os.path.lexists(one):
            one.rename(aside)
            if os.path.lexists(two):
                two.rename(one)
            aside.rename(two)

    def change_mode(self) -> None:
        names = ["library/data/more", "project/src/file", "library/one.nix", "library/data/text"]
        path = self.project.folder / self.chance.choice(names)
        if path.is_file():
            path.chmod(path.stat().st_mode ^ 0o111)

    def retarget(self) -> None:
        """A link, or a file that becomes one: in the library, into the project, out of it, to itself, to nothing."""
        name, targets = self.chance.choice(LINKS)
        path = self.project.folder / name
        path.unlink(missing_ok=True)
        path.symlink_to(self.chance.choice(targets))

    def change_kind(self) -> None:
        """Something that is a file, a folder, a link or nothing."""
        path = self.project.folder / "library" / "thing"
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
        link = path.symlink_to
        kinds: list[Callable[[], object]] = [path.touch, path.mkdir, lambda: link("data"), lambda: link("no"), str]
        self.chance.choice(kinds)()

    def change_entry(self) -> None:
        path = self.project.folder / "library" / "data" / self.chance.choice(["entry0", "entry1", "skipped"])
        if path.exists():
            path.unlink()
        elif path.parent.is_dir():
            path.write_text(f"entry {self.chance.randrange(3)}")

    def replace_all(self) -> None:
        """The library is another folder, of the same content: as after it was fetched again."""
        copy = self.project.folder / "copy"
        shutil.copytree(self.project.folder / "library", copy, symlinks=True)
        shutil.rmtree(self.project.folder / "library")
        copy.rename(self.project.folder / "library")

    def set_variable(self) -> None:
        value = self.chance.choice(["", "0", "1", None])
        if value is None:
            self.patch.delenv("LIBRARY_VARIABLE", raising=False)
        else:
            self.patch.setenv("LIBRARY_VARIABLE", value)

    def commit(self) -> None:
        self.project.commit(f"{self.chance.randrange(99)}")

    def use_git(self) -> None:
        """Of a repository that the library fetches; what Git refuses is none."""
        self.project.git(self.chance.choice(GIT), check=False)

    def work_in_repository(self) -> None:
        """A working directory that is dirty, be it by a file that Git does not know."""
        name = self.chance.choice(["default.nix", "default.nix", "untracked"])
        self.project.write(f"repository/{name}", f"{self.chance.randrange(99)}")

    def surround(self) -> None:
        self.project.around = self.chance.choice(AROUND).replace("DIGIT", str(self.chance.randrange(9)))
        self.ask()

    def change_words(self) -> None:
        words = self.chance.choice(WORDS)
        self.project.words = tuple([word.replace("FOLDER", str(self.project.folder)) for word in words])

    def collect(self) -> None:
        """Some of the store is gone, as after its garbage was collected."""
        from lixeval.store.local import LocalStore

        store = LocalStore(os.environ["LIXEVAL_STORE"])
        for path in sorted(store.all_paths()):
            if self.chance.random() < 0.3 and not store.referrers(path):
                store.forget(path)
        store.close()


HABITS = [
    (Editor.surround, ["pkgs.hello.drvPath", "pkgs.flavour", "pkgs.extras"]),
    (Editor.surround, ["pkgs.world.drvPath", "pkgs.from-config"]),
    (Editor.write_and_hide, ["pkgs.world.drvPath", "pkgs.hello.drvPath", "builtins.readFile ./data"]),
    (Editor.touch, ["pkgs.world.drvPath", '"${pkgs.filtered}"', "pkgs.from-project"]),
    (Editor.remove, ["pkgs.world.drvPath", "pkgs.linked", "pkgs.from-project", "pkgs.called.name", "pkgs.scoped"]),
    (Editor.rename, ["pkgs.world.drvPath", "pkgs.linked", "pkgs.from-project", "pkgs.hash", "pkgs.names"]),
    (Editor.change_mode, ["pkgs.world.drvPath", '"${pkgs.filtered}"', "pkgs.source"]),
    (Editor.retarget, ["pkgs.linked", "pkgs.from-project", "pkgs.through", "pkgs.folder", "pkgs.scoped"]),
    (Editor.retarget, ["pkgs.linked", "pkgs.linked", "pkgs.through"]),
    (Editor.change_kind, ["pkgs.thing"]),
    (Editor.change_entry, ["pkgs.names", "pkgs.folder", '"${pkgs.filtered}"', "pkgs.source"]),
    (Editor.replace_all, ["pkgs.world.drvPath", "pkgs.linked", "pkgs.context"]),
    (Editor.set_variable, ["pkgs.home"]),
    (Editor.commit, ["import <library/fetched.nix>"]),
    (Editor.use_git, ["import <library/fetched.nix>"]),
    (Editor.work_in_repository, ["import <library/fetched.nix>"]),
    (Editor.change_words, ["pkgs.extras", "pkgs.world.drvPath", "pkgs.names"]),
    (Editor.collect, ["pkgs.world.drvPath", "pkgs.source", "pkgs.file"]),
]
"""Of which an editor has a few; each with what shows it, of which that editor asks for one."""
