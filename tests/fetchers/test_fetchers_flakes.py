"""`getFlake` on flakes of this machine: lock files read and followed, what they lack locked in memory.

The values expected are what Nix 2.26.3 gives for the same flakes.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lixeval.environment.settings import Settings
from lixeval.errors import EvalError, NixTypeError
from lixeval.evaluation.workspace import Workspace
from lixeval.formats.nar import dump_hash
from lixeval.runtime.printing import printed
from lixeval.runtime.thunks import force

Evaluate = Callable[..., str]


@pytest.fixture
def evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Evaluate:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def run(text: str, *, pure: bool = False, said: list[str] | None = None) -> str:
        settings = Settings("x86_64-linux", experimental=frozenset(("flakes",)), pure=pure)
        say = (lambda line: None) if said is None else said.append
        workspace = Workspace(settings, root=str(tmp_path / "store"), say=say)
        return workspace.evaluate(lambda: printed(workspace.evaluator.text(text, "/"), force))

    return run


def write(folder: Path, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "flake.nix").write_text(text)


NODE = '{"version": 7, "root": "r", "nodes": {"r": {}, "b": {"original": {}, "locked": {%s}}}}'
"""A lock file with one node besides the root's."""


def make_flakes(folder: Path) -> None:
    """`a` has the flake `b`, the flake `c`, whose own `b` is that of `a`, and the plain tree `d`."""
    write(folder / "b", '{ outputs = { self }: { value = "b"; path = self.outPath; }; }')
    write(folder / "other-b", '{ outputs = { self }: { value = "other"; }; }')
    write(
        folder / "c/sub",
        f'{{ inputs.b.url = "path:{folder}/other-b"; outputs = {{ self, b }}: {{ value = "c:${{b.value}}"; }}; }}',
    )
    (folder / "d").mkdir()
    (folder / "d/file.txt").write_text("hello\n")
    write(
        folder / "a",
        f"""{{
          description = "the root";
          inputs.b.url = "path:{folder}/b";
          inputs.c = {{ url = "path:{folder}/c?dir=sub"; inputs.b.follows = "b"; }};
          inputs.d = {{ url = "path:{folder}/d"; flake = false; }};
          outputs = {{ self, b, c, ... }}@inputs: {{
            value = "a:${{b.value}}:${{c.value}}";
            text = builtins.readFile (inputs.d + "/file.txt");
            names = builtins.attrNames inputs;
            self = builtins.attrNames self;
            d = builtins.attrNames inputs.d;
          }};
        }}""",
    )


VALUES = """
let f = builtins.getFlake "path:FOLDER/a"; in [
  f.value f.text f.names f.self f.d f._type (f.outputs.value == f.value) (f.inputs.b.path == f.inputs.b.outPath)
  (builtins.match ".*-source/sub" f.inputs.c.outPath != null) (f.outPath == f.sourceInfo.outPath)
]"""
EXPECTED = (
    '[ "a:b:c:b" "hello\\n" [ "b" "c" "d" "self" ] '
    '[ "_type" "d" "inputs" "lastModified" "lastModifiedDate" "names" "narHash" "outPath" "outputs" "self" '
    '"sourceInfo" "text" "value" ] '
    '[ "lastModified" "lastModifiedDate" "narHash" "outPath" ] "flake" true true true true ]'
)


def test_without_a_lock_file(evaluate: Evaluate, tmp_path: Path) -> None:
    make_flakes(tmp_path)
    said: list[str] = []
    assert evaluate(VALUES.replace("FOLDER", str(tmp_path)), said=said) == EXPECTED
    assert said[0] == f"warning: not writing modified lock file of flake 'path:{tmp_path}/a':"
    assert [line for line in said if line.startswith("•")] == [
        "• Added input 'b':",
        "• Added input 'c':",
        "• Added input 'c/b':",
        "• Added input 'd':",
    ]
    assert "    follows 'b'" in said
    assert not (tmp_path / "a/flake.lock").exists()


def lock(folder: Path, name: str, **more: object) -> dict[str, object]:
    place = {"type": "path", "path": f"{folder}/{name}", **more}
    return {"locked": {**place, "lastModified": 5, "narHash": dump_hash(str(folder / name))[0].sri}, "original": place}


