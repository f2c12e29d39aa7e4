"""Builders that run inside lixeval: what they are given, how they fail, that they run in parallel."""

from __future__ import annotations

import hashlib
import http.server
import io
import lzma
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lixeval.build.builders.builder import BuildContext
from lixeval.build.builders.of_nix import builders
from lixeval.errors import BuildError, BuildTimeout, HashMismatch, ImageError
from lixeval.formats import nar
from lixeval.formats.derivation import UNKNOWN, Output
from lixeval.formats.store_path import StorePath
from lixeval.system import transport

if TYPE_CHECKING:
    from tests.support.workshop import Workshop


@pytest.fixture
def workshop(make_workshop: Callable[..., Workshop]) -> Workshop:
    """Builtin builders need no sandbox, so these tests run everywhere."""
    return make_workshop()


def test_context(workshop: Workshop) -> None:
    seen = {}

    def builder(context: BuildContext) -> None:
        assert not os.path.lexists(context.outputs["out"])
        assert os.getcwd() == context.temporary_directory
        assert os.listdir(context.temporary_directory) == []
        store, environment = context.store, context.environment
        lines = [
            context.drv_path,
            context.derivation.builder,
            environment["out"],
            environment["placeholder"],
            environment["NIX_BUILD_CORES"],
            environment["NIX_BUILD_TOP"] == context.temporary_directory,
            sorted(context.outputs),
            context.cores,
            Path(store.real(environment["source"])).read_text(),
            context.input_closure,
            context.structured_attrs,
        ]
        Path(context.outputs["out"]).write_text("\n".join(map(str, lines)))
        os.mkdir(context.outputs["dev"])
        context.log("first")
        print("second")
        print("third", file=sys.stderr)
        os.write(2, b"fourth\n")
        seen["in the parent"] = True

    source = workshop.store.add_text("source", "text of the source")
    drv_path = workshop.derivation(
        "context",
        builder="builtin:show",
        outputs={"out": Output(UNKNOWN), "dev": Output(UNKNOWN)},
        sources=[source],
        environment={"source": source, "placeholder": "/1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9"},
    )
    workshop.build(drv_path, builtin_builders={"show": builder})
    out = workshop.out(drv_path)
    expected = [drv_path, "builtin:show", out, out, "2", True, ["dev", "out"], 2]
    expected += ["text of the source", (source,), None]
    assert workshop.read(drv_path).split("\n") == [str(line) for line in expected]
    assert workshop.recorder.lines == ["first", "second", "third", "fourth"]
    assert workshop.store.references(out) == sorted([out, source])
    assert seen == {}, "a builder has a process of its own"
    assert workshop.leftovers() == []


def test_structured_attributes(workshop: Workshop) -> None:
    def builder(context: BuildContext) -> None:
        assert context.structured_attrs is not None
        attributes = context.structured_attrs
        Path(context.outputs["out"]).write_text(f"{attributes['outputs']['out']} {attributes['list']}")

    drv_path = workshop.derivation(
        "s", builder="builtin:s", environment={"__json": '{"list":[1,true,null],"name":"s"}'}
    )
    workshop.build(drv_path, builtin_builders={"s": builder})
    assert workshop.read(drv_path) == f"{workshop.out(drv_path)} [1, True, None]"


def test_failures(workshop: Workshop) -> None:
    def fails(context: BuildContext) -> None:
        raise ImageError("layer without paths", hint="give it some")

    def knows(context: BuildContext) -> None:
        raise BuildError("as it is")

    def forgets(context: BuildContext) -> None:
        context.log("nothing made")

    def breaks(context: BuildContext) -> None:
        raise KeyError("a bug")

    all_builders = {"fails": fails, "knows": knows, "forgets": forgets, "breaks": breaks}
    drv_paths = {name: workshop.derivation(name, builder=f"builtin:{name}") for name in all_builders}
    with pytest.raises(BuildError) as caught:
        workshop.build(drv_paths["fails"], builtin_builders=all_builders)
    assert caught.value.message == f"building '{drv_paths['fails']}' failed: layer without paths"
    assert caught.value.hint == "give it some"
    with pytest.raises(BuildError, match=r"^as it is$"):
        workshop.build(drv_paths["knows"], builtin_builders=all_builders)
    with pytest.raises(BuildError, match="failed to produce output path for output 'out'"):
        workshop.build(drv_paths["forgets"], builtin_builders=all_builders)
    with pytest.raises(RuntimeError, match="KeyError: 'a bug'"):
        workshop.build(drv_paths["breaks"], builtin_builders=all_builders)
    assert workshop.leftovers() == []


