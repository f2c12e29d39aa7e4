"""The local store: what it writes, where, and what it answers.

Expected paths are those that Nix 2.26.3 gave for the same content.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from lixeval.errors import DatabaseError, FormatError, StoreError
from lixeval.formats import derivation as derivations
from lixeval.formats import hashes, nar
from lixeval.formats.derivation import UNKNOWN, Derivation, Output
from lixeval.formats.store_path import StorePath
from lixeval.store import sources
from lixeval.store.local import LocalStore
from lixeval.store.path_info import PathInfo
from lixeval.store.verify import verify
from tests.support.written import add_derivation

DEP = StorePath("/nix/store/3ywg3kwzqz5fxvc4l4xwbfwgk8a020zd-dep")  # builtins.toFile "dep" "y"
HELLO = StorePath("/nix/store/zx291p0sqy3864fpvp453s2vgzd6ggi0-hello")  # builtins.toFile "hello" "x ${DEP}"


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(str(tmp_path / "root"))


def files_in(store: LocalStore) -> list[str]:
    return sorted(name for name in os.listdir(store.real_store_dir) if name != ".links")


def simple_derivation(**environment: str) -> Derivation:
    return Derivation({"out": Output(UNKNOWN)}, {}, (), "x", "b", (), environment)


def test_opening_and_asking_creates_nothing(store: LocalStore) -> None:
    assert not store.is_valid(DEP)
    assert store.infos([DEP]) == {} and store.all_paths() == [] and store.referrers(DEP) == []
    with pytest.raises(StoreError, match="is not valid"):
        store.info(DEP)
    with pytest.raises(StoreError, match="is not valid"):
        store.closure([DEP])
    assert verify(store) == []
    store.close()
    assert not os.path.exists(store.root)


def test_texts(store: LocalStore) -> None:
    assert store.add_text("dep", "y") == DEP
    assert store.add_text("hello", f"x {DEP}", [DEP]) == HELLO
    assert Path(store.real(HELLO)).read_text() == f"x {DEP}"
    info = store.info(HELLO)
    assert info == PathInfo(  # what `nix path-info --json` shows of it
        path=HELLO,
        nar_hash=hashes.parse("sha256-HrVt2TdHKTY7v82l8+/Dg+mOmV67YOGW43oSUsnLuTw="),
        nar_size=168,
        references=(DEP,),
        registration_time=info.registration_time,
        ca="text:sha256:1kglmhgvik6jh6nn8mqai5jj5s58cljcdyrar9sdxq0dqsp7d7rz",
    )
    assert abs(info.registration_time - os.stat(store.real_store_dir).st_mtime) < 60
    status = os.stat(store.real(HELLO))
    assert (stat.S_IMODE(status.st_mode), status.st_mtime_ns) == (0o444, 10**9)
    assert LocalStore(store.root, read_only=True).info(HELLO) == info


def test_adding_again_writes_nothing(store: LocalStore) -> None:
    store.add_text("dep", "y")
    before = os.stat(store.real(DEP))
    for again in (store, LocalStore(store.root), LocalStore(store.root, read_only=True)):
        assert again.add_text("dep", "y") == DEP
    assert os.stat(store.real(DEP)) == before
    assert files_in(store) == [DEP[11:]]


def test_bytes_of_a_text_survive(store: LocalStore) -> None:
    path = store.add_text("latin1", "caf\udce9")
    assert Path(store.real(path)).read_bytes() == b"caf\xe9"


def test_a_text_may_only_refer_to_what_is_valid(store: LocalStore) -> None:
    with pytest.raises(StoreError, match=f"path '{DEP}', which '{HELLO}' refers to, is not valid"):
        store.add_text("hello", f"x {DEP}", [DEP])
    assert not LocalStore(store.root).is_valid(HELLO)
    store.add_text("dep", "y")
    assert store.add_text("hello", f"x {DEP}", [DEP]) == HELLO
    assert store.is_valid(HELLO)


def test_bad_names_are_refused(store: LocalStore) -> None:
    with pytest.raises(FormatError, match="illegal character"):
        store.add_text("a b", "text")
    with pytest.raises(StoreError, match="is not in the Nix store"):
        store.real("/etc/passwd")
    assert store.real("/nix/store") == store.real_store_dir


@pytest.mark.parametrize(
    ("method", "algorithm", "path"),
    [
        ("recursive", "sha256", "/nix/store/m5zd3qj7c4bs4g5d8hqvs5pc5xicclfg-x"),
        ("flat", "sha256", "/nix/store/974pyy65p8annw3kp4ibcknbhz1pndwm-x"),
    ],
)
def test_files(store: LocalStore, tmp_path: Path, method: str, algorithm: str, path: StorePath) -> None:
    source = tmp_path / "hello.txt"
    source.write_text("hello\n")
    assert store.compute_path(str(source), "x", method=method, algorithm=algorithm) == path
    assert not os.path.exists(store.root)
    assert store.add_path(str(source), "x", method=method, algorithm=algorithm) == path
    assert Path(store.real(path)).read_text() == "hello\n"
    assert store.info(path).nar_hash == nar.dump_hash(str(source))[0]
    prefix = "fixed:r:" if method == "recursive" else "fixed:"
    content = nar.dump_hash(str(source))[0] if method == "recursive" else hashes.digest("sha256", b"hello\n")
    assert store.info(path).ca == prefix + content.prefixed_nix32


@pytest.mark.parametrize("in_memory", [1 << 20, 0])
def test_a_file_by_its_bytes_is_not_executable(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_memory: int
) -> None:
    monkeypatch.setattr(sources, "IN_MEMORY", in_memory)
    (tmp_path / "ex").write_text("#!/bin/sh\n")
    (tmp_path / "ex").chmod(0o755)
    # builtins.path { path = ./ex; recursive = false; name = "y"; }
    path = store.add_path(str(tmp_path / "ex"), "y", method="flat")
    assert path == "/nix/store/wbnhbvb9krsx1q6zh4mpjrg2j4rbb7zw-y"
    assert store.info(path).nar_hash.nix32 == "1y12prnw0syl013dbx82i2b8yarwv7j0fw43g8n6nqn9xpvvaz0v"
    assert stat.S_IMODE(os.stat(store.real(path)).st_mode) == 0o444


def test_other_algorithms(store: LocalStore, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_text("hello\n")
    path = store.add_path(str(source), "x", algorithm="sha1")
    info = store.info(path)
    assert info.ca == "fixed:r:" + nar.dump_hash(str(source), "sha1")[0].prefixed_nix32
    assert info.nar_hash == nar.dump_hash(str(source))[0]


def make_tree(root: Path) -> None:
    (root / "sub").mkdir(parents=True)
    (root / "a").write_text("hello\n")
    (root / "sub" / "run").write_text("#!/bin/sh\n")
    (root / "sub" / "run").chmod(0o4755)
    (root / "sub" / "private").write_text("p")
    (root / "sub" / "private").chmod(0o600)
    (root / "link").symlink_to("/no/such/target")
    os.mkdir(root / "open")
    os.chmod(root / "open", 0o777)


def check_canonical(real_path: str) -> None:
    for folder, folders, files in os.walk(real_path):
        for name in [".", *folders, *files]:
            status = os.lstat(os.path.join(folder, name))
            assert status.st_mtime_ns == 10**9
            if not stat.S_ISLNK(status.st_mode):
                executable = bool(status.st_mode & 0o100)
                assert stat.S_IMODE(status.st_mode) == (0o555 if executable else 0o444)


@pytest.mark.parametrize("in_memory", [1 << 20, 0])
def test_trees(store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_memory: int) -> None:
    monkeypatch.setattr(sources, "IN_MEMORY", in_memory)
    make_tree(tmp_path / "tree")
    path = store.add_path(str(tmp_path / "tree"), "t")
    real = store.real(path)
    assert nar.dump_hash(real) == nar.dump_hash(str(tmp_path / "tree"))
    assert os.readlink(real + "/link") == "/no/such/target"
    check_canonical(real)
    assert files_in(store) == [path[11:]]
    assert verify(store, check_contents=True) == []
    assert (tmp_path / "tree" / "sub" / "run").stat().st_mode & 0o7777 == 0o4755


def test_a_golden_tree(store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "a").write_text("hello\n")
    # builtins.path { path = ./tree; name = "t"; }
    assert store.add_path(str(tmp_path / "tree"), "t") == "/nix/store/3fcwla71lni9knaa7wmbjkn7bcgqpjrv-t"


@pytest.mark.parametrize("in_memory", [1 << 20, 0])
def test_a_filter_is_asked_once(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_memory: int
) -> None:
    monkeypatch.setattr(sources, "IN_MEMORY", in_memory)
    make_tree(tmp_path / "tree")
    asked = []

    def keep(path: str, kind: str) -> bool:
        asked.append((os.path.basename(path), kind))
        return not path.endswith("/sub") and kind != "symlink"

    path = store.add_path(str(tmp_path / "tree"), "t", filter=keep)
    assert asked == [("a", "regular"), ("link", "symlink"), ("open", "directory"), ("sub", "directory")]
    assert sorted(os.listdir(store.real(path))) == ["a", "open"]
    assert store.compute_path(str(tmp_path / "tree"), "t", filter=keep) == path


def test_an_expected_hash(store: LocalStore, tmp_path: Path) -> None:
    make_tree(tmp_path / "tree")
    right = nar.dump_hash(str(tmp_path / "tree"))[0]
    with pytest.raises(StoreError, match=r"store path mismatch in .* path added from '") as error:
        store.add_path(str(tmp_path / "tree"), "t", expected=hashes.zero("sha256"))
    assert error.value.hint == f"specified: {hashes.zero('sha256').sri}, got: {right.sri}"
    assert not os.path.exists(store.root)
    store.add_path(str(tmp_path / "tree"), "t", expected=right)


def test_a_source_that_changes_is_not_added(store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "IN_MEMORY", 0)
    (tmp_path / "file").write_text("before")
    copy_to = sources.HashedSource.copy_to

    def change_then_copy(self: sources.HashedSource, destination: str) -> None:
        (tmp_path / "file").write_text("after!")
        copy_to(self, destination)

    monkeypatch.setattr(sources.HashedSource, "copy_to", change_then_copy)
    with pytest.raises(StoreError, match="changed while it was copied"):
        store.add_path(str(tmp_path / "file"), "f")
    assert files_in(store) == [] and store.all_paths() == []


def test_sources_that_cannot_be_read(store: LocalStore, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot read '.*/missing': No such file"):
        store.add_path(str(tmp_path / "missing"), "x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError, match="Is a directory"):
        store.add_path(str(tmp_path / "folder"), "x", method="flat")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FormatError, match="unsupported type"):
        store.add_path(str(tmp_path / "pipe"), "x")


def test_derivations(store: LocalStore) -> None:
    dep = store.add_text("dep", "y")
    derivation = Derivation({"out": Output(UNKNOWN), "dev": Output(UNKNOWN)}, {}, (dep,), "x", "b", (), {"src": dep})
    completed = derivations.complete("d", derivation, store.modulo_hash)
    assert store.add_completed(completed) == completed.drv_path
    assert add_derivation(store, "d", completed.derivation) == completed.drv_path
    assert store.read_derivation(completed.drv_path) == completed.derivation
    assert store.references(completed.drv_path) == [dep]
    paths = {name: output.path for name, output in completed.derivation.outputs.items()}
    for again in (store, LocalStore(store.root)):
        assert again.query_deriver_outputs(completed.drv_path) == paths
        assert again.database.derivers(paths["dev"]) == [completed.drv_path]
        assert again.modulo_hash(completed.drv_path).hash == completed.modulo.hash
    assert (store.info(completed.drv_path).ca or "").startswith("text:sha256:")


def test_hashes_of_a_long_chain_of_derivations(store: LocalStore) -> None:
    last = derivations.complete("d0", simple_derivation(), store.modulo_hash)
    with store.batch():
        store.add_completed(last)
        for number in range(1, 400):
            uses = Derivation({"out": Output(UNKNOWN)}, {last.drv_path: ("out",)}, (), "x", "b", (), {})
            last = derivations.complete(f"d{number}", uses, store.modulo_hash)
            store.add_completed(last)
    assert LocalStore(store.root).modulo_hash(last.drv_path).hash == last.modulo.hash


def test_a_file_that_is_no_derivation(store: LocalStore) -> None:
    with pytest.raises(StoreError, match=r"error parsing derivation '/nix/store/.*-dep.drv': expected string"):
        store.add_text("dep.drv", "Derive(")
    path = store.add_text("dep", "Derive(")
    with pytest.raises(StoreError, match="is no derivation: error parsing derivation"):
        store.read_derivation(path)
    with pytest.raises(StoreError, match="cannot read derivation"):
        store.read_derivation(StorePath(HELLO + ".drv"))


def graph(store: LocalStore) -> dict[str, StorePath]:
    """a <- b <- d, a <- c <- d, e alone."""
    a = store.add_text("a", "")
    b = store.add_text("b", a, [a])
    c = store.add_text("c", a, [a])
    d = store.add_text("d", b + c, [b, c])
    return {"a": a, "b": b, "c": c, "d": d, "e": store.add_text("e", "")}


def test_graph(store: LocalStore) -> None:
    g = graph(store)
    assert store.references(g["d"]) == sorted([g["b"], g["c"]])
    assert store.referrers(g["a"]) == sorted([g["b"], g["c"]])
    assert store.closure([g["d"]]) == sorted([g["a"], g["b"], g["c"], g["d"]])
    assert store.closure([g["e"], g["b"]]) == sorted([g["a"], g["b"], g["e"]])
    assert store.closure([]) == []
    assert store.database.closure([g["b"]], reverse=True) == {g["b"], g["d"]}
    order = store.topological([g["d"], g["c"], g["b"], g["a"]])
    assert order == [g["a"], *sorted([g["b"], g["c"]]), g["d"]]
    assert store.topological([g["d"], g["a"]]) == sorted([g["a"], g["d"]])
    assert store.path_from_hash_part(g["a"][11:43]) == g["a"]
    assert store.path_from_hash_part("0" * 32) is None
    assert store.database.valid_among([g["a"], DEP]) == {g["a"]}


def test_registering_is_all_or_nothing(store: LocalStore) -> None:
    zero = hashes.zero("sha256")
    one = PathInfo(StorePath(f"/nix/store/{'0' * 32}-one"), zero, 1)
    two = PathInfo(StorePath(f"/nix/store/{'1' * 32}-two"), zero, 1, references=[one.path, DEP])
    with pytest.raises(StoreError, match="is not valid"):
        store.register([one, two])
    assert store.all_paths() == [] and not store.is_valid(one.path)
    self_referring = PathInfo(two.path, zero, 1, references=[one.path, two.path])
    store.register([self_referring, one])
    assert store.references(two.path) == [one.path, two.path]
    assert store.topological([two.path, one.path]) == [one.path, two.path]


def test_everything_known_of_a_path_is_kept_and_can_be_changed(store: LocalStore) -> None:
    path = StorePath(f"/nix/store/{'0' * 32}-x")
    first = PathInfo(
        path, hashes.zero("sha256"), 7, [path], StorePath(path + ".drv"), 1234567, "fixed:r:sha256:x", True, ["k:AA"]
    )
    store.register([first])
    assert store.info(path) == first
    store.add_signatures(path, ["k:AA", "l:BB"])
    assert store.info(path).signatures == ("k:AA", "l:BB")
    store.register([PathInfo(path, hashes.digest("sha256", b""), 8)])
    changed = store.info(path)
    assert (changed.nar_size, changed.deriver, changed.ultimate, changed.signatures) == (8, None, False, ())
    assert changed.registration_time == 1234567


def test_many_paths_at_once(store: LocalStore) -> None:
    zero = hashes.zero("sha256")
    paths = [StorePath(f"/nix/store/{number:032d}-x") for number in range(2500)]
    store.register([PathInfo(path, zero, 1, [paths[0]]) for path in paths])
    assert store.all_paths() == paths
    assert list(store.infos(reversed(paths))) and len(store.infos(paths)) == 2500
    assert store.closure(paths[1:]) == paths
    assert store.referrers(paths[0]) == paths


def test_forgetting(store: LocalStore) -> None:
    g = graph(store)
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        store.forget(g["d"], g["a"])
    assert store.is_valid(g["a"]) and store.is_valid(g["d"])
    store.forget(g["d"])
    assert not store.is_valid(g["d"]) and not os.path.exists(store.real(g["d"]))
    assert verify(store) == []


def test_a_read_only_store_refuses(store: LocalStore, tmp_path: Path) -> None:
    store.add_text("dep", "y")
    store.close()
    reader = LocalStore(store.root, read_only=True)
    assert reader.is_valid(DEP) and reader.closure([DEP]) == [DEP]
    with pytest.raises(StoreError, match="read-only") as error:
        reader.add_text("hello", f"x {DEP}", [DEP])
    assert "--store" in (error.value.hint or "")
    with pytest.raises(StoreError, match="read-only"):
        reader.add_path(str(tmp_path), "x")
    with pytest.raises(StoreError, match="read-only"):
        reader.register([])
    assert files_in(store) == [DEP[11:]]


def test_a_root_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = LocalStore(str(tmp_path / "file" / "root"))
    assert not store.is_valid(DEP)
    with pytest.raises(StoreError, match=r"cannot write to the store .*Not a directory") as error:
        store.add_text("dep", "y")
    assert "--store DIR" in (error.value.hint or "")
    with pytest.raises(StoreError, match="cannot write to the store"):
        store.add_path(str(tmp_path / "file"), "f")


def test_a_root_that_is_not_ours(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    (tmp_path / "root").mkdir(mode=0o555)
    with pytest.raises(StoreError, match="Permission denied"):
        LocalStore(str(tmp_path / "root")).add_text("dep", "y")


def test_a_database_of_another_schema_is_left_alone(store: LocalStore) -> None:
    store.add_text("dep", "y")
    store.close()
    schema = Path(store.state_dir, "db", "schema")
    assert schema.read_text() == "10"
    schema.write_text("11")
    with pytest.raises(StoreError, match="has schema '11', not 10"):
        LocalStore(store.root).is_valid(DEP)


def test_a_database_whose_making_broke_off_is_none_yet(store: LocalStore) -> None:
    """As after a full disk: the schema's number, which is written last, is not there."""
    folder = Path(store.root, "nix/var/nix/db")
    folder.mkdir(parents=True)
    (folder / "db.sqlite").touch()
    reader = LocalStore(store.root, read_only=True)
    assert verify(reader) == [] and not reader.is_valid(DEP)
    reader.close()
    assert store.is_valid(store.add_text("dep", "y"))


