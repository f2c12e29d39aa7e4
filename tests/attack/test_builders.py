"""Nothing that an attribute says makes a builder inside lixeval write or read outside of its inputs and outputs.

Each of `builtin_attempts` is made with the sandbox that this machine has for such builders, and without any: then what
they read and write by has to hold alone.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lixeval.build.builders import shapes
from lixeval.build.builders.inputs import Inputs
from lixeval.build.realise import BuildSettings, Wanted, realise
from lixeval.build.sandbox import builtin
from lixeval.build.sandbox.builtin import BuiltinSandbox
from lixeval.build.sandbox.description import Mount
from lixeval.environment.settings import Settings
from lixeval.errors import BuildError, LixevalError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.evaluation.workspace import builtin_builders
from lixeval.formats.derivation import UNKNOWN, Derivation, Output, complete
from lixeval.runtime.thunks import force
from lixeval.store.local import LocalStore
from lixeval.system import syscalls
from lixeval.system.removing import remove_tree
from tests.attack.builtin_attempts import ATTEMPTS, ENVIRONMENT, IMAGE, LAYER, Attempt
from tests.attack.odd_attributes import trials

SECRET = "what only the user may read, 7c1e\n"
IMAGE_JSON = {
    "version": 1,
    "image-config": {},
    "layers": [
        {
            "digest": "sha256:" + "0" * 64,
            "size": 0,
            "diff_ids": "sha256:" + "0" * 64,
            "mediatype": "application/vnd.oci.image.layer.v1.tar",
            "layer-path": "OUTSIDE/secret",
            "History": {},
        }
    ],
    "arch": "amd64",
    "created": None,
}


class Yard:
    """A store, a folder of the user's beside it, and an input that has links to that."""

    def __init__(self, folder: Path, sandbox: Any) -> None:
        self.outside = folder / "user"
        self.outside.mkdir()
        (self.outside / "secret").write_text(SECRET)
        (self.outside / "victim").write_text("as it was")
        self.store = LocalStore(str(folder / "store"))
        self.settings = BuildSettings(sandbox=sandbox)
        self.input = self.store.add_path(str(self._prepared(folder / "input")), "input")
        self.foreign = self.store.add_text("foreign", SECRET)

    def _prepared(self, folder: Path) -> Path:
        outside = str(self.outside)
        for place, text in {
            "empty.json": "{}",
            "image.json": self.filled(json.dumps(IMAGE_JSON)),
            "package/bin/x": "x",
            "propagating/bin/x": "x",
            "layout/oci-layout": '{"imageLayoutVersion":"1.0.0"}',
        }.items():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_text(text)
        for place, target in {
            "link": outside,
            "secret": f"{outside}/secret",
            "up": "../../../../../../../../../..",
            "propagating/nix-support/propagated-user-env-packages": f"{outside}/secret",
            "layout/index.json": f"{outside}/secret",
            "layout/blobs": outside,
            "package/lib": outside,
        }.items():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).symlink_to(target)
        return folder

    def filled(self, text: str) -> str:
        text = text.replace("OUTSIDE", str(self.outside))
        return text.replace("INPUT", self.input).replace("FOREIGN", self.foreign) if hasattr(self, "foreign") else text

    def build(self, attempt: Attempt) -> str:
        """Build what an attempt asks for; the output's real path."""
        variables = {name: self.filled(value) for name, value in attempt.variables.items()}
        if attempt.attributes is not None:
            variables["__json"] = self.filled(json.dumps({"name": "x", **attempt.attributes}))
        output = Output(UNKNOWN, "sha256", "00" * 32) if attempt.fixed else Output(UNKNOWN)
        drv = Derivation(
            {"out": output}, {}, (self.input,), "builtin", f"builtin:{attempt.builder}", (), {"out": "", **variables}
        )
        drv_path = self.store.add_completed(complete("x", drv, self.store.modulo_hash))
        realise(self.store, [Wanted(drv_path)], self.settings, None, builtin_builders())
        return self.store.real(self.store.query_deriver_outputs(drv_path)["out"])

    def texts(self) -> str:
        """All that is in the store, but for what was put there to begin with."""
        texts = []
        for folder, _, names in os.walk(self.store.real_store_dir):
            for name in names:
                path = os.path.join(folder, name)
                if not os.path.islink(path) and not path.startswith(self.store.real(self.foreign)):
                    texts.append(Path(path).read_bytes().decode("latin-1"))
        return "".join(texts)


@pytest.fixture(params=["auto", "off"], ids=["sandboxed", "second line alone"])
def yard(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Yard]:
    made = Yard(tmp_path, request.param)
    yield made
    made.store.close()
    remove_tree(made.store.root)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_attempts(yard: Yard, attempt: Attempt) -> None:
    before = sorted(os.listdir(yard.outside))
    try:
        yard.build(attempt)
    except LixevalError as error:
        assert attempt.refused is not None, error
        assert attempt.refused in str(error)
    else:
        assert attempt.refused is None
    assert sorted(os.listdir(yard.outside)) == before
    assert (yard.outside / "victim").read_text() == "as it was"
    assert SECRET.strip() not in yard.texts()