def write_lock(folder: Path) -> None:
    nodes = {
        "b_5": lock(folder, "b"),
        "c": {**lock(folder, "c", dir="sub"), "inputs": {"b": ["b"]}},
        "d": {**lock(folder, "d"), "flake": False},
        "root": {"inputs": {"b": "b_5", "c": "c", "d": "d"}},
    }
    (folder / "a/flake.lock").write_text(json.dumps({"nodes": nodes, "root": "root", "version": 7}))


def test_a_lock_file_is_followed(evaluate: Evaluate, tmp_path: Path) -> None:
    make_flakes(tmp_path)
    write_lock(tmp_path)
    said: list[str] = []
    assert evaluate(VALUES.replace("FOLDER", str(tmp_path)), said=said) == EXPECTED
    assert said == []
    text = f'(builtins.getFlake "path:{tmp_path}/a").inputs.b.lastModified'
    assert evaluate(text) == "5"


def test_a_tree_that_is_not_what_was_locked(evaluate: Evaluate, tmp_path: Path) -> None:
    make_flakes(tmp_path)
    write_lock(tmp_path)
    (tmp_path / "b/more").write_text("")
    with pytest.raises(EvalError, match=f"NAR hash mismatch in input 'path:{tmp_path}/b") as caught:
        evaluate(f'(builtins.getFlake "path:{tmp_path}/a").value')
    assert caught.value.exit_code == 102


def test_an_input_that_is_new(evaluate: Evaluate, tmp_path: Path) -> None:
    make_flakes(tmp_path)
    write_lock(tmp_path)
    flake = tmp_path / "a/flake.nix"
    flake.write_text(flake.read_text().replace(f"{tmp_path}/b", f"{tmp_path}/other-b"))
    said: list[str] = []
    assert evaluate(f'(builtins.getFlake "path:{tmp_path}/a").value', said=said) == '"a:other:c:other"'
    assert [line for line in said if line.startswith("•")] == ["• Updated input 'b':"]


def test_inputs_in_the_same_tree(evaluate: Evaluate, tmp_path: Path) -> None:
    write(
        tmp_path / "r", '{ inputs.sub.url = "path:./sub"; outputs = { self, sub }: { v = sub.v; o = sub.outPath; }; }'
    )
    write(tmp_path / "r/sub", '{ inputs.up.url = "../up"; outputs = { self, up }: { v = "sub-${up.v}"; }; }')
    write(tmp_path / "r/up", '{ outputs = { self }: { v = "up"; }; }')
    text = f'let f = builtins.getFlake "path:{tmp_path}/r"; in [ f.v (f.o == f.outPath + "/sub") ]'
    assert evaluate(text) == '[ "sub-up" true ]'


