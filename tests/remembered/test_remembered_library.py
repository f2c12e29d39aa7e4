"""What a run takes of its library is kept: used by the next one, and never to be told from evaluating it again."""

from __future__ import annotations

import fcntl
import gc
import os
import random
import subprocess
import sys
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lixeval.cli.workspace import make_workspace
from lixeval.evaluation.evaluator import Evaluator
from lixeval.evaluation.remembered import library
from lixeval.evaluation.workspace import Workspace
from lixeval.formats.store_path import StorePath
from lixeval.system import background
from tests.remembered.edits import Editor
from tests.remembered.projects import EXPRESSIONS, LIBRARY, Project, kept_files

if TYPE_CHECKING:
    from tests.remembered.conftest import Run

SEQUENCES = int(os.environ.get("LIXEVAL_EDIT_SEQUENCES", "6"))
"""How many sequences of edits are tried; by hand a thousand."""


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


def closure_of(drv_path: StorePath, root: str) -> dict[str, bytes]:
    """A derivation and all .drv files that it is made from, as a store has them; each has to be valid there."""
    from lixeval.store.local import LocalStore

    store = LocalStore(root)
    todo, found = [drv_path], dict[str, bytes]()
    while todo:
        path = todo.pop()
        if path not in found:
            assert store.database.is_valid(path), path
            found[path] = Path(store.real(path)).read_bytes() if path.endswith(".drv") else b""
            assert os.path.lexists(store.real(path))
            todo += store.references(path)
    store.close()
    return found


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_after_any_edits_it_is_as_evaluated_afresh(
    project: Project, seed: int, monkeypatch: pytest.MonkeyPatch, trusting: Callable[[], None]
) -> None:
    """In values, contexts, positions, errors; and in .drv files, which a run writes into a store of its own."""
    chance = random.Random(seed)
    editor = Editor(project, chance, monkeypatch)
    for _ in range(12):
        for _ in range(chance.choice([1, 1, 1, 2, 3])):
            editor.edit()
        trusting()
        words = chance.choice([("--eval", "--strict"), ("--eval", "--json"), ("--instantiate",)])
        if words != ("--instantiate",):
            project.check(*words)
            continue
        project.main(chance.choice([one for one in EXPRESSIONS if one.endswith(".drvPath")]).removesuffix(".drvPath"))
        found = project.run(*words)
        other = f"{os.environ['LIXEVAL_STORE']}-afresh"
        assert found.shown == project.run(*words, "--store", other, afresh=True).shown
        for path in found.stdout.split():
            assert closure_of(StorePath(path), os.environ["LIXEVAL_STORE"]) == closure_of(StorePath(path), other)


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
    project.main('[ pkgs.hello.name (import <library> { flavour = "sweet"; }).flavour ]')
    missed = f"1 of 2 calls known; '{project.folder}/library/default.nix' is not: it was given something else"
    assert missed in run(*words, "-v").stderr


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
    ('lit = "a b"; n = 1.5;', "(final: prev: { more = [ lit n ]; inherit lit; n.lit = prev.flavour; })"),
    ("hello = 5;", "(final: prev: with prev; { more = hello; two = with { hello = 1; }; hello; })"),
    ("lit = 5;", "(final: prev: { more = let lit = prev.flavour; in lit; two = (lit: lit) 3; four.lit = 4; })"),
    ("a.lit = 6; lit = 5;", "(final: prev: { more = lit; two = { lit = 1; } // { inherit lit; }; })"),
    ('"lit" = 5; flavour = "mine";', "(final: prev: { more = lit; own = flavour; inherit (prev) flavour; })"),
    ("flavour = ''mine'';", "(final: prev: with prev; { own = flavour; more = prev.flavour; })"),
    ("", "(final: prev: { true = 1; more = true; two = let map = 3; in map; })"),
    ("inherit (p) hello; p.hello = 3;", "(final: prev: with prev; { more = hello; })"),
    ("true = 1;", "(final: prev: { more = true; own = builtins.true; })"),
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


