"""Changes to inputs, where no engine that watches the code is installed: what hurts parsers, at random places."""

from __future__ import annotations

from random import Random

PIECES = (
    *(b"\0", b"\xff", b"\n", b"\r", b'"', b"\\", b"{", b"}", b"[", b"]", b"(", b")", b"..", b"/", b":", b"%", b"\x1b"),
    *(b"-1", b"0", b"9" * 30, b"1e999", b"NaN", b"\\ud800", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xe2\x80\xae"),
)
LARGEST = 1 << 14


def mutated(data: bytes, others: list[bytes], choice: Random) -> bytes:
    """The data with a few changes; some pieces come from other inputs."""
    for _ in range(choice.randint(1, 6)):
        at = choice.randint(0, len(data))
        end = min(len(data), at + choice.randint(0, 12))
        other = choice.choice(others)
        start = choice.randint(0, len(other))
        way = choice.randrange(6)
        if way == 0 and data:
            at = min(at, len(data) - 1)
            data = data[:at] + bytes((data[at] ^ 1 << choice.randrange(8),)) + data[at + 1 :]
        elif way == 1:
            data = data[:at] + data[end:]
        elif way == 2:
            data = data[:at] + choice.choice(PIECES) + data[end:]
        elif way == 3:
            data = data[:at] + data[at:end] * choice.randint(2, 40) + data[end:]
        elif way == 4:
            data = data[:at] + other[start : start + choice.randint(1, 40)] + data[at:]
        else:
            data = data[:at]
    return data[:LARGEST]
