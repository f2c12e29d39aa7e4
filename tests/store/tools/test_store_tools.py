"""`lixeval store …`, `show-derivation`, `why` and `diff` as commands.

What real Nix answers about the store that `graph.nix` makes is in `recorded.json` (see `record.py`): the same lines are
wanted, to the byte.  What Nix has no answer for is tested on its own.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
from pathlib import Path

import pytest

from lixeval.cli import run
from lixeval.cli.command_table import COMMANDS
from lixeval.formats import nar
from lixeval.formats.store_path import StorePath
from lixeval.store import canonical, garbage
from lixeval.store.local import LocalStore
from lixeval.store.path_info import PathInfo
from lixeval.store.placing import put_in_place
from lixeval.store.verify import verify
from tests.store.tools import record
from tests.support import real_nix

HERE = Path(__file__).parent
RECORDED: dict[str, str | None] = json.loads((HERE / "recorded.json").read_text())


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store into which graph.nix has been instantiated."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        _at_home(patch, home)
        assert run(["--instantiate", str(HERE / "graph.nix")]) == 0
    return home


def _at_home(patch: pytest.MonkeyPatch, home: Path) -> None:
    for variable, folder in (("LIXEVAL_STORE", "store"), ("XDG_CACHE_HOME", "cache"), ("XDG_DATA_HOME", "data")):
        patch.setenv(variable, str(home / folder))
    patch.setenv("NO_COLOR", "1")


@pytest.fixture
def home(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment of a user whose store that is."""
    _at_home(monkeypatch, root)
    return root


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    """A store of one's own, and a folder to work in."""
    _at_home(monkeypatch, tmp_path)
    monkeypatch.chdir(tmp_path)
    return LocalStore(str(tmp_path / "store"))


