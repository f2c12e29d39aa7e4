"""Messages of the Debug Adapter Protocol: a header with the length of the body, and the body, which is JSON.

    Content-Length: 119\\r\\n\\r\\n{"seq": 1, "type": "request", "command": "initialize", …}

Source: Debug Adapter Protocol, "Base Protocol".
"""

from __future__ import annotations

import json
from typing import IO, Any

LONGEST = 16 << 20
_LONGEST_HEADER = 4096


class BrokenMessage(Exception):
    """What comes is no message; nothing that follows could be understood."""


def read(stream: IO[bytes]) -> dict[str, Any] | None:
    """The next message; None where the stream ends.  Raises BrokenMessage."""
    length: int | None = None
    while True:
        line = stream.readline(_LONGEST_HEADER)
        if not line:
            return None
        if line in (b"\r\n", b"\n"):
            break
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            if not value.strip().isdigit() or int(value) > LONGEST:
                raise BrokenMessage(f"a message of {value.strip()!r} bytes")
            length = int(value)
    if length is None:
        raise BrokenMessage("a message without a length")
    body = stream.read(length)
    if len(body) < length:
        return None
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise BrokenMessage("a message that is no JSON") from None
    if not isinstance(message, dict):
        raise BrokenMessage("a message that is no object")
    return message


def write(stream: IO[bytes], message: dict[str, Any]) -> None:
    """Sends a message."""
    body = json.dumps(message).encode()
    stream.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    stream.flush()
