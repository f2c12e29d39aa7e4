"""Our stores as real Nix sees them, and Nix's as we see them.

Needs a Nix: LIXEVAL_TEST_NIX, a command to put before Nix's own (such as a wrapper that gives them another root), or
`nix-store` on the PATH.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lixeval.formats import derivation as derivations
from lixeval.formats import hashes, nar
from lixeval.formats.derivation import UNKNOWN, Derivation, Output
from lixeval.formats.store_path import StorePath
from lixeval.store import canonical, garbage
from lixeval.store.local import LocalStore
from lixeval.store.path_info import PathInfo
from lixeval.store.placing import put_in_place
from lixeval.store.verify import verify

PREFIX = shlex.split(os.environ.get("LIXEVAL_TEST_NIX", ""))

if not PREFIX and shutil.which("nix-store") is None:
    pytest.skip("no real Nix: set LIXEVAL_TEST_NIX or put nix-store on the PATH", allow_module_level=True)


def run(*command: str) -> subprocess.CompletedProcess[str]:
    settings = "experimental-features = nix-command\nbuild-users-group =\n"
    environment = {**os.environ, "NIX_REMOTE": "", "NIX_CONFIG": settings}
    return subprocess.run([*PREFIX, *command], capture_output=True, text=True, env=environment, check=False)


def nix(*command: str) -> str:
    """What a command of Nix's prints; it must succeed."""
    done = run(*command)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(str(tmp_path / "root"))


def filled(store: LocalStore, tmp_path: Path) -> dict[str, StorePath]:
    """A text, a tree that refers to it and to itself, a tree of odd things, and derivations."""
    text = store.add_text("text", "hello\n")
    odd = tmp_path / "odd"
    (odd / "sub").mkdir(parents=True)
    (odd / "sub" / "run").write_text("#!/bin/sh\n")
    (odd / "sub" / "run").chmod(0o4755)
    (odd / "link").symlink_to("/nowhere")
    (odd / os.fsdecode(b"caf\xe9")).write_text("latin-1")
    source = store.add_path(str(odd), "odd")
    flat = store.add_path(str(odd / "sub" / "run"), "flat", method="flat", algorithm="sha1")

    fetch = Derivation(
        {"out": Output(UNKNOWN, "r:sha256", "0" * 64)},
        {},
        (),
        "x86_64-linux",
        "builtin:fetchurl",
        (),
        {"url": "x"},
    )
    fetched = derivations.complete("fetched", fetch, store.modulo_hash)
    store.add_completed(fetched)
    uses = Derivation(
        {"out": Output(UNKNOWN), "dev": Output(UNKNOWN)},
        {fetched.drv_path: ("out",)},
        tuple(sorted([text, source])),
        "x86_64-linux",
        "/bin/sh",
        ("-c", 'echo "hi"\n'),
        {"src": source},
    )
    used = derivations.complete("uses", uses, store.modulo_hash)
    store.add_completed(used)
    output = used.derivation.outputs["out"].path
    temporary = store.temporary_output(output)
    Path(temporary).mkdir()
    Path(temporary, "file").write_text(f"{text} and {output}")
    with store.lock([output]):
        canonical.canonicalise(temporary)
        put_in_place(temporary, store.real(output))
        nar_hash, size = nar.dump_hash(store.real(output))
        store.register([PathInfo(output, nar_hash, size, [text, output], used.drv_path, ultimate=True)])
    return {
        "text": text,
        "source": source,
        "flat": flat,
        "fetched": fetched.drv_path,
        "drv": used.drv_path,
        "out": output,
    }


def test_nix_verifies_our_store(store: LocalStore, tmp_path: Path) -> None:
    filled(store, tmp_path)
    store.close()
    done = run("nix-store", "--store", store.root, "--verify", "--check-contents")
    assert done.returncode == 0
    assert [line for line in done.stderr.splitlines() if not line.endswith("...")] == []


