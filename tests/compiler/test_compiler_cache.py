"""Compiled code is found again by content: in a copy of a file, under any name, by a copy of lixeval."""

from __future__ import annotations

import marshal
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lixeval
from lixeval.compiler.cache import MANY, READ_BY, CodeCache
from lixeval.compiler.compiled import Program, without_name, written_name

TEXT = """
let
  position = { a = 1; here = __curPos; };
  later = { x = toString (builtins.length (builtins.genList (n: n + 1) 3)); y = ./b/${"c"}; z = ./../d; };
  twice = f: x: f (f x);
in [
  (builtins.unsafeGetAttrPos "a" position).file position.here.file later "${toString ./e}" /f
  (twice (n: n * 2) 3) (builtins.functionArgs ({ g, h ? 1 }: g))
]
"""


def run(file: str, home: Path, package: Path | None = None) -> str:
    environment = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "PYTHONUTF8": "1"}
    if package is not None:
        environment["PYTHONPATH"] = str(package)
    words = [sys.executable, "-m", "lixeval", "--eval", "--strict", "--no-eval-cache", "--store", f"{home}/store", file]
    done = subprocess.run(words, env=environment, capture_output=True, check=False, cwd=home)
    return os.fsdecode(done.stdout or done.stderr)


def kept(home: Path) -> set[str]:
    return {str(path) for path in home.joinpath("cache").rglob("*") if path.is_file()}


def expected(folder: str) -> str:
    above = os.path.dirname(folder)
    later = f'{{ x = "3"; y = {folder}/b/c; z = {above}/d; }}'
    args = "{ g = false; h = true; }"
    return f'[ "{folder}/t.nix" "{folder}/t.nix" {later} "{folder}/e" /f 12 {args} ]\n'


@pytest.mark.parametrize("name", ["short", "long" * 60, "kälte", "日本" * 30, os.fsdecode(b"\xff\xfe"), "it's"])
def test_a_copy_uses_what_was_compiled_for_another(tmp_path: Path, name: str) -> None:
    for folder in ("first", name):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "t.nix").write_text(TEXT)
    assert run(f"{tmp_path}/first/t.nix", tmp_path) == expected(f"{tmp_path}/first")
    before = kept(tmp_path)
    assert run(f"{tmp_path}/{name}/t.nix", tmp_path) == expected(f"{tmp_path}/{name}")
    assert kept(tmp_path) == before


def test_what_a_copy_adds_serves_the_first(tmp_path: Path) -> None:
    text = (
        "{ which }: { a = { p = ./a; l = builtins.length [ 1 ./a ]; }; b = { p = ./b; q = __curPos.file; }; }.${which}"
    )
    for folder, which in (("one", "a"), ("two", "b"), ("one", "b"), ("two", "a")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "t.nix").write_text(text)
        file = tmp_path / f"{folder}-{which}.nix"
        file.write_text(f'import ./{folder}/t.nix {{ which = "{which}"; }}')
        there = f"{tmp_path}/{folder}"
        answer = f"l = 2; p = {there}/a;" if which == "a" else f'p = {there}/b; q = "{there}/t.nix";'
        assert run(str(file), tmp_path) == f"{{ {answer} }}\n"


def test_errors_name_the_copy(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "t.nix").write_text("let f = x: x + 1; in\n[ (f {}) ]")
        told = run(f"{tmp_path}/{folder}/t.nix", tmp_path)
        assert f"{tmp_path}/{folder}/t.nix:1:" in told
    assert f"{tmp_path}/one" not in told


def test_a_copy_of_lixeval_uses_what_another_has_compiled(tmp_path: Path) -> None:
    (tmp_path / "t.nix").write_text(TEXT)
    here = Path(lixeval.__file__).parent
    first = run(f"{tmp_path}/t.nix", tmp_path)
    code = {path for path in kept(tmp_path) if "/code/" in path}
    shutil.copytree(here, tmp_path / "copy" / "lixeval", ignore=shutil.ignore_patterns("__pycache__"))
    if (here.parent / "grammar").exists():
        shutil.copytree(here.parent / "grammar", tmp_path / "copy" / "grammar")
    for path in (tmp_path / "copy").rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    assert run(f"{tmp_path}/t.nix", tmp_path, tmp_path / "copy") == first
    added = {path for path in kept(tmp_path) if "/code/" in path} - code
    assert len(added) == 1  # what the copy's compiler is, by the times of its files

    with (tmp_path / "copy" / "lixeval" / "compiler" / "pyast.py").open("a") as file:
        file.write("\n# another compiler\n")
    assert run(f"{tmp_path}/t.nix", tmp_path, tmp_path / "copy") == first
    added = {path for path in kept(tmp_path) if "/code/" in path} - code
    assert len(added) == 3  # its version, and the program that it has compiled


def test_names_take_the_place_of_a_stand_in() -> None:
    import marshal

    stand_in = sys.intern("<0123>")
    code = compile("def f(): return 1\ndef g(): return 2", stand_in, "exec")
    value = (code, (stand_in, 1), ["<0123 >", stand_in])
    parts = without_name(marshal.dumps(value), stand_in)
    assert len(parts) == 2
    for name in ("a", "/b" * 200, "ü", "\udcff", "日" * 300):
        made, place, texts = marshal.loads(written_name(name).join(parts))
        assert (made.co_filename, place, texts) == (name, (name, 1), ["<0123 >", name])
        assert {inner.co_filename for inner in made.co_consts if hasattr(inner, "co_filename")} == {name}


def test_without_a_folder_nothing_is_kept() -> None:
    cache = CodeCache(None)
    assert cache.key(b"a") != cache.key(b"b")
    assert cache.load(cache.key(b"a")) is None