def test_a_damaged_database_is_an_error_of_ours(store: LocalStore) -> None:
    store.add_text("dep", "y")
    store.close()
    Path(store.state_dir, "db", "db.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match=r"db.sqlite' failed: file is not a database"):
        LocalStore(store.root).is_valid(DEP)


def test_a_database_that_finds_no_room_says_so_and_goes_on(store: LocalStore) -> None:
    """SQLite takes such a transaction back by itself: there is nothing left to take back, and nothing half done."""
    first = store.info(store.add_text("dep", "y"))
    infos = [
        PathInfo(StorePath(f"/nix/store/{number:032}-x"), first.nar_hash, first.nar_size, ()) for number in range(1000)
    ]
    with store.database._connection.lock:
        opened = store.database._connection.open()
        assert opened is not None
        opened.execute("pragma max_page_count = 40")
    with pytest.raises(DatabaseError, match=r"db.sqlite' failed: database or disk is full") as caught:
        store.register(infos)
    assert str(caught.value.hint).startswith("make room")
    assert store.all_paths() == [first.path]
    opened.execute("pragma max_page_count = 4000")
    store.register(infos)
    assert len(store.all_paths()) == 1001


def test_the_real_store_is_the_one_without_a_root() -> None:
    store = LocalStore(None, read_only=True)
    assert (store.root, store.real_store_dir, store.state_dir) == ("/", "/nix/store", "/nix/var/nix")
    assert str(store.real(DEP)) == DEP


def test_relative_roots_stay_where_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = LocalStore("root")
    monkeypatch.chdir("/")
    store.add_text("dep", "y")
    assert (tmp_path / "root" / "nix" / "store" / DEP[11:]).read_text() == "y"