def test_nix_finds_damage_in_our_store(store: LocalStore, tmp_path: Path) -> None:
    text = filled(store, tmp_path)["text"]
    store.close()
    os.chmod(store.real(text), 0o644)
    Path(store.real(text)).write_text("jello\n")
    done = run("nix-store", "--store", store.root, "--verify", "--check-contents")
    assert done.returncode != 0 and "was modified" in done.stderr


def test_nix_answers_as_we_do(store: LocalStore, tmp_path: Path) -> None:
    paths = filled(store, tmp_path)

    def query(*arguments: str) -> list[str]:
        return sorted(nix("nix-store", "--store", store.root, "--query", *arguments).split())

    for path in paths.values():
        info = store.info(path)
        assert query("--references", path) == list(info.references)
        assert query("--referrers", path) == store.referrers(path)
        assert query("--requisites", path) == store.closure([path])
        assert query("--hash", path) == [info.nar_hash.prefixed_nix32]
        assert query("--size", path) == [str(info.nar_size)]
    assert query("--outputs", paths["drv"]) == sorted(store.query_deriver_outputs(paths["drv"]).values())
    assert query("--deriver", paths["out"]) == [paths["drv"]]
    assert query("--binding", "src", paths["drv"]) == [paths["source"]]


def shown_by_nix(root: str) -> dict[StorePath, dict[str, Any]]:
    shown = json.loads(nix("nix", "path-info", "--store", root, "--json", "--all"))
    return shown if isinstance(shown, dict) else {entry["path"]: entry for entry in shown}


def check_infos(store: LocalStore) -> None:
    shown = shown_by_nix(store.root)
    assert sorted(shown) == store.all_paths()
    for path, info in store.infos(shown).items():
        entry = shown[path]
        assert hashes.parse(entry["narHash"]) == info.nar_hash
        assert entry["narSize"] == info.nar_size
        assert sorted(entry["references"]) == list(info.references)
        assert entry.get("deriver") == info.deriver
        assert entry["registrationTime"] == info.registration_time
        assert entry.get("ca") == info.ca
        assert bool(entry.get("ultimate")) == info.ultimate


def test_nix_shows_what_we_registered(store: LocalStore, tmp_path: Path) -> None:
    filled(store, tmp_path)
    check_infos(store)


EXPRESSION = 'derivation { name = "n"; system = "x"; builder = "b"; }'


def test_nix_adds_to_our_store_and_we_to_nix_s(store: LocalStore, tmp_path: Path) -> None:
    filled(store, tmp_path)
    (tmp_path / "more").write_text("more\n")
    by_nix = nix("nix-store", "--store", store.root, "--add", str(tmp_path / "more")).strip()
    assert store.add_path(str(tmp_path / "more"), "more") == by_nix
    drv = StorePath(nix("nix-instantiate", "--store", store.root, "-E", EXPRESSION).splitlines()[0])
    assert store.is_valid(drv)
    ours = derivations.parse(Path(store.real(drv)).read_bytes())
    blank = ours.with_outputs({"out": UNKNOWN})
    assert store.add_completed(derivations.complete("n", blank, store.modulo_hash)) == drv
    assert store.query_deriver_outputs(drv) == {"out": ours.outputs["out"].path}
    assert verify(store, check_contents=True) == []
    check_infos(store)


def test_we_open_a_store_that_nix_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    root = str(tmp_path / "root")
    path = StorePath(nix("nix-store", "--store", root, "--add", str(tmp_path / "file")).strip())
    reader = LocalStore(root, read_only=True)
    assert reader.is_valid(path) and verify(reader, check_contents=True) == []
    store = LocalStore(root)
    assert store.add_path(str(tmp_path / "file"), "file") == path
    text = store.add_text("text", path, [path])
    assert store.closure([text]) == sorted([path, text])
    check_infos(store)


