"""No expression reads, lists, hashes or fetches under restricted and pure evaluation what it may not.

The attempts are those of `evaluation_attempts`, each with a store of its own settings; their secret is in no value but
those that a hash has let in.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lixeval.environment.settings import Settings
from lixeval.errors import LixevalError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.formats.nar import dump_hash
from lixeval.runtime.printing import printed
from lixeval.runtime.thunks import force
from lixeval.store.local import LocalStore
from lixeval.system.removing import remove_tree
from tests.attack.evaluation_attempts import ATTEMPTS, FORBIDDEN, REFUSED, SECRET, STRICTER, Attempt

FLAKE = f'{{ outputs = {{ self }}: {{ secret = "{SECRET}"; }}; }}'
LINKS = {
    "link": "../out/secret",
    "link.nix": "@OUT@/secret.nix",
    "folder": "../out",
    "up": "..",
    "chain": "link",
    "two": "folder",
    "dangling": "../none",
    "withdefault/default.nix": "../../out/secret.nix",
    "storelink": "@STORE@",
}


class Ground:
    """The folders of the attempts, and the store."""

    def __init__(self, root: Path) -> None:
        self.root = root
        inside, outside = root / "in", root / "out"
        self.store_root = root / "store"
        for place, text in {
            "out/secret": SECRET,
            "out/secret.nix": f'"{SECRET}"',
            "out/default.nix": f'"{SECRET}"',
            "out/sub/f": SECRET,
            "out/flake/flake.nix": FLAKE,
            "out/repo/flake.nix": FLAKE,
            "inside/secret": SECRET,
            "in/plain": "plain",
            "in/importer.nix": "import ../out/secret.nix",
        }.items():
            (root / place).parent.mkdir(parents=True, exist_ok=True)
            (root / place).write_text(text)
        (inside / "withdefault").mkdir()
        with tarfile.open(outside / "x.tar.gz", "w:gz") as archive:
            archive.add(outside / "sub", "sub")
        with self.store() as store:
            stored = store.add_path(str(outside / "secret"), "stored")
        hashed = dump_hash(str(outside / "sub"))[0].sri
        self.words = {
            "@IN@": str(inside),
            "@OUT@": str(outside),
            "@STORE@": stored,
            "@BASE@": os.path.basename(stored),
            "@REV@": commit(outside / "repo"),
            "@SHA@": hashlib.sha256(SECRET.encode()).hexdigest(),
            "@SUBNAR@": hashed,
            "@TAR@": hashed,
        }
        for name, target in LINKS.items():
            (inside / name).symlink_to(self.filled(target))

    def filled(self, text: str) -> str:
        for word, meaning in self.words.items():
            text = text.replace(word, meaning)
        return text

    def store(self) -> ClosingStore:
        return ClosingStore(str(self.store_root))

    def evaluate(self, expression: str, settings: Settings) -> str:
        """The value as it is printed, or what kind of error it is."""
        with self.store() as store:
            try:
                return printed(Evaluator(settings, store).text(self.filled(expression), str(self.root)), force)
            except LixevalError as error:
                return FORBIDDEN if "is forbidden in" in error.message else REFUSED


class ClosingStore(LocalStore):
    """A store that is closed at the end."""

    def __enter__(self) -> ClosingStore:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()


def commit(folder: Path) -> str:
    """Make the folder a repository with all that is in it; the revision."""
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], check=True)
    return subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    made = Ground(Path(os.path.realpath(tmp_path_factory.mktemp("ground"))))
    yield made
    remove_tree(str(made.store_root))


@pytest.fixture
def secret_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTACK_SECRET", SECRET)
    monkeypatch.setenv("HOME", "/nowhere")


def made(ground: Ground, **named: Any) -> Settings:
    experimental = frozenset(("flakes", "fetch-tree", "nix-command", "fetch-closure"))
    return Settings("x86_64-linux", experimental=experimental, cache_directory=str(ground.root / "cache"), **named)


def check(ground: Ground, told: str, must: str, attempt: Attempt) -> None:
    if must == REFUSED:
        assert told in (REFUSED, FORBIDDEN)
    else:
        assert told == must.replace("@ROOT@", str(ground.root))
    assert SECRET not in told or SECRET in must, attempt.name


@pytest.mark.usefixtures("secret_variable")
@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_restricted(ground: Ground, attempt: Attempt) -> None:
    inside = ground.words["@IN@"]
    settings = made(ground, restricted=True, search_path=(("in", inside),))
    check(ground, ground.evaluate(attempt.expression, settings), attempt.restricted, attempt)


@pytest.mark.usefixtures("secret_variable")
@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_pure(ground: Ground, attempt: Attempt) -> None:
    settings = made(ground, pure=True)
    check(ground, ground.evaluate(attempt.expression, settings), attempt.pure, attempt)


def test_a_list_of_uris_is_no_way_up(ground: Ground) -> None:
    """What a prefix allows is below it, whatever `..` there is in the URL."""
    allowed = f"file://{ground.words['@IN@']}"
    settings = made(ground, restricted=True, allowed_uris=(allowed,))
    for way in ("..", "%2e%2e", "%2E."):
        assert ground.evaluate(f'builtins.fetchurl "{allowed}/{way}/out/secret"', settings) == FORBIDDEN
    assert ground.evaluate(f'builtins.readFile (builtins.fetchurl "{allowed}/plain")', settings) == '"plain"'


def test_stricter_are_attempts() -> None:
    assert {attempt.name for attempt in ATTEMPTS} >= STRICTER
