"""Whatever happens to inputs, archives and the store between runs: what a run leaves is what an uncached run would."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lixeval.store.local import LocalStore

if TYPE_CHECKING:
    from tests.remembered.conftest import Run

IMAGE = """
{ pkgs ? import <nixpkgs> { }, nix2container, tag ? "latest" }:
nix2container.buildImage {
  name = "greeting";
  inherit tag;
  copyToRoot = [ (pkgs.writeTextDir "etc/greeting" (builtins.readFile ./text)) ];
  config.Env = if builtins.pathExists ./env then [ "A=1" ] else [ ];
}
"""
ARCHIVE = Path("image.tar")


def change_text(text: str) -> None:
    Path("text").write_text(text)


def toggle_environment(text: str) -> None:
    Path("env").unlink() if Path("env").exists() else Path("env").touch()


def remove(text: str) -> None:
    ARCHIVE.unlink(missing_ok=True)


def harm(text: str) -> None:
    """Other bytes, the same size and times, in what is still an archive."""
    if ARCHIVE.exists():
        before = ARCHIVE.stat()
        with ARCHIVE.open("r+b") as file:
            file.seek(5000)
            file.write(text.encode())
        os.utime(ARCHIVE, ns=(before.st_atime_ns, before.st_mtime_ns))


def put_another_in_its_place(text: str) -> None:
    if ARCHIVE.exists():
        Path("copy").write_bytes(ARCHIVE.read_bytes())
        os.rename("copy", ARCHIVE)


def forget_image(text: str) -> None:
    """As a garbage collector would: what nothing refers to."""
    store = LocalStore(os.environ["LIXEVAL_STORE"])
    for path in store.all_paths():
        if "greeting" in path and not [user for user in store.referrers(path) if user != path]:
            store.forget(path)


def nothing(text: str) -> None:
    """Nothing happens."""


EVENTS = (change_text, toggle_environment, remove, harm, put_another_in_its_place, forget_image, nothing)
an_event = st.tuples(st.sampled_from(EVENTS), st.sampled_from(("one", "two")), st.sampled_from(("v1", "v2")))


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(an_event, min_size=1, max_size=5))
def test_an_archive_is_what_an_uncached_run_would_write(
    run: Run,
    trusting: Callable[[], None],
    tmp_path_factory: pytest.TempPathFactory,
    events: list[tuple[Callable[[str], None], str, str]],
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("image"))
        Path("image.nix").write_text(IMAGE)
        Path("text").write_text("one")
        for event, text, tag in events:
            event(text)
            trusting()
            said = run("image.nix", "--arg", "tag", tag, "-o", "image.tar")
            assert (said.code, said.stdout) == (0, "image.tar\n"), said.stderr
            run("image.nix", "--arg", "tag", tag, "-o", "expected.tar", "--no-eval-cache")
            assert ARCHIVE.read_bytes() == Path("expected.tar").read_bytes(), (event.__name__, text, tag)
        assert not run("image.nix", "--arg", "tag", tag, "-o", "image.tar").acted