def test_what_is_evaluated_again_has_the_memory_of_the_first(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.main("pkgs.hello.name")
    project.check("--eval", "--strict")
    made: list[weakref.ref[Evaluator]] = []
    alive: list[int] = []

    def opened(*arguments: Any, **named: Any) -> Workspace:
        project.happened.clear()
        gc.collect()
        alive.append(sum(evaluator() is not None for evaluator in made))
        workspace = make_workspace(*arguments, **named)
        made.append(weakref.ref(workspace.evaluator))
        return workspace

    project.main("[ pkgs.grouped (import <library> { }).grouped pkgs.grouped ]")
    with monkeypatch.context() as patch:
        patch.setattr("lixeval.cli.workspace.make_workspace", opened)
        assert "«" in project.run("--eval", "--strict").stdout
    assert alive == [0, 0]


@pytest.mark.parametrize(("asked", "form"), [("[ TEXT ]", "--json"), ("TEXT", "--raw")])
def test_a_text_with_quotation_marks_shows_no_state(project: Project, run: Run, asked: str, form: str) -> None:
    words = ["--eval", form, f"{project.folder}/project/main.nix", "-I", f"library={project.folder}/library"]
    for edited in ("«one»", "«two»"):
        project.main(asked.replace("TEXT", f'(pkgs.hello.name + "{edited}")'))
        found = run("-v", *words)
        assert found.stdout == run("--no-eval-cache", *words).stdout
    assert "of the library" in found.stderr
    assert "not used in the end" not in found.stderr


def test_xml_shows_as_much_as_was_evaluated(project: Project) -> None:
    for one in ("builtins.seq (builtins.head pkgs.grouped.big) pkgs.flavour", "pkgs.grouped", "pkgs.all"):
        project.main(one)
        project.check("--eval", "--xml")


def test_a_library_of_very_many_names_is_kept(project: Project) -> None:
    names = [f"name{number}" for number in range(6000)]
    project.write("library/many.nix", f"{{ {', '.join(f'{name} ? {name[4:]}' for name in names)} }}: name17 + name5999")
    project.write("library/data.nix", f"{{ {' '.join(f'{name} = [ {name[4:]} ];' for name in names)} }}")
    project.write("library/default.nix", "args: { many = import ./many.nix; data = import ./data.nix; }")
    used = []
    for edited in ("1", "2", "3"):
        project.main(f"pkgs.many {{ name17 = {edited}; }} + builtins.head pkgs.data.name5000")
        used.append(project.check("--eval", "--strict"))
    project.main("[ (builtins.functionArgs pkgs.many) (pkgs.many { name6 = 1; }) (pkgs.many { six = 1; }) ]")
    project.check("--eval", "--strict")
    assert used == [False, True, True]


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
    called = f"'{project.folder}/library/default.nix'"

    def told() -> list[str]:
        return [line.strip() for line in run(*words, "--stats").stderr.splitlines()[-2:]]

    assert told() == ["library: nothing is kept yet", f"1 call met, 0 known; {called} is not: nothing is kept yet"]
    run(*words)
    kept, met = told()
    assert kept.startswith("library: kept: 1 call, ") and kept.endswith("; everything they follow from is as it was")
    assert met == "1 call met, 1 known"
    project.main('[ pkgs.flavour (import <library> { flavour = "sweet"; }).flavour ]')
    assert told()[1] == f"2 calls met, 1 known; {called} is not: it was given something else"
    project.main('[ pkgs.flavour (import <library/lib/more.nix> { lib = { two = 2; text = ""; }; }) ]')
    other = called.replace("default", "lib/more")
    assert told()[1] == f"2 calls met, 1 known; {other} is not: no call of it is kept"
    project.write("library/data/text", "another text")
    text = f"'{project.folder}/library/data/text' has changed"
    assert told()[1] == f"2 calls met, 0 known; {called} is not: {text}"
    project.main("1")
    assert told()[1].startswith("library: kept")
    assert told()[1].endswith(text)


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


def test_what_later_runs_find_out_is_appended(project: Project) -> None:
    """In files of their own, until there are several; what was evaluated by then is not evaluated again."""
    from lixeval.evaluation.remembered.heaps import Description, Heaps

    def described(expression: str) -> Description:
        project.main(expression)
        assert project.run("--eval", "--strict").code == 0
        found = Heaps(f"{os.environ['XDG_CACHE_HOME']}/lixeval").load(project.happened[-1].key)
        assert found is not None
        return found

    first = described("pkgs.flavour")
    second = described("pkgs.hello.drvPath")
    third = described("[ pkgs.world.drvPath pkgs.grouped.big ]")
    assert [len(one.volumes) for one in (first, second, third)] == [1, 2, 3]
    assert first.volumes == third.volumes[:1] and second.volumes == third.volumes[:2]
    assert third.changed.keys() > second.changed.keys() and not first.changed
    assert len(third.calls) == 1 and len(third.kinds) == sum(count for *_, count in third.volumes)
    for expression in ("pkgs.hello.drvPath", "pkgs.grouped", "pkgs.positions", "pkgs.listed == pkgs.listed"):
        project.main(f"[ ({expression}) ]")
        assert project.check("--eval", "--strict")
    together = described('(import <library> { flavour = "sweet"; }).world.name')
    assert together.volumes[0] != first.volumes[0] and len(together.calls) >= 2


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
    return sum(path.endswith("/library/default.nix") for path, *_ in description.calls)


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