def output(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    capsys.readouterr()
    found = run(list(words))
    captured = capsys.readouterr()
    assert found == code, captured.err
    return captured.out


def failure(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert run(list(words)) == 1
    return capsys.readouterr().err


# As real Nix answers


@pytest.mark.parametrize("command", ["query", "show-derivation", "why", "path-info", "gc"])
def test_answers_are_those_of_nix(home: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    asked = {line: answer for line, answer in RECORDED.items() if command in line.split()[:2]}
    assert asked
    for line, answer in asked.items():
        if answer is None:
            assert "error" in failure(capsys, *line.split()), line
        elif command == "why" and not answer:
            # Nix says so too, and exits with 0.
            assert "does not depend on" in failure(capsys, *line.split()), line
        else:
            assert output(capsys, *line.split()) == answer, line


def test_the_recording_is_still_what_nix_answers(tmp_path: Path) -> None:
    """Needs the Nix that was recorded: LIXEVAL_TEST_NIX, a command to put before Nix's own."""
    real_nix.chosen_prefix()
    if "2.26.3" not in (record.nix("nix", "--version") or ""):
        pytest.skip("the recording was made with Nix 2.26.3")
    assert record.answers(str(tmp_path / "store")) == RECORDED


def test_every_way_to_name_a_path(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = (line for line in RECORDED if line.startswith("store query --outputs") and line.endswith("-whole.drv"))
    path = line.split()[-1]
    real = f"{home}/store{path}"
    (tmp_path / "result").symlink_to(real)
    (tmp_path / "again").symlink_to("result")
    for word in (path, real, str(tmp_path / "result"), str(tmp_path / "again"), path + "/below"):
        assert output(capsys, "store", "query", "--resolve", word) == path + "\n"
    whole = RECORDED[f"show-derivation {path}"]
    graph = str(HERE / "graph.nix")
    for words in (
        [path],
        [str(tmp_path / "result")],
        [graph],
        ["-E", f"import {graph}"],
        ["-E", f"{{ a = import {graph}; }}", "-A", "a"],
    ):
        assert output(capsys, "show-derivation", *words) == whole


# Runtime references: files, links, self-references


def put(store: LocalStore, name: str, files: dict[str, str], references: list[StorePath], digit: str) -> StorePath:
    """An object with these files ("->x" is a link to x), "$self" standing for its own path."""
    path = StorePath(f"/nix/store/{digit * 32}-{name}")
    temporary = store.temporary_output(path)
    os.mkdir(temporary)
    for file, text in files.items():
        place = Path(temporary, file)
        place.parent.mkdir(parents=True, exist_ok=True)
        text = text.replace("$self", path)
        if text.startswith("->"):
            place.symlink_to(text[2:])
        else:
            place.write_text(text)
    with store.lock([path]):
        canonical.canonicalise(temporary)
        put_in_place(temporary, store.real(path))
        nar_hash, size = nar.dump_hash(store.real(path))
        store.register([PathInfo(path, nar_hash, size, references)])
    return path


def test_why_names_files_and_links(empty: LocalStore, capsys: pytest.CaptureFixture[str]) -> None:
    """The form of the lines is that of `nix why-depends --precise`."""
    lib = put(empty, "lib", {"lib.so": "code"}, [], "1")
    tool = put(empty, "tool", {"bin/run": f"\0\x7f{lib}/lib.so\0", "a/link": f"->{lib}/lib.so"}, [lib], "2")
    top = put(
        empty,
        "top",
        {"z": f"{tool} and {lib}", "empty": "", "self": "$self"},
        [lib, tool, StorePath(f"/nix/store/{'3' * 32}-top")],
        "3",
    )
    assert output(capsys, "why", tool, lib) == f"{tool}\n└───a/link -> {lib}/lib.so\n    → {lib}\n"
    assert output(capsys, "why", "--all", top, lib) == (
        f"{top}\n"
        f"├───z: …22222222222-tool and {lib}…\n"
        f"│   → {lib}\n"
        f"└───z: …{tool} and /nix/store/11111111111…\n"
        f"    → {tool}\n"
        f"    └───a/link -> {lib}/lib.so\n"
        f"        bin/run: …..{lib}/lib.so.…\n"
        f"        → {lib}\n"
    )
    assert output(capsys, "why", top, top) == f"{top}\n└───self: …{top}…\n    → {top}\n"
    assert output(capsys, "why", lib, lib) == f"{lib}\n"
    names = put(empty, "names", {f"share/{lib[11:]}/x": "", "other": ""}, [lib], "4")
    assert output(capsys, "why", names, lib) == f"{names}\n└───share/{lib[11:]}: …{lib[11:]}…\n    → {lib}\n"
    found = json.loads(output(capsys, "why", "--json", top, lib))
    assert found["shortest"] == [top, lib]
    assert [(step["from"], step["to"], [hit["file"] for hit in step["files"]]) for step in found["steps"]] == [
        (top, lib, ["z"]),
        (top, tool, ["z"]),
        (tool, lib, ["a/link", "bin/run"]),
    ]


# Into the store and out of it


def test_what_is_added_goes_where_nix_puts_it(empty: LocalStore, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkdir("tree")
    Path("tree/file").write_text("text\n")
    # Recorded from nix-store --add and nix store add --mode … of Nix 2.26.3.
    for path, *words in (
        ("nn14rrx08vljbnkh80n4i9ndhzjj47f2-tree", "tree"),
        ("xflsbzg01ixnlijj6bka7k4i39n04zas-file", "--mode", "flat", "tree/file"),
        ("bm44rq1mqk9aj3ny5j206586jpp1c74v-x", "--mode=flat", "--hash-algo", "sha1", "--name", "x", "tree/file"),
        ("hv5s32wiv7v0i82qs3zyij0pfhfb0vlb-x", "-m", "text", "--name=x", "tree/file"),
        ("i89h8ql0bqs60iy5mfvxjhda1h6lsfa4-x", "--hash-algo=sha512", "--name", "x", "tree"),
    ):
        assert output(capsys, "store", "add", "--dry-run", *words) == f"/nix/store/{path}\n"
        assert not empty.is_valid(StorePath(f"/nix/store/{path}"))
        assert output(capsys, "store", "add", *words) == f"/nix/store/{path}\n"
        assert LocalStore(empty.root).is_valid(StorePath(f"/nix/store/{path}"))
    assert verify(LocalStore(empty.root), check_contents=True) == []


def test_a_nar_out_and_in_again(
    empty: LocalStore, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkdir("tree")
    Path("tree/file").write_text("text\n")
    assert run(["store", "dump", "tree"]) == 0
    archive = capfdbinary.readouterr().out
    # nix-store --dump tree | sha256sum
    assert hashlib.sha256(archive).hexdigest() == "63b371c962329c30e297d95d9db380feba966455878c2e84fa91193078bb8fc2"
    for data, code in ((archive, 0), (archive[:-8], 1)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        assert run(["store", "restore", f"copy{code}"]) == code
    assert Path("copy0/file").read_text() == "text\n"
    assert sorted(os.listdir()) == ["copy0", "tree"], "of what breaks off nothing is left"
    assert run(["store", "restore", "copy0"]) == 1


# Upkeep


def test_verify_tells_what_is_wrong(empty: LocalStore, capsys: pytest.CaptureFixture[str]) -> None:
    good, changed, gone = (empty.add_text(name, name) for name in ("good", "changed", "gone"))
    assert output(capsys, "store", "verify", "--check-contents") == ""
    os.chmod(empty.real(changed), 0o644)
    Path(empty.real(changed)).write_text("other")
    assert output(capsys, "store", "verify") == ""
    os.unlink(empty.real(gone))
    assert output(capsys, "store", "verify", code=1) == f"path '{gone}' disappeared\n"
    told = output(capsys, "store", "verify", "--check-contents", code=1)
    assert f"path '{gone}' disappeared\n" in told
    assert f"path '{changed}' was modified! expected hash 'sha256-" in told
    assert good not in told
    assert output(capsys, "store", "verify", good, empty.real(good)) == ""
    assert output(capsys, "store", "verify", good, gone, code=1) == f"path '{gone}' disappeared\n"
    assert "was modified!" in output(capsys, "store", "verify", changed, code=1)


def test_collecting_keeps_what_results_lead_to(empty: LocalStore, capsys: pytest.CaptureFixture[str]) -> None:
    leaf = empty.add_text("leaf", "")
    kept = empty.add_text("kept", leaf, [leaf])
    lost = empty.add_text("lost", leaf, [leaf])
    os.symlink(empty.real(kept), "result")
    garbage.add_indirect_root(empty, "result")
    empty.close()
    assert output(capsys, "store", "gc", "--print-roots") == f"{os.getcwd()}/result -> {kept}\n"
    assert output(capsys, "store", "query", "--roots", leaf) == f"{os.getcwd()}/result -> {kept}\n"
    assert output(capsys, "store", "gc", "--print-live").split() == sorted([leaf, kept])
    assert output(capsys, "store", "gc", "--print-dead") == f"{lost}\n"
    assert output(capsys, "store", "gc", "--dry-run") == "1 store path would be deleted, 0.00 MiB would be freed\n"
    assert "one of" in failure(capsys, "store", "gc", "--dry-run", "--print-dead")
    assert "refers to it" in failure(capsys, "store", "delete", leaf)
    assert "still alive" in failure(capsys, "store", "delete", kept)
    assert output(capsys, "store", "gc") == "1 store path deleted, 0.00 MiB freed\n"
    assert output(capsys, "store", "gc", "--print-dead") == ""
    os.unlink("result")
    assert output(capsys, "store", "delete", leaf, kept) == "2 store paths deleted, 0.00 MiB freed\n"
    assert os.listdir(empty.real_store_dir) == [".links"]


# Derivations compared


def test_diff_shows_the_cause(empty: LocalStore, capsys: pytest.CaptureFixture[str]) -> None:
    text = """
      let d = name: more: derivation ({ inherit name; system = "s"; builder = "b"; } // more);
      in d "top" { below = d "middle" { below = d "leaf" { flags = "FLAG"; }; }; }
    """
    Path("old.nix").write_text(text.replace("FLAG", "-O2"))
    Path("new.nix").write_text(text.replace("FLAG", "-O3"))
    assert output(capsys, "diff", "old.nix", "old.nix").startswith("the same derivation: /nix/store/")
    lines = output(capsys, "diff", "old.nix", "new.nix", code=1).splitlines()
    assert lines[0] == "top → middle → leaf"
    assert lines[4:] == ["  environment.flags", "    - -O2", "    + -O3"]
    found = json.loads(output(capsys, "diff", "--json", "old.nix", "new.nix", code=1))
    assert found["equal"] is False
    (difference,) = found["differences"]
    assert difference["fields"] == [{"field": "environment.flags", "left": "-O2", "right": "-O3"}]
    assert [pair["left"][44:] for pair in difference["chain"]] == ["top.drv", "middle.drv", "leaf.drv"]
    assert json.loads(output(capsys, "diff", "--json", "old.nix#below", "old.nix#below"))["differences"] == []


def test_diff_has_more_to_tell(empty: LocalStore, capsys: pytest.CaptureFixture[str]) -> None:
    """A long way is shortened, and further causes are announced."""
    text = """
      let d = name: more: derivation ({ inherit name; system = "s"; builder = "b"; } // more);
      chain = n: if n == 0 then d "leaf" { flags = "FLAG"; } else d "n${toString n}" { below = chain (n - 1); };
      in d "top" { deep = chain 20; other = d "other" { text = "a\nFLAG"; }; }
    """
    Path("old.nix").write_text(text.replace("FLAG", "-O2"))
    Path("new.nix").write_text(text.replace("FLAG", "-O3"))
    capsys.readouterr()
    assert run(["diff", "old.nix", "new.nix"]) == 1
    captured = capsys.readouterr()
    assert captured.out.startswith("top → n20 → n19 → n18 → (14 more) → n3 → n2 → n1 → leaf\n")
    assert captured.err == "there are more causes: --all shows every one\n"
    told = output(capsys, "diff", "--all", "old.nix", "new.nix", code=1)
    assert "\ntop → other\n" in told
    assert "    - a\\n-O2\n    + a\\n-O3\n" in told


# Mistakes


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("store", "usage: lixeval store"),
        ("store frobnicate", "unknown subcommand 'store frobnicate'"),
        ("store query", "needs a store path"),
        ("store query --size --hash /nix/store/x", "one question at a time"),
        ("store query --binding", "the option '--binding' needs an argument"),
        ("store query --size /etc", "path '/etc' is not in the Nix store"),
        ("store query --size /nix/store/x", "'x' is too short to be a valid store path"),
        (f"store query --size /nix/store/{'0' * 32}-x", f"path '/nix/store/{'0' * 32}-x' is not valid"),
        (f"show-derivation /nix/store/{'0' * 32}-x", f"path '/nix/store/{'0' * 32}-x' is not valid"),
        (f"show-derivation /nix/store/{'0' * 32}-x.drv", "cannot read derivation"),
        ("show-derivation --frob x.nix", "unknown option '--frob'"),
        ("show-derivation", "needs a derivation to show"),
        ("show-derivation missing.nix", "missing.nix' does not exist"),
        ("show-derivation -E 42", "'42' does not evaluate to a derivation"),
        ('diff -E {a=derivation{name="x";system="y";builder="z";};} -E []', "'[]' does not evaluate"),
        ("diff a.nix", "needs two derivations"),
        ("diff a b c", "'c' is a third"),
        ("why a", "needs two things"),
        ("why a b c", "'c' is a third"),
        ("store add", "needs a file to add"),
        ("store add --mode git x", "needs nar, flat or text, not 'git'"),
        ("store add missing", "does not exist"),
        ("store dump missing", "does not exist"),
        ("store dump", "needs one path"),
        ("store restore", "needs one path"),
        ("store verify x", "x' is not in the Nix store"),
        (f"store verify /nix/store/{'0' * 32}-x", f"path '/nix/store/{'0' * 32}-x' is not valid"),
        ("store gc x", "takes no 'x'"),
        (f"store log /nix/store/{'0' * 32}-x.drv", "is not available"),
        (f"store delete /nix/store/{'0' * 32}-x", "is not valid"),
    ],
)
def test_mistakes_are_told(empty: LocalStore, capsys: pytest.CaptureFixture[str], line: str, told: str) -> None:
    error = failure(capsys, *line.split())
    assert told in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    "command",
    [command.name for command in COMMANDS if command.name not in ("", "nix2container")],
)
def test_help_names_the_command(capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert output(capsys, *command.split(), "--help").startswith(f"usage: lixeval {command}")
