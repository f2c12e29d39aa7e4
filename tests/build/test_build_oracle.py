"""The same derivations built by real Nix and by us: the same outputs, registered the same; and Nix likes our store.

Needs a real Nix (the command prefix in LIXEVAL_TEST_NIX, else nix-store on PATH) whose sandbox works.
"""

from __future__ import annotations

import hashlib
import http.server
import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lixeval.build.builders.of_nix import builders
from lixeval.formats import derivation as derivations
from lixeval.formats.derivation import UNKNOWN, Output
from lixeval.formats.store_path import StorePath
from tests.support import real_nix
from tests.support.written import add_derivation

if TYPE_CHECKING:
    from tests.support.workshop import Workshop

GOLDEN = Path(__file__).parent / "golden"
OPTIONS = ["--option", "sandbox", "true", "--option", "sandbox-fallback", "false", "--option", "substitute", "false"]
OPTIONS += ["--option", "sandbox-paths", "/bin /usr /lib /lib64", "--option", "build-users-group", "", "--cores", "2"]
ENVIRONMENT = {**os.environ, "LIXEVAL_IMPURE": "of the caller"}


def nix_store(root: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run real Nix's nix-store on the store below `root`."""
    return subprocess.run(
        [*real_nix.command("nix-store"), "--store", root, *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
    )


@pytest.fixture
def pair(workshop: Workshop, make_workshop: Callable[[], Workshop]) -> tuple[Workshop, Workshop]:
    """Our workshop, and one where real Nix builds; skips unless it can."""
    theirs = make_workshop()
    probe = theirs.derivation("probe", "echo > $out")
    theirs.store.close()
    answer = nix_store(theirs.store.root, "--realise", probe, *OPTIONS)
    if answer.returncode != 0:
        pytest.skip(f"real Nix cannot build in a sandbox here: {answer.stderr.splitlines()[-1]}")
    return workshop, theirs


def add(workshop: Workshop, name: str) -> StorePath:
    """A recorded derivation with its inputs."""
    drv = derivations.parse((GOLDEN / f"{name}.drv").read_bytes())
    workshop.store.add_text("source", "text")
    for needed in [*drv.input_derivations, *(path for path in drv.input_sources if path.endswith(".drv"))]:
        add(workshop, needed.partition("-")[2].removesuffix(".drv"))
    return add_derivation(workshop.store, name, drv)


def assert_same(ours: Workshop, theirs: Workshop, drv_path: StorePath) -> None:
    """Real Nix builds it in its store; all outputs are registered with the same facts in both."""
    answer = nix_store(theirs.store.root, "--realise", drv_path, *OPTIONS)
    assert answer.returncode == 0, answer.stderr
    for name in ours.store.query_deriver_outputs(drv_path):
        mine, nixs = (workshop.store.info(workshop.out(drv_path, name)) for workshop in (ours, theirs))
        facts = ("path", "nar_hash", "nar_size", "references", "deriver", "ca", "ultimate")
        assert {fact: getattr(mine, fact) for fact in facts} == {fact: getattr(nixs, fact) for fact in facts}


@pytest.mark.parametrize("name", ["environment", "fixed", "graph"])
def test_recorded_builds(pair: tuple[Workshop, Workshop], name: str) -> None:
    ours, theirs = pair
    drv_path = add(ours, name)
    assert add(theirs, name) == drv_path
    theirs.store.close()
    ours.build(drv_path, inherited=ENVIRONMENT)
    assert_same(ours, theirs, drv_path)
    log = nix_store(theirs.store.root, "--read-log", drv_path).stdout
    assert nix_store(ours.store.root, "--read-log", drv_path).stdout == log
    assert log.splitlines() == ours.recorder.lines
    assert nix_store(ours.store.root, "--verify", "--check-contents").returncode == 0


def test_user_environment(pair: tuple[Workshop, Workshop]) -> None:
    drv_paths = []
    for workshop in pair:
        first = workshop.derivation("first", "mkdir -p $out/bin $out/share/doc; echo 1 > $out/bin/a; echo > $out/log")
        second = workshop.derivation(
            "second", "mkdir -p $out/bin $out/share/man/deep; echo 2 > $out/bin/a; echo 2 > $out/bin/b"
        )
        paths = [workshop.out(first), workshop.out(second)]
        manifest = workshop.store.add_text("manifest.nix", "[ ]")
        drv_paths.append(
            workshop.derivation(
                "user-environment",
                builder="builtin:buildenv",
                inputs={first: ("out",), second: ("out",)},
                sources=[manifest],
                environment={"derivations": f"true 7 1 {paths[0]} true 5 1 {paths[1]}", "manifest": manifest},
            )
        )
        workshop.store.close()
    ours, theirs = pair
    assert drv_paths[0] == drv_paths[1]
    ours.build(drv_paths[0], builtin_builders=builders)
    assert_same(ours, theirs, drv_paths[0])


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers every request with the same seven bytes."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"content")

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


def test_fetched_file(pair: tuple[Workshop, Workshop]) -> None:
    digest = hashlib.sha256(b"content").hexdigest()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        attributes = {"outputHashMode": "flat", "outputHashAlgo": "sha256", "outputHash": digest}
        attributes["url"] = f"http://127.0.0.1:{server.server_port}/file"
        drv_paths = []
        for workshop in pair:
            drv_paths.append(
                workshop.derivation(
                    "file",
                    builder="builtin:fetchurl",
                    platform="builtin",
                    outputs={"out": Output(UNKNOWN, "sha256", digest)},
                    environment=attributes,
                )
            )
            workshop.store.close()
        ours, theirs = pair
        ours.build(drv_paths[0], builtin_builders=builders)
        assert_same(ours, theirs, drv_paths[0])
        server.shutdown()


def test_real_nix_uses_what_we_built(pair: tuple[Workshop, Workshop]) -> None:
    ours, _ = pair
    first = ours.derivation("first", "mkdir $out; echo text > $out/file")
    second = ours.derivation("second", f"cat {ours.out(first)}/file > $out", inputs={first: ("out",)})
    ours.build(first)
    ours.store.close()
    answer = nix_store(ours.store.root, "--realise", second, *OPTIONS)
    assert answer.returncode == 0, answer.stderr
    assert "first" not in answer.stderr
    assert ours.read(second) == "text\n"
    assert ours.build(second).built == ()