# Real Nix 2.26.3 refuses both in these words, and takes a flake.nix that is a link to a file.
@pytest.mark.parametrize(
    ("links", "message"),
    [
        ({"flake.nix": "there.nix"}, None),
        ({"flake.nix": "nowhere.nix"}, "-source/nowhere.nix' does not exist"),
        ({"flake.nix": "there.nix", "flake.lock": "there.lock"}, "-source/flake.lock' is a symlink"),
        ({"flake.nix": "there.nix", "flake.lock": "nowhere"}, "-source/flake.lock' is a symlink"),
    ],
)
def test_links(links: dict[str, str], message: str | None, evaluate: Evaluate, tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f/there.nix").write_text("{ outputs = { self }: { v = 1; }; }")
    (tmp_path / "f/there.lock").write_text('{ "nodes": { "root": {} }, "root": "root", "version": 7 }')
    for name, target in links.items():
        (tmp_path / "f" / name).symlink_to(target)
    text = f'(builtins.getFlake "path:{tmp_path}/f").v'
    if message is None:
        assert evaluate(text) == "1"
    else:
        with pytest.raises(EvalError, match=message):
            evaluate(text)


def test_a_flake_in_a_git_repository(evaluate: Evaluate, tmp_path: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("there is no git")
    write(tmp_path / "g", "{ outputs = { self }: { v = self.shortRev; }; }")
    for words in (["init", "-q"], ["add", "flake.nix"], ["commit", "-qm", "x"]):
        who = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", "-C", str(tmp_path / "g"), *who, *words], check=True, capture_output=True)
    (tmp_path / "g/not-tracked").write_text("")
    text = f'let f = builtins.getFlake "git+file://{tmp_path}/g"; in [ (f.v == f.shortRev) (builtins.readDir f) ]'
    assert evaluate(text) == '[ true { "flake.nix" = "regular"; } ]'


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_submodules_are_relative_to_a_repository_however_it_is_written(evaluate: Evaluate, tmp_path: Path) -> None:
    def git(folder: str, *words: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=b@c", "-c", "protocol.file.allow=always"]
        subprocess.run(["git", *identity, *words], cwd=tmp_path / folder, check=True, capture_output=True)

    for folder in ("s", "r"):
        (tmp_path / folder).mkdir()
        git(folder, "init", "-q", "-b", "main")
        (tmp_path / folder / "file").write_text(folder)
        git(folder, "add", ".")
        git(folder, "commit", "-qm", "1")
    git("r", "submodule", "--quiet", "add", "../s", "inner")
    git("r", "commit", "-qm", "2")
    for url in (f"file:{tmp_path}/r", f"file://{tmp_path}/r", f"{tmp_path}/r"):
        tree = f'builtins.fetchGit {{ url = "{url}"; ref = "main"; submodules = true; }}'
        assert evaluate(f'builtins.readFile "${{{tree}}}/inner/file"') == '"s"'


def test_a_name_is_looked_up_in_the_registries(evaluate: Evaluate, tmp_path: Path) -> None:
    write(tmp_path / "b", '{ outputs = { self }: { v = "b"; }; }')
    write(tmp_path / "a", "{ outputs = { self, named }: { inherit (named) v; }; }")
    registry = tmp_path / "config/nix/registry.json"
    registry.parent.mkdir(parents=True)
    entry = {"from": {"type": "indirect", "id": "named"}, "to": {"type": "path", "path": f"{tmp_path}/b"}}
    registry.write_text(json.dumps({"version": 2, "flakes": [entry]}))
    assert evaluate(f'(builtins.getFlake "path:{tmp_path}/a").v') == '"b"'
    assert evaluate('(builtins.getFlake "named").v') == '"b"'
    for tree in ('"flake:named"', '{ type = "indirect"; id = "named"; }'):
        assert evaluate(f'(builtins.readDir (builtins.fetchTree {tree}))."flake.nix"') == '"regular"'
        with pytest.raises(EvalError, match="will not fetch unlocked input 'flake:named'"):
            evaluate(f"builtins.fetchTree {tree}", pure=True)
    for kept, what in (("br", "branch/tag name"), ("0" * 40, "revision")):
        for call in (f'builtins.fetchTree "flake:named/{kept}"', f'(builtins.getFlake "named/{kept}").v'):
            with pytest.raises(EvalError, match=f"know how to set {what} of input 'path:{tmp_path}/b' to '{kept}'"):
                evaluate(call)


@pytest.mark.parametrize(
    ("flake", "message"),
    [
        (None, "flake.nix' does not exist"),
        ("[ ]", "must be an attribute set"),
        ("{ }", "lacks attribute 'outputs'"),
        ("{ outputs = { self }: { }; output = 1; }", "has an unsupported attribute 'output'"),
        ("{ outputs = 1; }", "expected a function but got an integer"),
        (
            '{ inputs.x.follows = "y/z"; outputs = { self, x }: { inherit (x) v; }; }',
            "follows a non-existent input 'y/z'",
        ),
        ('{ inputs.x.follows = "x"; outputs = { self, x }: { inherit (x) v; }; }', "follow cycle detected: .x -> x."),
        ("{ inputs.x.url = 1; outputs = { self, x }: { }; }", "expected a string or a path but got an integer"),
        ("{ inputs.x.flake = 1; outputs = { self, x }: { }; }", "expected a Boolean but got an integer"),
        ("{ inputs.x.follows = /x; outputs = { self, x }: { }; }", "expected a string but got a path"),
        ("{ inputs.x.owner = null; outputs = { self, x }: { }; }", "'owner' of the input 'x' is null while"),
        (
            '{ inputs.x = { type = "path"; path = ./y; }; outputs = { self, x }: { }; }',
            "'path' of the input 'x' is a path while a string, Boolean, or integer is expected",
        ),
        ("{ description = null; outputs = { self }: { }; }", "expected a string but got null"),
        ("{ nixConfig.x = [ 1 ]; outputs = { self }: { }; }", "setting 'x' is an integer while a string is expected"),
        ('{ inputs.x.owner = "a"; outputs = { self, x }: { }; }', "unexpected flake input attribute 'owner'"),
    ],
)
def test_flakes_that_are_wrong(flake: str | None, message: str, evaluate: Evaluate, tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    if flake is not None:
        write(tmp_path / "f", flake)
    with pytest.raises((EvalError, NixTypeError), match=message):
        evaluate(f'(builtins.getFlake "path:{tmp_path}/f").v or 1')


OUTPUTS = "outputs = { self, ... }: { a = 1; };"


# Real Nix 2.26.3 refuses each of them in the same words.
@pytest.mark.parametrize(
    ("flake", "message", "column"),
    [
        (f"let x = 1; in {{ {OUTPUTS} }}", "flake.nix' must be an attribute set", 1),
        (f"{{ {OUTPUTS} }} // {{ }}", "flake.nix' must be an attribute set", 1),
        (f"(x: x) {{ {OUTPUTS} }}", "flake.nix' must be an attribute set", 1),
        ("import ./o.nix", "flake.nix' must be an attribute set", 1),
        (f'{{ description = "a" + "b"; {OUTPUTS} }}', "expected a string but got a thunk", 3),
        (f'{{ description = "${{"a"}}b"; {OUTPUTS} }}', "expected a string but got a thunk", 3),
        (f"{{ inputs = let x = {{ }}; in x; {OUTPUTS} }}", "expected a set but got a thunk", 3),
        (f"{{ inputs = import ./i.nix; {OUTPUTS} }}", "expected a set but got a thunk", 3),
        (f'{{ inputs."${{"b"}}".url = "x"; {OUTPUTS} }}', "expected a set but got a thunk", 3),
        (f"{{ inputs.b = {{ }} // {{ }}; {OUTPUTS} }}", "expected a set but got a thunk", 3),
        (f'{{ inputs.b.url = "a" + "b"; {OUTPUTS} }}', "expected a string or a path but got a thunk", 3),
        (f"{{ inputs.b.flake = 1 == 2; {OUTPUTS} }}", "expected a Boolean but got a thunk", 3),
        (f"{{ inputs.b.flake = builtins.true; {OUTPUTS} }}", "expected a Boolean but got a thunk", 3),
        (f'{{ inputs.b.follows = toString "a"; {OUTPUTS} }}', "expected a string but got a thunk", 3),
        (f"{{ inputs.b.inputs.c = f: {{ }}; inputs.b.inputs.d = (f: f) 1; {OUTPUTS} }}", "expected a set but got", 31),
        (
            f'{{ inputs.b.path = "/a" + "/b"; {OUTPUTS} }}',
            "flake input attribute 'path' of the input 'b' is a thunk",
            3,
        ),
        ("{ outputs = let f = { self }: { }; in f; }", "expected a function but got a thunk", 3),
        ("{ outputs = import ./o.nix; }", "expected a function but got a thunk", 3),
        ("{ inherit ({ outputs = { self }: { }; }) outputs; }", "expected a function but got a thunk", 42),
        (f"{{ nixConfig = let x = {{ }}; in x; {OUTPUTS} }}", "expected a set but got a thunk", 3),
        (f"{{ nixConfig.cores = 1 + 1; {OUTPUTS} }}", "setting 'cores' is a thunk", 3),
        (f'{{ nixConfig.x = [ ("a" + "b") ]; {OUTPUTS} }}', "list element in flake configuration setting 'x' is", 20),
    ],
)
def test_a_flake_says_what_it_needs_without_computing(
    flake: str, message: str, column: int, evaluate: Evaluate, tmp_path: Path
) -> None:
    write(tmp_path / "f", flake)
    with pytest.raises(NixTypeError, match=message) as caught:
        evaluate(f'(builtins.getFlake "path:{tmp_path}/f").a')
    assert caught.value.span is not None
    assert (caught.value.span.line, caught.value.span.column) == (1, column)


@pytest.mark.parametrize(
    "flake",
    [
        f"({{ {OUTPUTS} }})",
        f"rec {{ {OUTPUTS} }}",
        f"{{ description = ''a''; {OUTPUTS} }}",
        '{ ${"outputs"} = { self }: { a = 1; }; }',
        f"{{ inputs = rec {{ }}; {OUTPUTS} }}",
        '{ inputs.b = rec { url = ("path:HERE/b"); flake = true; }; outputs = { self, b }: { inherit (b) a; }; }',
        "{ inputs.b.url = path:HERE/b; outputs = { self, b }: { inherit (b) a; }; }",
        "{ outputs = self: { a = 1; }; }",
    ],
)
def test_what_a_flake_may_write(flake: str, evaluate: Evaluate, tmp_path: Path) -> None:
    write(tmp_path / "b", f"{{ {OUTPUTS} }}")
    write(tmp_path / "f", flake.replace("HERE", str(tmp_path)))
    assert evaluate(f'(builtins.getFlake "path:{tmp_path}/f").a') == "1"
    # What an ordinary import gives has no such shape, and is not what is kept of the flake.
    assert evaluate(f"import {tmp_path}/f/flake.nix != null") == "true"


def test_a_flake_s_code_is_kept_apart_from_that_of_an_import(evaluate: Evaluate, tmp_path: Path) -> None:
    write(tmp_path / "f", f"let x = 1; in {{ {OUTPUTS} }}")
    assert evaluate(f"(import {tmp_path}/f/flake.nix) ? outputs") == "true"
    with pytest.raises(NixTypeError, match="must be an attribute set"):
        evaluate(f'(builtins.getFlake "path:{tmp_path}/f").a')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "is broken"),
        ('{"version": 99}', "unsupported version 99"),
        ('{"version": 7, "root": "r", "nodes": {"r": {"inputs": {"b": "gone"}}}}', "references missing node 'gone'"),
        ('{"version": 7, "root": "r", "nodes": {"r": {"inputs": 5}}}', "'inputs' of the node 'r' is an integer"),
        ("", "is broken"),
        ("[]", "the lock file is a list, not an object"),
        ("[" * 100_000, "is broken"),
        ('{"version": "7"}', "'version' is a string"),
        ('{"version": NaN}', "is broken: .*parse error"),
        ('{"version": 7, "root": 5}', "'root' is an integer"),
        ('{"version": 7, "root": "r", "nodes": []}', "'nodes' is a list"),
        ('{"version": 7, "root": "r", "nodes": {"r": {"inputs": {"b": [5]}}}}', "is an integer, not a string"),
        ('{"version": 7, "root": "r", "nodes": {"r": {"inputs": {"b": "r"}}}}', "contains cycle to root node"),
        ('{"version": 7, "root": "r", "nodes": {"r": {}, "b": 5}}', "the node 'b' is an integer"),
        ('{"version": 7, "root": "r", "nodes": {"r": {}, "b": {"original": {}}}}', "the node 'b' has no 'locked'"),
        (
            '{"version": 7, "root": "r", "nodes": {"r": {}, "b": {"locked": [["type", "path"]]}}}',
            "'locked' of the node",
        ),
        (NODE % '"type": "path", "path": 5', "'path' in the 'locked' of the node 'b' is an integer"),
        (NODE % '"type": "path", "path": "/x"', "has no 'narHash'"),
        (NODE % '"type": "path", "path": {}', "is neither a string nor a Boolean nor a natural number"),
        (NODE % f'"type": "path", "path": "/x", "lastModified": {1 << 70}', "nor a natural number"),
        (NODE % '"type": "path", "path": "/x", "dir": 5', "'dir' in the 'locked' of the node 'b' is an integer"),
        (NODE % '"type": "git", "url": "/x"', "has no 'rev'"),
    ],
)
def test_lock_files_that_are_wrong(text: str, message: str, evaluate: Evaluate, tmp_path: Path) -> None:
    make_flakes(tmp_path)
    (tmp_path / "a/flake.lock").write_text(text)
    with pytest.raises(EvalError, match=message):
        evaluate(f'(builtins.getFlake "path:{tmp_path}/a").value')


def test_lock_files_without_end(evaluate: Evaluate, tmp_path: Path) -> None:
    """Inputs that need each other, and forty that each have the next one twice: an error, in bounded time."""
    make_flakes(tmp_path)
    place = {"type": "path", "path": f"{tmp_path}/c", "dir": "sub"}
    known = {"original": place, "locked": {**place, "narHash": dump_hash(str(tmp_path / "c"))[0].sri}}
    circle = {"r": {"inputs": {"c": "x"}}, "x": {**known, "inputs": {"b": "y"}}, "y": {**known, "inputs": {"b": "x"}}}
    doubled = {f"n{i}": {**known, "inputs": {"x": f"n{i + 1}", "y": f"n{i + 1}"}} for i in range(40)}
    for nodes in (circle, {"r": {"inputs": {"c": "n0"}}, **doubled, "n40": known}):
        (tmp_path / "a/flake.nix").write_text(
            f'{{ inputs.c.url = "path:{tmp_path}/c?dir=sub"; outputs = {{ self, c }}: {{ value = 1; }}; }}'
        )
        (tmp_path / "a/flake.lock").write_text(json.dumps({"version": 7, "root": "r", "nodes": nodes}))
        with pytest.raises(EvalError, match="more than 10000 inputs"):
            evaluate(f'(builtins.getFlake "path:{tmp_path}/a").value')


def test_what_the_store_has_is_not_fetched_again(evaluate: Evaluate, tmp_path: Path) -> None:
    """A locked input says which tree it is: where that is there already, nobody is asked for it."""
    make_flakes(tmp_path)
    nar_hash = dump_hash(str(tmp_path / "b"))[0].sri
    evaluate(f'builtins.fetchTree {{ type = "path"; path = "{tmp_path}/b"; }}')
    write(tmp_path / "g", '{ inputs.b.url = "http://127.0.0.1:1/b.tar.gz"; outputs = { self, b }: { v = b.value; }; }')
    url = "http://127.0.0.1:1/b.tar.gz"
    node = {
        "locked": {"type": "tarball", "url": url, "narHash": nar_hash, "lastModified": 1},
        "original": {"type": "tarball", "url": url},
    }
    lock = {"version": 7, "root": "root", "nodes": {"root": {"inputs": {"b": "b"}}, "b": node}}
    (tmp_path / "g/flake.lock").write_text(json.dumps(lock))
    assert evaluate(f'(builtins.getFlake "path:{tmp_path}/g").v') == '"b"'


def test_flakes_that_need_each_other_end(evaluate: Evaluate, tmp_path: Path) -> None:
    for name, other in (("x", "y"), ("y", "x")):
        write(
            tmp_path / name, f'{{ inputs.i.url = "path:{tmp_path}/{other}"; outputs = {{ self, i }}: {{ v = i.v; }}; }}'
        )
    with pytest.raises(EvalError, match="found circular import of flake"):
        evaluate(f'(builtins.getFlake "path:{tmp_path}/x").v')


def test_pure_evaluation_wants_a_locked_reference(evaluate: Evaluate, tmp_path: Path) -> None:
    make_flakes(tmp_path)
    with pytest.raises(EvalError, match="cannot call 'getFlake' on unlocked flake reference"):
        evaluate(f'builtins.getFlake "path:{tmp_path}/b"', pure=True)
    nar_hash = dump_hash(str(tmp_path / "b"))[0].sri
    text = f'(builtins.getFlake "path:{tmp_path}/b?narHash={nar_hash.replace("+", "%2B").replace("=", "%3D")}").value'
    assert evaluate(text, pure=True) == '"b"'


# Other experimental builtins that fetch or name what will be made


DRV = """
  d = derivation {
    name = "x.drv"; system = "s"; builder = "b"; outputHashMode = "text"; outputHashAlgo = "sha256";
    outputHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  };
  plain = derivation { name = "x"; system = "s"; builder = "b"; outputs = [ "out" "dev" ]; };
  o = builtins.outputOf d.outPath "out";
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("o", '"/1hlc30mwrjfd00hixdsqmi6pz0skih8xzqi7b1zqps61spx6vqhk"'),
        ('builtins.outputOf o "foo"', '"/0qxgfp0vzngigfi1vzp2hkkq38vyfbg6bp3lshqp8yjxc2jsxvfd"'),
        (
            'builtins.outputOf (builtins.outputOf o "a") "foo"',
            '"/04x9gi16z3kghip7116jqnkci2hkn7kmjla7gn5vbfd2km0j46dk"',
        ),
        ('builtins.outputOf (builtins.unsafeDiscardOutputDependency plain.drvPath) "dev" == plain.dev.outPath', "true"),
    ],
)
def test_output_of(text: str, expected: str, tmp_path: Path) -> None:
    assert _with_all(tmp_path, f"let {DRV} in {text}") == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('builtins.outputOf "x" "out"', "has 0 entries in its context. It should only have exactly one entry"),
        ('builtins.outputOf plain.drvPath "out"', "refers to a complete source and binary closure"),
        (
            'builtins.outputOf (builtins.unsafeDiscardOutputDependency plain.drvPath) "devs"',
            "does not have output 'devs'",
        ),
        ('(derivation { name = "x"; system = "s"; builder = o; }).drvPath', "which lixeval can name and not build"),
        (
            '(derivation { name = "x"; system = "s"; builder = builtins.outputOf o "a"; }).outPath',
            "needs an output of what '/nix/store/[a-z0-9]{32}-x.drv.drv' will build",
        ),
        ('builtins.fetchClosure { fromStore = "http://x"; }', "'fromPath' is missing"),
        ('builtins.fetchClosure { fromStore = "/x"; fromPath = PATH; }', "only supports http:// and https:// stores"),
        ('builtins.fetchClosure { fromStore = "http://x"; fromPath = PATH; }', "asks no binary caches"),
        ("builtins.fetchClosure { from = 1; }", "attribute 'from' isn't supported in call to 'fetchClosure'"),
    ],
)
def test_what_cannot_be_named_or_fetched(text: str, message: str, tmp_path: Path) -> None:
    path = '"/nix/store/00000000000000000000000000000000-x"'
    with pytest.raises(EvalError, match=message):
        _with_all(tmp_path, f"let {DRV} in {text.replace('PATH', path)}")


def _with_all(tmp_path: Path, text: str) -> str:
    features = frozenset(("dynamic-derivations", "fetch-closure"))
    workspace = Workspace(Settings("x86_64-linux", experimental=features), root=str(tmp_path / "store"))
    return workspace.evaluate(lambda: printed(workspace.evaluator.text(text, "/"), force))


@pytest.mark.parametrize(
    ("expression", "url"),
    [
        ('(builtins.parseFlakeRef "git+file:///t/a+b?ref=m&x=+").url', "file:///t/a%2Bb?x=%2B"),
        ('(builtins.parseFlakeRef "tarball+file:///t/a+b%61%2f.tar?x=+").url', "file:///t/a%2Bba/.tar?x=%2B"),
        ('(builtins.parseFlakeRef "git+https://u+v@h/a+b&c%2f%61").url', "https://u+v@h/a%2Bb%26c/a"),
        ('(builtins.parseFlakeRef "hg+https://h/a+b;").url', "https://h/a%2Bb%3B"),
        ('(builtins.parseFlakeRef "https://h/a+b(*)").url', "https://h/a%2Bb%28%2A%29"),
        ('builtins.flakeRefToString (builtins.parseFlakeRef "path:/t/a+b")', "path:/t/a%2Bb"),
        ('builtins.flakeRefToString { type = "git"; url = "file:///t/a+b"; }', "git+file:///t/a%2Bb"),
        ('builtins.flakeRefToString { type = "git"; url = "/a b"; }', "git+file:///a%20b"),
        ('builtins.flakeRefToString { type = "git"; url = "u@h:a+b"; }', "git+ssh://u@h/a%2Bb"),
        ('builtins.flakeRefToString { type = "tarball"; url = "file:///t/a+b%61"; }', "file:///t/a%2Bba"),
        ('builtins.flakeRefToString { type = "github"; owner = "a+b"; repo = "c&d"; }', "github:a%2Bb/c%26d"),
        (
            'builtins.flakeRefToString { type = "path"; path = "/t/a+b!$&\'()*,;=~:@/?#%"; }',
            "path:/t/a%2Bb%21%24%26%27%28%29%2A%2C%3B%3D~:@/%3F%23%25",
        ),
    ],
)
def test_paths_in_urls_are_quoted_anew(evaluate: Evaluate, expression: str, url: str) -> None:
    assert evaluate(expression) == f'"{url}"'


@pytest.mark.parametrize("scheme", ["git+file", "tarball+file"])
def test_an_input_is_found_by_its_quoted_url(evaluate: Evaluate, tmp_path: Path, scheme: str) -> None:
    """An input at `a+b` is locked as `a%2Bb`, and fetched by that."""
    write(tmp_path / "a+b", "{ outputs = { self }: { value = 1; }; }")
    write(tmp_path / "top", f'{{ inputs.b.url = "{scheme}://{tmp_path}/a+b"; outputs = {{ self, b }}: b; }}')
    if scheme == "git+file":
        for words in (["init", "-q"], ["add", "-A"]):
            subprocess.run(["git", *words], cwd=tmp_path / "a+b", check=True)
    else:
        write(tmp_path / "top", f'{{ inputs.b.url = "{scheme}://{tmp_path}/a+b.tar"; outputs = {{ self, b }}: b; }}')
        subprocess.run(["tar", "-cf", "a+b.tar", "a+b"], cwd=tmp_path, check=True)
    assert evaluate(f'(builtins.getFlake "path:{tmp_path}/top").outputs.value') == "1"
