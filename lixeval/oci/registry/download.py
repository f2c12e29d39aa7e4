"""One blob out of a repository: exactly as many bytes as its descriptor says, hashed while they are written.

Where the connection breaks, the rest is asked for (`Range`); a registry that gives everything again is read from the
beginning.  A blob that comes with another digest is asked for once more, and is an error then.

Source: distribution specification, "Pulling blobs"; RFC 9110, "Range requests".
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lixeval.errors import ImageError
from lixeval.oci.descriptor import Descriptor
from lixeval.oci.parallel import Cancelled
from lixeval.oci.registry import connection as connections
from lixeval.oci.registry import failures as all_failures
from lixeval.oci.registry.failures import Dropped
from lixeval.oci.registry.session import Session, short
from lixeval.system.atomic import write_all

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-")
DOWNLOADED = "downloaded"


def download(session: Session, part: Descriptor, fd: int, stop: threading.Event) -> str:
    """Write the blob to `fd`, a file that is empty; raises ImageError if the registry has not what it should be."""
    session.observer.started(part.digest, part.size)
    found = _transfer(session, part, fd, stop)
    if found != part.digest:
        session.observer.message(f"{part.digest} arrived as {found}; trying again")
        found = _transfer(session, part, fd, stop)
    if found != part.digest:
        raise ImageError(f"{session.location.registry} gives {found} for the blob {part.digest}")
    session.observer.finished(part.digest, DOWNLOADED)
    return DOWNLOADED


def _transfer(session: Session, part: Descriptor, fd: int, stop: threading.Event) -> str:
    """The digest of what arrived."""
    digest, position, failures = hashlib.sha256(), 0, 0
    os.ftruncate(fd, 0)
    os.lseek(fd, 0, os.SEEK_SET)
    while True:
        try:
            response = _ask(session, part, position)
            if position and _starts_at(response) != position:
                digest, position = hashlib.sha256(), 0
                os.ftruncate(fd, 0)
                os.lseek(fd, 0, os.SEEK_SET)
            for block in blocks(response):
                if stop.is_set():
                    raise Cancelled("the pull was cancelled")
                position += len(block)
                if position > part.size:
                    response.close()
                    raise ImageError(
                        f"{session.location.registry} sends more than the {part.size} bytes of {part.digest}"
                    )
                digest.update(block)
                write_all(fd, block)
                session.observer.advanced(part.digest, position)
            if position == part.size:
                break
            short_of = Dropped(f"{session.location.registry} sent {position} of {part.size} bytes of {part.digest}")
            short_of.reason = f"it ended after {position} of {part.size} bytes"
            raise short_of
        except Dropped as error:
            failures += 1
            if failures >= session.settings.patience.attempts or error.final:
                raise
            what = f"the blob {short(part.digest)} at {session.location.registry}"
            session.observer.message(f"{what}: {error.reason}; going on")
            session.settings.patience.wait(failures)
    return "sha256:" + digest.hexdigest()


def _ask(session: Session, part: Descriptor, position: int) -> BaseHTTPResponse:
    headers = {"Range": f"bytes={position}-"} if position else {}
    return session.request("GET", f"/blobs/{part.digest}", expect={200, 206}, headers=headers, for_a_blob=True)


def _starts_at(response: BaseHTTPResponse) -> int:
    match = _CONTENT_RANGE.match(response.headers.get("Content-Range", ""))
    return int(match.group(1)) if response.status == 206 and match else 0


def blocks(response: BaseHTTPResponse) -> Iterator[bytes]:
    """A body piece by piece; raises Dropped where it breaks off."""
    import urllib3

    try:
        yield from response.stream(connections.BLOCK)
    except urllib3.exceptions.HTTPError as error:
        raise all_failures.dropped(connections.host_of(response), error) from error
    response.release_conn()
