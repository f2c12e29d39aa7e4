"""What clients of our daemon have tried, whom nobody trusts, and what daemons have tried that we ask.

A client wants something registered that nobody vouches for, or in another's place, or files from elsewhere; a daemon
wants files written elsewhere, other content taken, memory filled, the terminal moved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lixeval.daemon import messages as m
from lixeval.daemon import protocol as p
from lixeval.daemon.connection import Connection
from lixeval.daemon.values import path_info
from lixeval.daemon.wire import Reader, number, text, texts
from lixeval.formats import derivation as derivations
from lixeval.formats.derivation import Derivation, Output
from lixeval.formats.hashes import digest
from lixeval.formats.nar_events import encode_file, framed
from lixeval.formats.store_path import StorePath, fixed_output_path, make_store_path, text_path
from lixeval.store.path_info import PathInfo

WHOLE = encode_file(b"something\n")
HASH = digest("sha256", WHOLE)
PATH = make_store_path("output:out", digest("sha256", b"drv"), "made-up")
INFO = PathInfo(PATH, HASH, len(WHOLE))
HUGE = 1 << 62


@dataclass(frozen=True)
class ByClient:
    """`act` is done by an untrusted client; `refused` is in what the daemon says to it, "" where it only hangs up."""

    name: str
    act: Callable[[Connection], object]
    refused: str


def _send(info: PathInfo, nar: bytes = WHOLE) -> Callable[[Connection], object]:
    return lambda connection: connection.add_nar(info, lambda write: write(nar))


def _send_many(info: PathInfo, nar: bytes = WHOLE) -> Callable[[Connection], object]:
    return lambda connection: connection.add_many([(info, lambda write: write(nar))], 1)


def _addressed(name: str, content: bytes, said: bytes) -> PathInfo:
    """A path called by what its content is said to be."""
    claimed = digest("sha256", said)
    path = fixed_output_path(name, "recursive", claimed)
    return PathInfo(path, digest("sha256", content), len(content), ca=f"fixed:r:{claimed.prefixed_nix32}")


def _foreign() -> tuple[PathInfo, bytes]:
    """A derivation that says that its output is at another's place, called as its text is."""
    one = Derivation({"out": Output(PATH)}, {}, (), "x86_64-linux", "/bin/sh", ("-c", "evil"), {"out": PATH})
    contents = derivations.unparse(one)
    whole, address = encode_file(contents), digest("sha256", contents)
    path = text_path("evil.drv", address)
    return PathInfo(path, digest("sha256", whole), len(whole), ca=f"text:{address.prefixed_nix32}"), whole


def _add(name: str, method: str, contents: bytes) -> Callable[[Connection], object]:
    def act(connection: Connection) -> None:
        request = text(name) + text(method) + texts(()) + number(0)
        connection._framed(p.ADD_TO_STORE, request, lambda frames: frames.write(contents))
        connection._answer()

    return act


def _raw(request: bytes) -> Callable[[Connection], object]:
    def act(connection: Connection) -> None:
        connection.channel.write(request)
        connection._answer()
        connection.is_valid(PATH)

    return act


_DERIVATION = Derivation({"out": Output(PATH)}, {}, (), "x86_64-linux", "/bin/sh", (), {"out": PATH})
_UNSIGNED = "lacks a signature by a trusted key"
_BY_PATH = PathInfo(PATH, HASH, len(WHOLE), signatures=("cache.nixos.org-1:" + "A" * 86 + "==",))
BY_CLIENTS = (
    ByClient("an unsigned path", _send(INFO), _UNSIGNED),
    ByClient("an unsigned path among many", _send_many(INFO), _UNSIGNED),
    ByClient("a signature of a key's name alone", _send(_BY_PATH), _UNSIGNED),
    ByClient("a path that was built here, it says", _send(PathInfo(PATH, HASH, len(WHOLE), ultimate=True)), _UNSIGNED),
    ByClient("a content address of other content", _send(_addressed("x", WHOLE, b"else")), "ca hash mismatch"),
    ByClient(
        "a content address of other content among many", _send_many(_addressed("x", WHOLE, b"else")), "ca hash mismatch"
    ),
    ByClient("content that is not what was said", _send(_addressed("x", bytes(len(WHOLE)), WHOLE), WHOLE), "mismatch"),
    ByClient("a NAR that goes on", _send(_addressed("x", WHOLE, WHOLE), WHOLE + bytes(1 << 20)), "longer"),
    ByClient("a NAR that ends early", _send(_addressed("x", WHOLE, WHOLE), WHOLE[:-8]), "ends early"),
    ByClient("a derivation that claims another's output", _send(*_foreign()), "incorrect output"),
    ByClient("a derivation that claims another's output among many", _send_many(*_foreign()), "incorrect output"),
    ByClient(
        "a derivation that claims another's output as a text",
        _add("evil.drv", "text:sha256", derivations.unparse(_DERIVATION)),
        "incorrect output",
    ),
    ByClient("a name that leads out", _add("../evil", "fixed:r:sha256", WHOLE), "illegal"),
    ByClient("a NAR whose entry leads out", _add("x", "fixed:r:sha256", WHOLE[:24] + framed(b"(" + b"x" * 9)), "NAR"),
    ByClient(
        "a derivation that is not there",
        lambda c: c.build_derivation(StorePath(PATH + ".drv"), _DERIVATION, []),
        "privileg",
    ),
    ByClient("repairing by building", lambda c: c.build([], 1), "not allowed"),
    ByClient("repairing by sending", lambda c: c.add_nar(INFO, lambda w: w(WHOLE), repair=True), "not allowed"),
    ByClient("repairing all", lambda c: c.verify(contents=True, repair=True), "not privileged"),
    ByClient(
        "a log of another's build", lambda c: c.add_build_log(StorePath(PATH + ".drv"), b"lies"), "not privileged"
    ),
    ByClient("collecting what lives", lambda c: c.collect(p.DELETE_DEAD, ignore_liveness=True), "not allowed"),
    ByClient("a root that is nowhere", lambda c: c.add_indirect_root("result"), "no absolute path"),
    ByClient("a file that is no store path", _raw(number(p.NAR_FROM_PATH) + text("/etc/shadow")), ""),
    ByClient("a path with dots", _raw(number(p.NAR_FROM_PATH) + text("/nix/store/../../etc/shadow")), ""),
    ByClient("a string without end", _raw(number(p.IS_VALID_PATH) + number(HUGE)), ""),
    ByClient("a list without end", _raw(number(p.QUERY_VALID_PATHS) + number(HUGE)), ""),
    ByClient("a request that there is not", _raw(number(HUGE)), ""),
    ByClient("padding that hides something", _raw(number(p.IS_VALID_PATH) + number(1) + b"xsecret!"), ""),
)


