"""What a client may not do, sent as no honest client would: refused, and nothing is registered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lixeval.daemon import protocol as p
from lixeval.daemon.connection import Connection
from lixeval.daemon.messages import DaemonRefused
from lixeval.daemon.wire import FRAME, number, text, texts
from lixeval.errors import StoreError
from lixeval.formats import derivation as derivations
from lixeval.formats.derivation import Derivation, Output
from lixeval.formats.hashes import digest
from lixeval.formats.keys import SecretKey
from lixeval.formats.nar_events import encode_file
from lixeval.formats.narinfo import fingerprint
from lixeval.formats.store_path import StorePath, fixed_output_path, make_store_path, text_path
from lixeval.store.local import LocalStore
from lixeval.store.path_info import PathInfo
from tests.daemon.daemons import served

WHOLE = encode_file(b"something\n")
HASH = digest("sha256", WHOLE)
PATH = make_store_path("output:out", digest("sha256", b"drv"), "made-up")
INFO = PathInfo(PATH, HASH, len(WHOLE))


def send(connection: Connection, info: PathInfo, nar: bytes = WHOLE) -> None:
    connection.add_nar(info, lambda write: write(nar))


def send_many(connection: Connection, info: PathInfo, nar: bytes = WHOLE) -> None:
    connection.add_many([(info, lambda write: write(nar))], 1)


SENDERS = pytest.mark.parametrize("sender", [send, send_many])


def changed(**fields: object) -> PathInfo:
    known = {name: getattr(INFO, name) for name in INFO.__slots__}
    return PathInfo(**{**known, **fields})


@SENDERS
def test_unsigned_content_is_refused(sender: Callable[..., None], tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    with served(store, trusted=False) as channel:
        connection = Connection(channel)
        assert connection.trust == p.NOT_TRUSTED
        with pytest.raises(DaemonRefused, match="lacks a signature by a trusted key"):
            sender(connection, INFO)
        assert not connection.is_valid(PATH)  # and the conversation goes on
    assert store.all_paths() == []


@SENDERS
def test_signed_content_is_taken(sender: Callable[..., None], tmp_path: Path) -> None:
    store, key = LocalStore(str(tmp_path)), SecretKey.generate("test-1")
    signature = key.sign(fingerprint(PATH, HASH, len(WHOLE), ()).encode())
    with served(store, trusted=False, keys=[key.public_key()]) as channel:
        sender(Connection(channel), changed(signatures=(signature,), ultimate=True))
    info = LocalStore(str(tmp_path)).info(PATH)
    assert info.signatures == (signature,) and not info.ultimate


@SENDERS
@pytest.mark.parametrize(
    "info, nar",
    [
        (changed(nar_hash=digest("sha256", b"else")), WHOLE),
        (changed(nar_size=len(WHOLE) + 8), WHOLE),
        (changed(nar_size=len(WHOLE) - 8), WHOLE),
        (INFO, WHOLE + bytes(8)),
        (INFO, WHOLE[:-8]),
        (INFO, b"x" * len(WHOLE)),
        (changed(references=(make_store_path("source", HASH, "not-there"),)), WHOLE),
    ],
    ids=["hash", "size", "longer-than-said", "more-behind", "shorter", "no-nar", "reference"],
)
def test_what_is_not_as_announced_is_refused_even_of_the_trusted(
    sender: Callable[..., None], info: PathInfo, nar: bytes, tmp_path: Path
) -> None:
    store = LocalStore(str(tmp_path))
    with served(store, trusted=True) as channel:
        connection = Connection(channel)
        with pytest.raises((DaemonRefused, StoreError)):
            sender(connection, info, nar)
        if sender is send or nar == WHOLE:
            assert connection.all_valid() in ([], [PATH] if nar == WHOLE + bytes(8) else [])
    assert not list((tmp_path / "nix/store").glob("*-tmp-*")), "something was left"


def test_a_content_address_is_recomputed(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    honest = fixed_output_path("file", "recursive", HASH)
    lie = digest("sha256", b"other")
    lying = fixed_output_path("file", "recursive", lie)
    with served(store, trusted=False) as channel:
        connection = Connection(channel)
        send(connection, PathInfo(honest, HASH, len(WHOLE), ca=f"fixed:r:{HASH.prefixed_nix32}"))
        with pytest.raises(DaemonRefused, match="ca hash mismatch"):
            send(connection, PathInfo(lying, HASH, len(WHOLE), ca=f"fixed:r:{lie.prefixed_nix32}"))
        with pytest.raises(DaemonRefused, match="lacks a signature"):
            send(connection, PathInfo(lying, HASH, len(WHOLE), ca=f"fixed:r:{HASH.prefixed_nix32}"))
        assert connection.all_valid() == [honest]


def foreign_derivation() -> bytes:
    """A derivation that says that its output is at another's place."""
    outputs = {"out": Output(PATH)}
    return derivations.unparse(Derivation(outputs, {}, (), "x86_64-linux", "/bin/sh", ("-c", "evil"), {"out": PATH}))


