"""Derivations, files and imports that really go into a store and come out of it again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from lixeval.diagnostics import explained
from lixeval.environment.settings import Settings
from lixeval.errors import EvalError, LixevalError, ThrownError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.formats import derivation as derivations
from lixeval.formats.store_path import StorePath
from lixeval.runtime.printing import printed
from lixeval.runtime.thunks import force
from lixeval.store.local import LocalStore
from lixeval.system.deep_stack import run_deep

X = 'derivation { name = "x"; builder = "y"; system = "z"; outputs = [ "out" "dev" ]; }'


class Store:
    """An evaluator on a store of its own, which builds by copying from `built`."""

    def __init__(self, root: Path, **settings: Any) -> None:
        self.store = LocalStore(str(root))
        self.asked: list[str] = []
        self.said: list[str] = []
        self.built: dict[str, str] = {}
        self.evaluator = Evaluator(
            Settings(system="x86_64-linux", **settings), self.store, realise=self._realise, say=self.said.append
        )

    def _realise(self, context: Iterable[str]) -> None:
        self.asked.extend(context)
        for element in context:
            _, output, drv_path = element.split("!")
            path = self.store.read_derivation(StorePath(drv_path)).outputs[output].path
            real = Path(self.store.real(path))
            real.parent.mkdir(parents=True, exist_ok=True)
            real.write_text(self.built[output])

    def value(self, expression: str) -> Any:
        return run_deep(lambda: self.evaluator.text(expression, "/"))

    def shown(self, expression: str) -> str:
        return printed(self.value(expression), force)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "root")


def test_a_derivation_is_written_and_reads_back(store: Store) -> None:
    drv_path = store.value(f"({X}).drvPath").text
    assert store.store.is_valid(drv_path)
    written = Path(store.store.real(drv_path)).read_bytes()
    assert derivations.parse(written) == store.store.read_derivation(drv_path)
    assert store.shown(f"({X}).drvPath") == f'"{drv_path}"'


def test_plain_evaluation_writes_nothing(tmp_path: Path) -> None:
    plain = Store(tmp_path / "root", write_store=False)
    plain.value(f"({X}).drvPath")
    plain.value('builtins.toFile "a" "b"')
    plain.value('"${./.}"'.replace("./.", str(tmp_path)))
    assert not (tmp_path / "root").exists()


def test_attributes_are_forced_only_when_the_derivation_is_asked_for(store: Store) -> None:
    lazy = '(derivation { name = "x"; builder = throw "b"; system = throw "s"; }).name'
    assert store.value(lazy) == "x"
    with pytest.raises(LixevalError, match=r"^b$"):
        store.value('(derivation { name = "x"; builder = throw "b"; system = throw "s"; }).outPath')


def test_importing_a_drv_gives_the_derivation_back(store: Store) -> None:
    imported = f"import ({X}).drvPath"
    assert store.value(f"({imported}).drvPath").text == store.value(f"({X}).drvPath").text
    assert store.shown(f"map (output: output.outputName) ({imported}).all") == '[ "dev" "out" ]'
    assert store.value(f"({imported}).out.outPath == ({X}).outPath && ({imported}).type == ({X}).type") is True
    assert store.value(f'builtins.getContext "${{({imported}).dev}}" == builtins.getContext "${{({X}).dev}}"') is True


def test_a_deep_context_brings_the_closure_of_the_derivation(store: Store) -> None:
    expression = f"""
      let
        inner = {X};
        file = builtins.toFile "note" "text";
        outer = derivation {{ name = "outer"; builder = "y"; system = "z"; inherit inner file; }};
      in (derivation {{ name = "all"; builder = "y"; system = "z"; what = outer.drvPath; }}).drvPath
    """
    written = store.store.read_derivation(store.value(expression).text)
    names = {path.partition("-")[2]: outputs for path, outputs in written.input_derivations.items()}
    assert names == {"x.drv": ("dev", "out"), "outer.drv": ("out",)}
    assert {path.partition("-")[2] for path in written.input_sources} == {"x.drv", "outer.drv", "note"}


def test_a_file_made_by_to_file_can_be_imported_and_read(store: Store) -> None:
    assert store.value('import (builtins.toFile "sum.nix" "1 + 2")') == 3
    assert store.value('builtins.readFile (builtins.toFile "a" "b")') == "b"
    assert store.value('scopedImport { x = 2; } (builtins.toFile "sum.nix" "1 + x")') == 3


# As real Nix 2.26.3: what is below a file of our store is asked for there, and not in the machine's.
@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ('builtins.readFile "${f}/below"', "opening file '{f}/below': Not a directory"),
        ('builtins.readFile "${f}/below/it"', "opening file '{f}/below/it': Not a directory"),
        ('builtins.hashFile "sha256" "${f}/below"', "opening file '{f}/below': Not a directory"),
        ('builtins.readDir "${f}/below"', "reading directory {f}/below: Not a directory"),
        ("builtins.readDir f", "reading directory {f}: Not a directory"),
        ('import "${f}/below"', "path '{f}/below' does not exist"),
        ('builtins.readFileType "${f}/below"', "path '{f}/below' does not exist"),
    ],
)
def test_there_is_nothing_below_a_file(expression: str, message: str, store: Store) -> None:
    made = 'let f = builtins.toFile "f" "text"; in '
    with pytest.raises(EvalError) as caught:
        store.value(made + expression)
    assert str(caught.value.message) == message.format(f=store.value(f"{made}builtins.unsafeDiscardStringContext f"))


def test_reading_a_stored_file_keeps_the_references_that_it_mentions(store: Store) -> None:
    expression = """
      let a = builtins.toFile "a" "1"; b = builtins.toFile "b" "see ${a}";
      in builtins.attrNames (builtins.getContext (builtins.readFile b)) == [ "${a}" ]
    """
    assert store.value(expression.replace('[ "${a}" ]', "[ (builtins.unsafeDiscardStringContext a) ]")) is True


def test_entries_of_a_directory_come_in_the_order_of_their_bytes(store: Store, tmp_path: Path) -> None:
    """Whatever order the disk has them in: of two that fail real Nix 2.26.3 tells of the first."""
    folder = tmp_path / "folder"
    folder.mkdir()
    names = [f"{letter}-{number}" for number in range(20) for letter in "zqam"]
    for name in names:
        (folder / name).write_text("")
    text = f"builtins.mapAttrs (name: kind: throw name) (builtins.readDir {folder})"
    with pytest.raises(ThrownError, match=f"^{min(names)}$"):
        store.value(f"builtins.deepSeq ({text}) 1")


def test_import_from_derivation_builds_what_is_read(store: Store) -> None:
    store.built = {"out": "{ answer = 42; }", "dev": "text"}
    assert store.value(f"(import ({X})).answer") == 42
    assert store.value(f"builtins.readFile ({X}).dev") == "text"
    drv_path = store.value(f"({X}).drvPath").text
    assert store.asked == [f"!out!{drv_path}", f"!dev!{drv_path}"]


def test_import_from_derivation_can_be_forbidden(tmp_path: Path) -> None:
    strict = Store(tmp_path, allow_import_from_derivation=False)
    with pytest.raises(EvalError, match=r"^cannot build '/nix/store/.*-x\.drv\^dev' during evaluation because the "):
        strict.value(f"builtins.readFile ({X}).dev")


def test_pure_evaluation_reads_what_it_stored(tmp_path: Path) -> None:
    pure = Store(tmp_path, pure=True)
    assert pure.value('builtins.readFile (builtins.toFile "a" "b")') == "b"
    pure.built = {"out": "7"}
    assert pure.value(f"import ({X})") == 7


def test_a_link_into_the_store_leads_into_our_store(store: Store, tmp_path: Path) -> None:
    file = store.value('builtins.toFile "a" "stored"').text
    (tmp_path / "link").symlink_to(file)
    assert store.value(f"builtins.readFile {tmp_path}/link") == "stored"
    assert store.value(f"builtins.pathExists {tmp_path}/link") is True
    assert store.value(f"toString (builtins.storePath {tmp_path}/link)").text == file


def test_filters_see_logical_paths(store: Store) -> None:
    expression = """
      let
        source = builtins.path { path = %s; name = "source"; };
        isInside = path: builtins.substring 0 (builtins.stringLength source) path == source;
      in builtins.filterSource (path: type: isInside path && type == "regular") source
    """
    source = Path(store.store.root) / "tree"
    (source / "d").mkdir(parents=True)
    (source / "f").write_text("1")
    copied = store.value(expression % source).text
    assert sorted(path.name for path in Path(store.store.real(copied)).iterdir()) == ["f"]


def test_errors_say_which_attribute_of_which_derivation(store: Store) -> None:
    with pytest.raises(LixevalError) as caught:
        store.value('(derivation { name = "x"; builder = "y"; system = "z"; bad = { }; }).drvPath')
    error = explained(caught.value)
    assert error is not None
    told = [frame.message for frame in error.trace]
    assert "while evaluating attribute 'bad' of derivation 'x'" in told
    assert "while evaluating derivation 'x'" in told


def test_a_failed_derivation_fails_alike_again(store: Store) -> None:
    expression = """
      let d = derivation { name = "x"; builder = "y"; system = "z"; bad = throw "no"; };
      in [ (builtins.tryEval d.outPath).success (builtins.tryEval d.drvPath).success ]
    """
    assert store.shown(expression) == "[ false false ]"


def test_a_thousand_derivations_deep(store: Store) -> None:
    expression = """
      let
        wrap = depth: if depth == 0 then "end" else
          derivation { name = "d${toString depth}"; builder = "b"; system = "s"; inner = wrap (depth - 1); };
      in (wrap 1000).name
    """
    assert store.value(expression) == "d1000"
    assert store.value(expression.replace(".name", ".outPath")).text.endswith("-d1000")


def test_a_relative_search_path_entry_that_is_missing_is_said_once(store: Store) -> None:
    expression = """
      let path = [ { path = "/nonexistent/q"; prefix = "q"; } ];
      in map (name: (builtins.tryEval (builtins.findFile path name)).success) [ "q/a" "q/b" ]
    """
    assert store.shown(expression) == "[ false false ]"
    assert store.said == ["warning: Nix search path entry '/nonexistent/q' does not exist, ignoring"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (
            "derivation { name = n; builder = n; system = n; a = { }; }",
            '{ a = <CODE>; all = <CODE>; builder = "x"; drvAttrs = { a = <CODE>; builder = "x"; name = "x"; '
            'system = "x"; }; drvPath = <CODE>; name = "x"; out = «repeated»; outPath = <CODE>; outputName = "out"; '
            'system = "x"; type = "derivation"; }',
        ),
        (
            "let d = derivation { name = n; builder = n; system = n; }; in builtins.seq d.all d",
            '{ all = [ <CODE> ]; builder = "x"; drvAttrs = { builder = "x"; name = "x"; system = "x"; }; '
            'drvPath = <CODE>; name = "x"; out = «repeated»; outPath = <CODE>; outputName = "out"; system = "x"; '
            'type = "derivation"; }',
        ),
    ],
)
def test_of_a_derivation_no_more_is_evaluated_than_real_nix_does(
    expression: str, expected: str, tmp_path: Path
) -> None:
    faithful = Evaluator(Settings(system="x86_64-linux"), LocalStore(str(tmp_path)), faithful=True)
    assert printed(faithful.text(f'let n = "x"; in {expression}', "/")) == expected