def test_another_python_has_entries_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same files of lixeval and the same cache, run by two Pythons one after the other."""
    here = CodeCache(str(tmp_path)).key(b"1 + 1")
    monkeypatch.setattr("lixeval.compiler.cache.PYTHON_TAG", "cpython-999-00000000")
    there = CodeCache(str(tmp_path)).key(b"1 + 1")
    assert here != there
    monkeypatch.undo()
    assert CodeCache(str(tmp_path)).key(b"1 + 1") == here


# Kept together


def tree(home: Path, count: int = 12) -> None:
    for number in range(count):
        terms = " ".join(f"(n + {term} * {number})" for term in range(40))
        text = f"{{ n ? {number} }}: {{ a = builtins.length [ {terms} ]; b = toString (builtins.head [ {terms} ]); }}"
        (home / f"{number}.nix").write_text(text)
    every = " ".join(f"(import ./{number}.nix {{ }})" for number in range(count))
    (home / "a.nix").write_text(f"map (x: x.a) [ {every} ]")
    (home / "one.nix").write_text("import ./3.nix { }")
    (home / "b.nix").write_text(f"map (x: x.b) [ {every} ]")


ALL_A = f"[ {' '.join(['40'] * 12)} ]\n"
ONE = '{ a = 40; b = "3"; }\n'
ALL_B = f"[ {' '.join(chr(34) + str(number) + chr(34) for number in range(12))} ]\n"


def packs_of(home: Path) -> list[Path]:
    return sorted(home.joinpath("cache", "lixeval", "code", "packs").iterdir())


def test_many_programs_are_kept_together_and_found_from_any_file(tmp_path: Path) -> None:
    tree(tmp_path)
    assert run(f"{tmp_path}/a.nix", tmp_path) == ALL_A
    assert len(packs_of(tmp_path)) == 1
    first = packs_of(tmp_path)
    assert run(f"{tmp_path}/b.nix", tmp_path) == ALL_B  # each program grows by a piece
    assert len(packs_of(tmp_path)) == 1  # which has what the first had
    assert packs_of(tmp_path) != first
    before = kept(tmp_path)
    assert run(f"{tmp_path}/a.nix", tmp_path) == ALL_A
    assert run(f"{tmp_path}/b.nix", tmp_path) == ALL_B
    assert kept(tmp_path) == before
    assert run(f"{tmp_path}/one.nix", tmp_path) == ONE
    assert len(kept(tmp_path) - before) == 1  # the file that was asked for


def test_a_program_of_many_that_grows_alone_gets_a_file(tmp_path: Path) -> None:
    tree(tmp_path)
    assert run(f"{tmp_path}/a.nix", tmp_path) == ALL_A
    packs = packs_of(tmp_path)
    before = kept(tmp_path)
    assert run(f"{tmp_path}/one.nix", tmp_path) == ONE
    assert packs_of(tmp_path) == packs
    assert len(kept(tmp_path) - before) == 2  # it, and the file that was asked for
    packs[0].unlink()
    before = kept(tmp_path)
    assert run(f"{tmp_path}/one.nix", tmp_path) == ONE
    assert kept(tmp_path) == before


def test_a_file_that_another_run_has_kept_meanwhile_is_added_to(tmp_path: Path) -> None:
    cache = f"{tmp_path}/cache"
    keys = [f"{number:040x}" for number in range(MANY)]
    programs = [(key, Program((), marshal.dumps(()))) for key in keys]
    for _, program in programs:
        program.add("first", (b"1",))
    CodeCache(cache).save(programs)
    early, later = CodeCache(cache), CodeCache(cache)
    grown = []
    for each, piece in ((early, "early"), (later, "later")):
        found = each.load(keys[1])  # in a pack, and there is no folder for what is kept alone
        assert found is not None
        assert found.is_packed()
        found.add(piece, (b"2",))
        grown.append(found)
    later.save([(keys[1], grown[1])])
    early.save([(keys[1], grown[0])])
    found = CodeCache(cache).load(keys[1])
    assert found is not None
    assert not found.is_packed()
    assert [piece for piece in ("first", "early", "later") if found.has(piece)] == ["first", "early", "later"]


@pytest.mark.parametrize("step", [1, 7, 40])
def test_code_that_was_damaged_among_others_is_compiled_again(tmp_path: Path, step: int) -> None:
    tree(tmp_path)
    assert run(f"{tmp_path}/a.nix", tmp_path) == ALL_A
    (pack,) = packs_of(tmp_path)
    data = bytearray(pack.read_bytes())
    for place in range(0, len(data) - 1500, 97 * step):  # but for the directory at the end
        data[place] ^= 0x55
    pack.write_bytes(data)
    assert run(f"{tmp_path}/a.nix", tmp_path) == ALL_A
    before = kept(tmp_path)
    assert packs_of(tmp_path) != [pack]
    assert run(f"{tmp_path}/a.nix", tmp_path) == ALL_A
    assert kept(tmp_path) == before


def test_what_the_compiler_takes_from_the_runtime_decides_what_code_is() -> None:
    """Else code that was kept would be read by a runtime that has other numbers for its nodes, or other traits."""
    taken: set[str] = set()
    for path in Path(lixeval.__file__).parent.joinpath("compiler").glob("*.py"):
        for names in re.findall(r"^from lixeval\.runtime import (.+)$", path.read_text(), re.MULTILINE):
            taken.update(names.split(", "))
        taken.update(re.findall(r"^ *from lixeval\.runtime\.(\w+) import", path.read_text(), re.MULTILINE))
    apart = {"nesting", "values"}  # how deep values are, and what they are: nothing that code has in it
    assert {"walk", "traits"} <= taken
    assert taken - apart <= {name.partition("/")[2] for name in READ_BY}
