"""What a tarball or a zip file has tried on `fetchTarball`.  @OUTSIDE@ is a folder with a file `secret`."""

from __future__ import annotations

import tarfile
from typing import Any, NamedTuple


class Attempt(NamedTuple):
    """Members as (name, what of a TarInfo is special); `must` is "harmless" or a part of the error."""

    name: str
    cve: str
    members: tuple[tuple[str, dict[str, Any]], ...]
    must: str


LINK = {"type": tarfile.SYMTYPE}
HARD = {"type": tarfile.LNKTYPE}
OUTSIDE = "@OUTSIDE@"

ATTEMPTS = (
    Attempt("parent", "CVE-2007-4559", (("../../outside/x", {}), ("t/a", {})), "harmless"),
    Attempt("parent-deep", "CVE-2007-4559", (("t/../../../../../../../../outside/x", {}), ("t/a", {})), "harmless"),
    Attempt("absolute", "CVE-2001-1267", ((f"{OUTSIDE}/x", {}), ("t/a", {})), "harmless"),
    Attempt(
        "through-link", "CVE-2001-1268", (("t/l", {**LINK, "linkname": OUTSIDE}), ("t/l/x", {})), "not a directory"
    ),
    Attempt(
        "through-two-links",
        "",
        (("t/k", {**LINK, "linkname": OUTSIDE}), ("t/l", {**LINK, "linkname": "k"}), ("t/l/x", {})),
        "not a directory",
    ),
    Attempt("link-as-folder", "", (("t", {**LINK, "linkname": OUTSIDE}), ("t/x", {})), "not a directory"),
    Attempt(
        "link-then-directory",
        "CVE-2018-20834",
        (("t/l", {**LINK, "linkname": OUTSIDE}), ("t/l", {"type": tarfile.DIRTYPE}), ("t/l/x", {})),
        "not a directory",
    ),
    Attempt(
        "link-then-file",
        "CVE-2021-32804",
        (("t/l", {**LINK, "linkname": f"{OUTSIDE}/secret"}), ("t/l", {})),
        "harmless",
    ),
    Attempt(
        "hard-link-outside",
        "CVE-2016-6321",
        (("t/h", {**HARD, "linkname": f"{OUTSIDE}/secret"}),),
        "not in the archive",
    ),
    Attempt("hard-link-parent", "", (("t/h", {**HARD, "linkname": "../../outside/secret"}),), "not in the archive"),
    Attempt(
        "hard-link-to-link",
        "CVE-2026-39860",
        (("t/l", {**LINK, "linkname": f"{OUTSIDE}/secret"}), ("t/h", {**HARD, "linkname": "t/l"})),
        "not in the archive",
    ),
    Attempt(
        "hard-link-through-link",
        "",
        (("t/l", {**LINK, "linkname": OUTSIDE}), ("t/h", {**HARD, "linkname": "t/l/secret"})),
        "not a directory",
    ),
    Attempt("hard-link-to-itself", "", (("t/h", {**HARD, "linkname": "t/h"}),), "not in the archive"),
    Attempt("device", "", (("t/d", {"type": tarfile.CHRTYPE, "devmajor": 1, "devminor": 3}),), "unsupported type"),
    Attempt("block-device", "", (("t/d", {"type": tarfile.BLKTYPE, "devmajor": 8}),), "unsupported type"),
    Attempt("pipe", "", (("t/p", {"type": tarfile.FIFOTYPE}),), "unsupported type"),
    Attempt("file-then-folder", "", (("t/a", {}), ("t/a/b", {})), "not a directory"),
    Attempt("folder-then-file", "", (("t/a/b", {}), ("t/a", {})), "both a directory and a file"),
    Attempt("no-name", "", (("/", {}),), "error"),
    Attempt("dots", "", (("..", {}), ("t/a", {})), "error"),
    Attempt("long-name", "", (("t/" + "x" * 300, {}),), "error"),
    Attempt("deep", "", (("t/" + "d/" * 3000 + "x", {}),), "error"),
    Attempt("long-link", "", (("t/l", {**LINK, "linkname": "x" * 5000}),), "error"),
    Attempt("empty-link", "", (("t/l", {**LINK, "linkname": ""}),), "error"),
    Attempt("setuid", "", (("t/a", {"mode": 0o6755}),), "harmless"),
    Attempt("no-modes", "", (("t", {"type": tarfile.DIRTYPE, "mode": 0}), ("t/a", {"mode": 0})), "harmless"),
    Attempt("time-infinite", "", (("t/a", {"pax_headers": {"mtime": "inf"}}),), ""),
    Attempt("time-nan", "", (("t/a", {"pax_headers": {"mtime": "nan"}}),), ""),
    Attempt("time-huge", "", (("t/a", {"pax_headers": {"mtime": "9" * 40}}),), ""),
    Attempt("time-negative", "", (("t/a", {"pax_headers": {"mtime": "-5"}}),), ""),
    Attempt("size-lies", "", (("t/a", {"pax_headers": {"size": "99999999999999"}}),), "error"),
    Attempt("size-negative", "", (("t/a", {"pax_headers": {"size": "-1"}}),), "error"),
    Attempt(
        "sparse",
        "",
        (
            (
                "t/a",
                {
                    "pax_headers": {
                        "GNU.sparse.map": "0,1,99999999999999,1",
                        "GNU.sparse.size": "99999999999999",
                        "GNU.sparse.major": "0",
                        "GNU.sparse.minor": "1",
                    }
                },
            ),
        ),
        "error",
    ),
    Attempt("name-with-nul", "", (("t/a", {"pax_headers": {"path": "t/a\0b"}}),), ""),
    Attempt("charset", "", (("t/a", {"pax_headers": {"hdrcharset": "BINARY", "path": "t/\udcff"}}),), ""),
)


ZIPPED = (
    ("parent", "CVE-2018-1000544", "../../outside/x", 0o100644, "harmless"),
    ("absolute", "", "@OUTSIDE@/x", 0o100644, "harmless"),
    ("backslash", "", "..\\..\\outside\\x", 0o100644, "harmless"),
    ("link", "", "t/l", 0o120777, "harmless"),
    ("device", "", "t/d", 0o020666, ""),
)