def test_a_derivation_cannot_claim_anothers_output(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    contents = foreign_derivation()
    content_hash = digest("sha256", contents)
    whole = encode_file(contents)
    path = text_path("evil.drv", content_hash)
    info = PathInfo(path, digest("sha256", whole), len(whole), ca=f"text:{content_hash.prefixed_nix32}")
    with served(store, trusted=False) as channel:
        connection = Connection(channel)
        for sender in (send, send_many):
            with pytest.raises(DaemonRefused, match="incorrect output"):
                sender(connection, info, whole)
        request = text("evil.drv") + text("text:sha256") + texts(()) + number(0)
        with pytest.raises(DaemonRefused, match="incorrect output"):
            connection._framed(p.ADD_TO_STORE, request, lambda frames: frames.write(contents))
            connection._answer()
        assert connection.all_valid() == []


def test_what_only_the_trusted_may(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    outputs = {"out": Output(PATH)}
    derivation = Derivation(outputs, {}, (), "x86_64-linux", "/bin/sh", (), {"out": PATH})
    with served(store, trusted=False) as channel:
        connection = Connection(channel)
        for refused in (
            lambda: connection.build_derivation(StorePath(PATH + ".drv"), derivation, []),
            lambda: connection.build([], 1),
            lambda: connection.verify(contents=False, repair=True),
            lambda: connection.add_build_log(StorePath(PATH + ".drv"), b"log"),
            lambda: connection.add_nar(INFO, lambda write: write(WHOLE), repair=True),
            lambda: connection.collect(p.DELETE_DEAD, ignore_liveness=True),
            lambda: connection.add_indirect_root("relative"),
        ):
            with pytest.raises(DaemonRefused):
                refused()
            assert connection.all_valid() == []


@pytest.mark.parametrize(
    "request_bytes",
    [
        number(1 << 40),
        number(p.IS_VALID_PATH) + text("/etc/passwd"),
        number(p.NAR_FROM_PATH) + text("/nix/store/../../etc/passwd"),
        number(p.IS_VALID_PATH) + number(1 << 62),
        number(p.QUERY_VALID_PATHS) + number(1 << 62),
        number(p.ADD_TO_STORE_NAR) + text(PATH) + text("") + text("../" * 9),
        number(p.BUILD_PATHS_WITH_RESULTS) + texts(["/nix/store/x!out"]) + number(0),
    ],
)
def test_nonsense_ends_the_conversation(request_bytes: bytes, tmp_path: Path) -> None:
    with served(LocalStore(str(tmp_path)), trusted=True) as channel:
        connection = Connection(channel)
        channel.write(request_bytes)
        with pytest.raises(StoreError):
            connection._answer()
            connection.is_valid(PATH)


def test_a_name_cannot_lead_out_of_the_store(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    with served(store, trusted=True) as channel:
        connection = Connection(channel)
        for name in ("../evil", "a/b", "", ".", "x" * 300):
            request = text(name) + text("fixed:r:sha256") + texts(()) + number(0)
            with pytest.raises(DaemonRefused):
                connection._framed(p.ADD_TO_STORE, request, lambda frames: frames.write(WHOLE * (FRAME // 64)))
                connection._answer()
        assert connection.all_valid() == []


def test_a_client_that_goes_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    store.prepare()
    before = sorted(path.name for path in (tmp_path / "nix/store").iterdir())
    with served(store, trusted=True) as channel:
        Connection(channel)
        head = number(p.ADD_TO_STORE_NAR) + text(PATH) + text("") + text(HASH.base16) + texts(())
        head += number(0) + number(len(WHOLE)) + number(0) + texts(()) + text("") + number(0) + number(1)
        channel.write(head + number(len(WHOLE)) + WHOLE[:50])
    assert store.all_paths() == []
    store.close()
    assert sorted(path.name for path in (tmp_path / "nix/store").iterdir()) == before
