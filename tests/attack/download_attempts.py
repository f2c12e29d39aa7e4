"""What a server of files, of NARs, of registries of flakes answers with, to whoever downloads from it: the attempts.

bytes    are sent as they are
float    so many seconds pass
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from typing import NamedTuple

Piece = bytes | float


class Attempt(NamedTuple):
    """`must` is a part of the error, or None where whatever came may be taken."""

    name: str
    answer: Callable[[str], Iterator[Piece]]
    must: str | None
    advisory: str = ""


def head(status: str, *lines: str) -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", *lines, "", "")).encode("latin-1")


def sent(*pieces: Piece) -> Callable[[str], Iterator[Piece]]:
    return lambda path: iter(pieces)


def dripping(first: bytes, byte: bytes) -> Callable[[str], Iterator[Piece]]:
    def answer(path: str) -> Iterator[Piece]:
        yield first
        for _ in range(10_000):
            yield byte
            yield 0.05

    return answer


def without_end(first: bytes, block: bytes) -> Callable[[str], Iterator[Piece]]:
    def answer(path: str) -> Iterator[Piece]:
        yield first
        for _ in range(2_000):
            yield block

    return answer


def leading(first: Callable[[str], Iterator[Piece]]) -> Callable[[str], Iterator[Piece]]:
    """An answer that leads to another place, where nothing is."""
    return lambda path: first(path) if path == "/x" else iter([of_length("0")])


def of_length(text: str) -> bytes:
    return head("200 OK", f"Content-Length: {text}")


ELSEWHERE = head("302 X", "Location: /y", "Content-Encoding: gzip")
BOMB = gzip.compress(bytes(50_000_000))
CHUNKED = head("200 OK", "Transfer-Encoding: chunked")
NO_LENGTH, NO_HTTP, BROKE = "a length that is none", "is not HTTP", "failed: it broke"

ANSWERS = (
    Attempt("nothing", sent(30.0), "has not answered in"),
    Attempt("a byte of the status now and then", dripping(b"", b"H"), "drips"),
    Attempt("a byte of a header now and then", dripping(b"HTTP/1.1 200 OK\r\nA: ", b"x"), "drips"),
    Attempt("a byte now and then, of unknown length", dripping(head("200 OK"), b"x"), "drips"),
    Attempt("a byte now and then, of known length", dripping(of_length("100000"), b"x"), "drips"),
    Attempt("a chunk now and then", dripping(CHUNKED, b"1\r\nx\r\n"), "drips"),
    Attempt("less than it says", sent(of_length("1000"), b"abc"), "broke off after 3 of 1000 bytes"),
    Attempt("more than it says", sent(of_length("3"), b"abc" * 1000), None),
    Attempt("a length that is no number", sent(of_length("x"), b"abc"), NO_LENGTH),
    Attempt("a length below zero", sent(of_length("-5"), b"abc"), NO_LENGTH),
    Attempt("a length in other digits", sent(of_length("\xb3"), b"abc"), NO_LENGTH),
    Attempt("a length of 5,000 digits", sent(of_length("9" * 5000), b"abc"), NO_LENGTH),
    Attempt("two lengths", sent(head("200 OK", "Content-Length: 3", "Content-Length: 5"), b"abc"), BROKE),
    Attempt("a list of lengths", sent(of_length("3, 5"), b"abc"), BROKE),
    Attempt("a chunk that is none", sent(CHUNKED, b"zz\r\nabc"), "broke off"),
    Attempt("a chunk below zero", sent(CHUNKED, b"-5\r\nabc"), "must be non-negative"),
    Attempt("a chunk of 5,000 digits", sent(CHUNKED, b"f" * 5000 + b"\r\nabc"), "broke off"),
    Attempt("a line of a chunk without end", sent(CHUNKED, b"1" * 200_000), NO_HTTP),
    Attempt("headers without end", sent(b"HTTP/1.1 200 OK\r\n", b"A: x\r\n" * 100_000), NO_HTTP),
    Attempt("a header without end", sent(b"HTTP/1.1 200 OK\r\nA: " + b"x" * 1_000_000), NO_HTTP),
    Attempt("what is not HTTP", sent(b"SSH-2.0-x\r\n"), NO_HTTP),
    Attempt("a status that is none", sent(head("abc OK")), NO_HTTP),
    Attempt("a status of five digits", sent(head("99999 OK")), NO_HTTP),
    Attempt("orders to the terminal", sent(head("404 \x1b]0;x\x07", "Content-Length: 0")), "HTTP error 404"),
    Attempt("to come back in three years", sent(head("503 X", "Retry-After: 99999999")), "asks to come back in"),
    Attempt("another part", sent(head("206 X", "Content-Range: bytes 5-7/8"), b"abc"), "another part"),
    Attempt("that nothing has changed", sent(head("304 X")), "HTTP error 304"),
    Attempt("what is said to be packed", sent(head("200 OK", "Content-Encoding: gzip"), b"no gzip"), BROKE),
    Attempt(
        "what unpacks to more than is wanted",
        sent(head("200 OK", "Content-Encoding: gzip"), BOMB),
        "sends more than",
    ),
    Attempt("more than is wanted", without_end(head("200 OK"), bytes(1 << 16)), "sends more than"),
    Attempt("another place, and then without end", leading(without_end(ELSEWHERE, bytes(1 << 16))), None),
    Attempt("another place, and a bomb", leading(sent(ELSEWHERE, BOMB)), None, "CVE-2026-21441"),
    Attempt(
        "nothing, and a bomb",
        sent(head("404 X", "Content-Encoding: gzip", f"Content-Length: {len(BOMB)}"), BOMB),
        "HTTP error 404",
    ),
    Attempt(
        "what is packed 50 times over",
        sent(head("200 OK", "Content-Encoding: " + ", ".join(["gzip"] * 50)), BOMB),
        "packed several times over",
        "CVE-2025-66418",
    ),
    Attempt("itself, for ever", lambda path: iter([head("302 X", f"Location: {path}")]), "more than 20 redirects"),
)