def _refuse(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """As on a machine where a step of making a sandbox is not permitted."""

    def refused(*arguments: object, **named: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(syscalls, step, refused)


@pytest.mark.parametrize("step", ["unshare", "mount"])
def test_required_is_required_of_builders_inside_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    text = Attempt("a text", "write-text", {"text": "good", "destination": ""})
    _refuse(monkeypatch, step)
    yard = Yard(tmp_path, "required")
    with pytest.raises(LixevalError, match="cannot be isolated here"):
        yard.build(text)
    yard.settings = BuildSettings(sandbox="auto")
    assert Path(yard.build(text)).read_text() == "good"
    yard.store.close()
    remove_tree(yard.store.root)


def test_a_builder_inside_sees_no_process_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the first of its own, whatever the kernel knows besides."""
    monkeypatch.setattr(syscalls, "reach_no_process_outside", lambda: False)
    (tmp_path / "root").mkdir()
    world = BuiltinSandbox(str(tmp_path / "root"), (Mount(str(tmp_path), "/build", read_only=False),))
    victim = os.getpid()

    def try_it() -> None:
        others = [victim, os.getppid(), -1]
        for other in others[: 1 if os.getppid() == 0 else 3]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(other, 0)
                raise BuildError(f"it has reached {other}")
        if os.getpid() != 1 or os.path.exists("/proc/self"):
            raise BuildError("it is not alone")

    status, report = builtin.run(world, try_it)
    if "unavailable" in report:
        pytest.skip(report["unavailable"])
    assert (status, report) == (0, {})


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_builder_inside_ends_as_its_process_does(tmp_path: Path, number: int) -> None:
    (tmp_path / "root").mkdir()
    world = BuiltinSandbox(str(tmp_path / "root"), (Mount(str(tmp_path), "/build", read_only=False),))

    def end() -> None:
        pid = os.fork()  # process 1 itself takes no signal from within
        if pid == 0:
            os.kill(os.getpid(), number)
        os._exit(os.WTERMSIG(os.waitpid(pid, 0)[1]))

    status, report = builtin.run(world, end)
    if "unavailable" in report:
        pytest.skip(report["unavailable"])
    assert (os.waitstatus_to_exitcode(status), report) == (number, {})


@pytest.mark.usefixtures("scopes")
def test_a_builder_inside_reaches_no_process_outside(tmp_path: Path) -> None:
    """It has the machine's processes and, for a fixed output, the machine's network."""
    (tmp_path / "root").mkdir()
    world = BuiltinSandbox(str(tmp_path / "root"), (Mount(str(tmp_path), "/build", read_only=False),), network=True)
    name, victim = f"lixeval-attack-{os.getpid()}", os.getpid()

    def try_it() -> None:
        reached = []
        with contextlib.suppress(PermissionError, ProcessLookupError):
            os.kill(victim, 0)
            reached.append("a process")
        with socket.socket(socket.AF_UNIX) as client, contextlib.suppress(PermissionError):
            client.connect(f"\0{name}")
            reached.append("a socket")
        if reached:
            raise BuildError("it has reached " + " and ".join(reached))

    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0{name}")
        server.listen()
        status, report = builtin.run(world, try_it)
    if "unavailable" in report:
        pytest.skip(report["unavailable"])
    assert (status, report) == (0, {})


@pytest.mark.parametrize("path", ["/nix/store/../../etc/passwd", "/nix/store/..", "/nix/store/x/../y", "/nix", "x", ""])
def test_no_path_leads_out_of_the_store(tmp_path: Path, path: str) -> None:
    with pytest.raises(LixevalError, match="is not in the Nix store"):
        LocalStore(str(tmp_path)).real(path)


# Attributes that are missing or odd: whatever they are, the answer is an error of lixeval's own, and no traceback.

WHOLE = {
    "build-env": ENVIRONMENT,
    "symlink-join": {"paths": ["INPUT/package"]},
    "link-farm": {"links": {"a": "b"}},
    "closure-info": {"closure": []},
    "nix2container-text": {"text": "x", "destination": ""},
    "nix2container-layer": LAYER,
    "nix2container-database": {"graph": [], "ignore": ""},
    "nix2container-image": IMAGE,
    "nix2container-unpack": {"archive": "INPUT/empty.json"},
    "nix2container-archive": {"image": "INPUT/image.json", "reference": "a:b"},
    "nix2container-merge": {"archives": ["INPUT/empty.json"]},
    "nix2container-root": {"roots": ["INPUT/package"]},
    "nix2container-export": {"image": "INPUT/image.json"},
    "nix2container-image-from-dir": {"dir": "INPUT"},
    "nix2container-image-from-manifest": {"blobs": "INPUT/empty.json", "manifest": "INPUT/empty.json"},
}
VARIABLES = {
    "fetch": {"urls": "file://INPUT/empty.json", "unpack": ""},
    "fetchurl": {"url": "file://INPUT/empty.json", "unpack": ""},
    "host-package": {"hostPackage": "x", "hostMembers": "x 1 a", "hostAttribute": "", "fingerprint": ""},
}


@pytest.mark.parametrize("builder", sorted(builtin_builders()))
def test_missing_and_odd_attributes(tmp_path: Path, builder: str) -> None:
    yard = Yard(tmp_path, "off")
    whole = json.loads(yard.filled(json.dumps(WHOLE.get(builder, {}))))
    variables = json.loads(yard.filled(json.dumps(VARIABLES.get(builder, {}))))
    derivation = Derivation({"out": Output(UNKNOWN)}, {}, (), "builtin", f"builtin:{builder}", (), {})
    inputs = Inputs(yard.store.closure([yard.input]), yard.store.real)
    context = {"derivation": derivation, "store": inputs, "input_closure": (yard.input,)}
    (tmp_path / "trials").mkdir()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            found = trials(builtin_builders()[builder], context, whole, variables, str(tmp_path / "trials"))
        except BaseException as error:
            found = [repr(error), "0"]
        with open(writing, "w", errors="surrogateescape") as pipe:
            json.dump(found, pipe)
        os._exit(0)
    os.close(writing)
    with open(reading, errors="surrogateescape") as pipe:
        *wrong, count = json.load(pipe)
    os.waitpid(pid, 0)
    assert not wrong, "\n".join(wrong[:3])
    assert int(count) > 20
    yard.store.close()
    remove_tree(yard.store.root)


NO_ATTRIBUTES = (
    "[]",
    "5",
    "null",
    '"x"',
    "{",
    "",
    "NaN",
    "[" * 100_000,
    '{"name":' + "9" * 5000 + "}",
    '{"outputs":[]}',
)


@pytest.mark.parametrize("builder", sorted(builtin_builders()))
def test_derivations_that_are_odd(tmp_path: Path, builder: str) -> None:
    """Outputs that the builder does not make, and attributes that are none: the error names the derivation."""
    yard = Yard(tmp_path, "off")
    word = f"builtin:{builder}"
    odd = [
        Derivation({"dev": Output(UNKNOWN)}, {}, (), "builtin", word, (), {"dev": "", "__json": "{}"}),
        Derivation({"dev": Output(UNKNOWN)}, {}, (), "builtin", word, (), {"dev": ""}),
        Derivation({"out": Output(UNKNOWN)}, {}, (), "builtin", word, ("-x", "\n"), {"out": "", "\n": "\udcff"}),
        *(
            Derivation({"out": Output(UNKNOWN)}, {}, (), "builtin", word, (), {"out": "", "__json": text})
            for text in NO_ATTRIBUTES
        ),
    ]
    for derivation in odd:
        drv_path = yard.store.add_completed(complete("odd", derivation, yard.store.modulo_hash))
        try:
            realise(yard.store, [Wanted(drv_path)], yard.settings, None, builtin_builders())
        except LixevalError as error:
            assert "Traceback" not in str(error), error
            assert "-odd" in str(error) or "-odd" in str(error.drv_path), (type(error), error)  # type: ignore[attr-defined]
    yard.store.close()
    remove_tree(yard.store.root)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\0b", "a\nb", "x" * 300, "-", "\udcff", "a b", ".x"])
def test_a_derivation_whose_name_is_none(tmp_path: Path, name: str) -> None:
    """Builders inside have derivations like all others."""
    text = json.dumps(name) if name.isprintable() else f"(builtins.fromJSON {json.dumps(json.dumps(name))})"
    store = LocalStore(str(tmp_path / "store"))
    written = f'derivation {{ name = {text}; system = "builtin"; builder = "builtin:write-text"; text = "x"; }}'
    evaluator = Evaluator(Settings("x86_64-linux"), store)
    if name in ("-", ".x"):  # as in Nix, which has these names
        force(evaluator.text(f"({written}).drvPath", str(tmp_path)))
    else:
        with pytest.raises(LixevalError):
            force(evaluator.text(f"({written}).drvPath", str(tmp_path)))
    store.close()


def test_shapes_name_what_is_wrong() -> None:
    shape = shapes.record(paths=shapes.list_of(shapes.text), priority=shapes.whole)
    with pytest.raises(LixevalError, match=r"'packages\[0\].paths\[1\]' must be a string, and is null"):
        shapes.list_of(shape)([{"paths": ["a", None], "priority": 1}], "packages")
    with pytest.raises(LixevalError, match=r"'packages.priority' is missing"):
        shape({"paths": []}, "packages")