@dataclass(frozen=True)
class ByDaemon:
    """`answers` are what a daemon says to requests by their number; `must` is in the error of who asks for PATH."""

    name: str
    answers: dict[int, bytes]
    must: str


_LAST = number(m.LAST)
_VALID = {p.ADD_TEMP_ROOT: _LAST + number(1), p.IS_VALID_PATH: _LAST + number(1), p.SET_OPTIONS: _LAST}


def _has(info: PathInfo, nar: bytes) -> dict[int, bytes]:
    return {
        **_VALID,
        p.QUERY_PATH_INFO: _LAST + number(1) + path_info(info),
        p.NAR_FROM_PATH: _LAST + nar,
    }


def _error(message: str) -> bytes:
    return number(m.ERROR) + text("Error") + number(0) + text("") + text(message) + number(0) + number(0)


_UP = encode_file(b"")[:24] + framed(b"(") + framed(b"type") + framed(b"directory") + framed(b"entry") + framed(b"(")
_UP += framed(b"name") + framed(b"../../evil") + framed(b"node")
_INFO_WITH_FILE = (
    number(1) + text("") + text(HASH.base16) + texts(["/etc/passwd"]) + number(0) * 3 + texts(()) + text("")
)
BY_DAEMONS = (
    ByDaemon("other content", _has(INFO, encode_file(b"otherwise\n")), "something else"),
    ByDaemon("a NAR that is longer than said", _has(INFO, encode_file(b"x" * 5000)), "longer than"),
    ByDaemon("a NAR whose entry leads out", _has(INFO, _UP + bytes(200)), "NAR"),
    ByDaemon("a NAR that is none", _has(INFO, b"garbage " * 40), "NAR"),
    ByDaemon(
        "a reference that is no store path", {**_VALID, p.QUERY_PATH_INFO: _LAST + _INFO_WITH_FILE}, "/etc/passwd"
    ),
    ByDaemon("a hash that is none", {**_VALID, p.QUERY_PATH_INFO: _LAST + number(1) + text("") + text("x")}, "SHA-256"),
    ByDaemon("a message without end", {**_VALID, p.QUERY_PATH_INFO: number(m.NEXT) + number(HUGE)}, "string of"),
    ByDaemon("a message of no kind", {**_VALID, p.QUERY_PATH_INFO: number(HUGE)}, "unknown kind"),
    ByDaemon(
        "fields without end", {**_VALID, p.QUERY_PATH_INFO: number(m.RESULT) + number(1) * 2 + number(HUGE)}, "list"
    ),
    ByDaemon(
        "orders for the terminal", {**_VALID, p.QUERY_PATH_INFO: _error("\x1b[2J\x1b]0;title\x07gone")}, "\\x1b[2J"
    ),
    ByDaemon("nothing at all", {}, "ended"),
)


def answering(attempt: ByDaemon) -> Callable[[int, Reader], bytes | None]:
    """What the daemon of an attempt says; it hangs up at what it has no answer for."""

    def answer(operation: int, reader: Reader) -> bytes | None:
        said = attempt.answers.get(operation)
        if said is not None and operation == p.SET_OPTIONS:
            for _ in range(12):
                reader.number()
            reader.pairs()
        elif said is not None:
            reader.text()
        return said

    return answer