def test_nix_takes_out_the_garbage(store: LocalStore, tmp_path: Path) -> None:
    paths = filled(store, tmp_path)
    Path(store.temporary_output(paths["text"])).write_text("left by a crash")
    store.close()
    nix("nix-store", "--store", store.root, "--delete", paths["flat"])
    assert not LocalStore(store.root).is_valid(paths["flat"])
    nix("nix-store", "--store", store.root, "--gc")
    assert os.listdir(store.real_store_dir) == [".links"]
    assert LocalStore(store.root).all_paths() == []


def test_nix_agrees_what_is_garbage(store: LocalStore, tmp_path: Path) -> None:
    paths = filled(store, tmp_path)
    os.symlink(paths["flat"], tmp_path / "result")
    garbage.add_indirect_root(store, str(tmp_path / "result"))
    for root in ("source", "out"):  # with an output its derivation stays, too
        os.symlink(paths[root], f"{store.state_dir}/profiles/{root}")
        store.close()
        dead = nix("nix-store", "--store", store.root, "--gc", "--print-dead").split()
        assert sorted(dead) == sorted(garbage.dead(store).paths)
        live = nix("nix-store", "--store", store.root, "--gc", "--print-live").split()
        assert sorted(live) == sorted(garbage.alive(store))
        printed = nix("nix-store", "--store", store.root, "--gc", "--print-roots").splitlines()
        found = [line.split(" -> ") for line in printed if not line.startswith("{")]
        assert dict(found) == dict(garbage.roots(store))


def test_the_schema_is_that_of_nix(store: LocalStore, tmp_path: Path) -> None:
    store.add_text("text", "")
    store.close()
    nix("nix-store", "--store", str(tmp_path / "theirs"), "--init")

    def described(root: str) -> dict[str, object]:
        connection = sqlite3.connect(f"{root}/nix/var/nix/db/db.sqlite")
        found: dict[str, object] = {}
        for kind, name in connection.execute("select type, name from sqlite_master").fetchall():
            pragma = {"table": "table_info", "index": "index_info"}.get(kind)
            found[f"{kind} {name}"] = connection.execute(f"pragma {pragma}('{name}')").fetchall() if pragma else True
            if kind == "table":
                found[f"keys of {name}"] = connection.execute(f"pragma foreign_key_list('{name}')").fetchall()
        for pragma in ("journal_mode", "page_size", "encoding", "auto_vacuum", "user_version"):
            found[pragma] = connection.execute(f"pragma {pragma}").fetchall()
        connection.close()
        return {
            key: value for key, value in found.items() if "SchemaMigrations" not in key
        }  # 2.8 makes it only when asked

    def layout(root: str) -> set[str]:
        found = {
            os.path.relpath(os.path.join(folder, name), root) for folder, names, _ in os.walk(root) for name in names
        }
        return {name for name in found if "/per-user/" not in name and not name.startswith("nix/var/log")}

    assert described(store.root) == described(str(tmp_path / "theirs"))
    assert layout(store.root) == layout(str(tmp_path / "theirs"))
    for root in (store.root, str(tmp_path / "theirs")):
        assert Path(root, "nix/var/nix/db/schema").read_text() == "10"
        assert os.readlink(f"{root}/nix/var/nix/gcroots/profiles") == f"{root}/nix/var/nix/profiles"


def test_nix_waits_for_our_lock(store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    path = store.compute_path(str(tmp_path / "file"), "file")
    with store.lock([path]):
        adding = subprocess.Popen(
            [*PREFIX, "nix-store", "--store", store.root, "--add", str(tmp_path / "file")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        with pytest.raises(subprocess.TimeoutExpired):
            adding.wait(0.3)
        assert not store.is_valid(path)
    assert adding.wait(60) == 0
    assert adding.stderr is not None
    adding.stderr.close()
    assert store.is_valid(path)


def test_dumps_agree(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "a" / "b").mkdir(parents=True)
    (tree / "a.b").write_text("x" * 100_000)
    (tree / "a" / "link").symlink_to("..")
    assert nix("nix-hash", "--type", "sha256", "--base32", str(tree)).strip() == nar.dump_hash(str(tree))[0].nix32