def test_python_code_runs_in_parallel(workshop: Workshop) -> None:
    """Two builders at once, in processes of their own."""

    calls: list[str] = []

    def tells(context: BuildContext) -> None:
        calls.append("call")
        Path(context.outputs["out"]).write_text(" ".join(calls))

    drv_paths = [workshop.derivation(f"tells-{number}", builder="builtin:tells") for number in range(2)]
    workshop.build(*drv_paths, builtin_builders={"tells": tells}, max_jobs=2)
    assert [event for event, _ in workshop.recorder.events[:2]] == ["started", "started"]
    assert [calls, *map(workshop.read, drv_paths)] == [[], "call", "call"]


def test_time_limit(workshop: Workshop) -> None:
    def sleeps(context: BuildContext) -> None:
        Path(context.outputs["out"]).write_text("half")
        time.sleep(60)

    drv_path = workshop.derivation("sleeps", builder="builtin:sleeps")
    with pytest.raises(BuildTimeout):
        workshop.build(drv_path, builtin_builders={"sleeps": sleeps}, timeout=0.3)
    assert workshop.leftovers() == []


def test_builder_that_does_not_listen(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lixeval.build.running._GRACE_SECONDS", 0.3)

    def stubborn(context: BuildContext) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(100_000)

    drv_path = workshop.derivation("stubborn", builder="builtin:stubborn")
    with pytest.raises(BuildTimeout):
        workshop.build(drv_path, builtin_builders={"stubborn": stubborn}, timeout=0.2)


def test_no_jobs_still_run_what_is_builtin(workshop: Workshop) -> None:
    drv_path = workshop.derivation("quick", builder="builtin:quick", platform="builtin")

    def quick(context: BuildContext) -> None:
        Path(context.outputs["out"]).write_text("done")

    workshop.build(drv_path, builtin_builders={"quick": quick}, max_jobs=0)
    assert workshop.read(drv_path) == "done"
    with pytest.raises(BuildError, match="max_jobs is 0"):
        workshop.build(workshop.derivation("program", "echo > $out"), max_jobs=0)


# fetchurl

CONTENT = b"content of the file\n" * 1000


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers by the first word of the path; `flaky` fails twice."""

    tried = 0

    def do_GET(self) -> None:
        kind = self.path.split("/")[1]
        if kind == "flaky":
            Handler.tried += 1
            if Handler.tried < 3:
                self.send_error(503)
                return
        if kind == "missing":
            self.send_error(404, "Not Here")
            return
        if kind == "moved":
            self.send_response(302)
            self.send_header("Location", "/file")
            self.end_headers()
            return
        body = archive() if kind == "archive.nar.xz" else CONTENT
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if kind == "short" else body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


def archive() -> bytes:
    """A NAR, compressed by xz, of a directory with one executable file."""
    import tempfile

    with tempfile.TemporaryDirectory() as directory:
        tree = Path(directory, "tree")
        tree.mkdir()
        (tree / "run").write_text("#!/bin/sh\n")
        (tree / "run").chmod(0o755)
        buffer = io.BytesIO()
        nar.dump(str(tree), buffer.write)
        return lzma.compress(buffer.getvalue())


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a server on this machine."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(transport, "Patience", partial(transport.Patience, sleep=lambda seconds: None))
    Handler.tried = 0
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def fetch(
    workshop: Workshop,
    url: str,
    digest: str,
    *,
    method: str = "sha256",
    sources: Sequence[StorePath] = (),
    **environment: str,
) -> StorePath:
    """Build a `builtin:fetchurl` derivation; its path."""
    output = {"out": Output(UNKNOWN, method, digest)}
    drv_path = workshop.derivation(
        "fetched",
        builder="builtin:fetchurl",
        platform="builtin",
        outputs=output,
        environment={"url": url, **environment},
        sources=sources,
    )
    workshop.build(drv_path, builtin_builders=builders)
    return drv_path


@pytest.mark.parametrize("kind", ["file", "moved", "flaky"])
def test_fetch(workshop: Workshop, server: str, kind: str) -> None:
    drv_path = fetch(workshop, f"{server}/{kind}", hashlib.sha256(CONTENT).hexdigest())
    assert Path(workshop.store.real(workshop.out(drv_path))).read_bytes() == CONTENT
    assert workshop.recorder.lines[0] == f"downloading '{server}/{kind}'"


@pytest.mark.parametrize(
    ("kind", "reason"), [("missing", "HTTP error 404"), ("short", "the transfer broke off after 10000 of 20000 bytes")]
)
def test_fetch_fails(workshop: Workshop, server: str, kind: str, reason: str) -> None:
    with pytest.raises(BuildError, match=f"unable to download '{server}/{kind}': {reason}"):
        fetch(workshop, f"{server}/{kind}", "00" * 32)
    assert workshop.leftovers() == []


def test_fetch_something_else(workshop: Workshop, server: str) -> None:
    with pytest.raises(HashMismatch):
        fetch(workshop, f"{server}/file", "00" * 32)


def test_fetch_a_file(workshop: Workshop, tmp_path: Path) -> None:
    """Of the machine's files a builder sees what is among its inputs, here as in real Nix."""
    (tmp_path / "a b").write_bytes(CONTENT)
    source = workshop.store.add_path(str(tmp_path), "folder")
    drv_path = fetch(workshop, f"file://{source}/a%20b", hashlib.sha256(CONTENT).hexdigest(), sources=(source,))
    assert Path(workshop.store.real(workshop.out(drv_path))).read_bytes() == CONTENT
    with pytest.raises(BuildError, match=f"'{source}/none' does not exist"):
        fetch(workshop, f"file://{source}/none", "00" * 32, sources=(source,))
    with pytest.raises(BuildError, match="a builder does not see the files of this machine"):
        fetch(workshop, f"file://{tmp_path}/a%20b", "00" * 32)


def test_fetch_without_a_hash(workshop: Workshop, server: str) -> None:
    drv_path = workshop.derivation("fetched", builder="builtin:fetchurl", environment={"url": f"{server}/file"})
    with pytest.raises(BuildError, match="'builtin:fetchurl' must be a fixed-output or impure derivation"):
        workshop.build(drv_path, builtin_builders=builders)


def test_fetch_an_executable(workshop: Workshop, server: str, tmp_path: Path) -> None:
    (tmp_path / "run").write_bytes(CONTENT)
    (tmp_path / "run").chmod(0o755)
    digest = nar.dump_hash(str(tmp_path / "run"))[0].base16
    drv_path = fetch(workshop, f"{server}/file", digest, method="r:sha256", executable="1")
    assert os.access(workshop.store.real(workshop.out(drv_path)), os.X_OK)


def test_fetch_and_unpack(workshop: Workshop, server: str, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/run").write_text("#!/bin/sh\n")
    (tmp_path / "tree/run").chmod(0o755)
    digest = nar.dump_hash(str(tmp_path / "tree"))[0].base16
    drv_path = fetch(workshop, f"{server}/archive.nar.xz", digest, method="r:sha256", unpack="1")
    assert os.access(workshop.store.real(workshop.out(drv_path)) + "/run", os.X_OK)


# buildenv


def package(workshop: Workshop, name: str, files: dict[str, str]) -> StorePath:
    """A package with these files; its path."""

    def builder(context: BuildContext) -> None:
        for place, text in files.items():
            path = Path(context.outputs["out"], place)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    drv_path = workshop.derivation(name, builder="builtin:package", environment={"files": repr(files)})
    workshop.build(drv_path, builtin_builders={"package": builder})
    return workshop.out(drv_path)


def environment_of(workshop: Workshop, words: str, sources: list[StorePath]) -> dict[str, str]:
    """Build a user environment; its links, place → target."""
    drv_path = workshop.derivation(
        "user-environment", builder="builtin:buildenv", environment={"derivations": words}, sources=sources
    )
    workshop.build(drv_path, builtin_builders=builders)
    real = workshop.store.real(workshop.out(drv_path))
    return {
        os.path.relpath(os.path.join(folder, name), real): os.readlink(os.path.join(folder, name))
        for folder, directories, files in os.walk(real)
        for name in (*directories, *files)
        if os.path.islink(os.path.join(folder, name))
    }


def test_user_environment(workshop: Workshop) -> None:
    first = package(workshop, "first", {"bin/a": "1", "share/doc/a": "1", "lib/x": "1", "nix-support/x": "no"})
    propagated = package(workshop, "propagated", {"bin/p": "3", "bin/a": "3"})
    second = package(
        workshop,
        "second",
        {"bin/b": "2", "bin/a": "2", "share/man/b": "2", "nix-support/propagated-user-env-packages": propagated},
    )
    inactive = package(workshop, "inactive", {"bin/i": "4"})
    words = f"true 5 1 {second} true 1 1 {first} false 1 1 {inactive}"
    assert environment_of(workshop, words, [first, second, propagated, inactive]) == {
        "bin/a": f"{first}/bin/a",
        "bin/b": f"{second}/bin/b",
        "bin/p": f"{propagated}/bin/p",
        "share/doc": f"{first}/share/doc",
        "share/man": f"{second}/share/man",
        "lib": f"{first}/lib",
    }


def test_user_environment_with_a_conflict(workshop: Workshop) -> None:
    first = package(workshop, "first", {"bin/a": "1"})
    second = package(workshop, "second", {"bin/a": "2"})
    with pytest.raises(BuildError, match="have the same priority 5"):
        environment_of(workshop, f"true 5 1 {first} true 5 1 {second}", [first, second])
    with pytest.raises(BuildError, match="makes no sense"):
        environment_of(workshop, f"true 5 2 {first}", [first])
