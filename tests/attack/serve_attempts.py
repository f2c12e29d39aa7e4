"""What may be asked of a store that is served as a cache: what it is not to give.

A request line's path, in which HASH is the hash of a path that is served; nothing outside the store comes back, nor
anything that is not valid, and the server goes on.
"""

from __future__ import annotations

PATHS = (
    "/../../etc/passwd",
    "/nar/../../../etc/passwd",
    "/nar/%2e%2e/%2e%2e/etc/passwd",
    "//etc/passwd",
    "/nar/HASH/../../../../etc/passwd",
    "/log/../../../../etc/passwd",
    "/log/%2e%2e",
    "/HASH.narinfo/..",
    "/HASH.narinfo%00",
    "/%00.narinfo",
    "/HASH.ls",
    "/serve/HASH",
    "/debuginfo/../../x",
    "/realisations/sha256:x!out.doi",
    "/00000000000000000000000000000000.narinfo",
    "/nar/00000000000000000000000000000000.nar",
    "/" + "a" * 200_000,
)

REQUESTS = {
    "a body without end": b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
    "something to be written": b"PUT /x.narinfo HTTP/1.1\r\nContent-Length: 1\r\n\r\na",
    "bytes": b"\x00\xff\r\n\r\n",
    "headers without end": b"GET /nix-cache-info HTTP/1.1\r\n" + b"A: b\r\n" * 5000 + b"\r\n",
    "a header without end": b"GET /nix-cache-info HTTP/1.1\r\nA: " + b"b" * 200_000 + b"\r\n\r\n",
    "a range beyond all": b"GET /nar/HASH.nar HTTP/1.0\r\nRange: bytes=99999999999999999999999-\r\n\r\n",
    "a range of less than nothing": b"GET /nar/HASH.nar HTTP/1.0\r\nRange: bytes=-99999999999999999999999\r\n\r\n",
    "a range of words": b"GET /nar/HASH.nar HTTP/1.0\r\nRange: bytes=a-b\r\n\r\n",
    "a proxy's request": b"GET http://127.0.0.1:1/etc/passwd HTTP/1.0\r\n\r\n",
    "a tunnel": b"CONNECT 127.0.0.1:1 HTTP/1.0\r\n\r\n",
}
