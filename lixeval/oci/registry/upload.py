"""One blob into a repository: skipped if it is there, mounted if another repository has it, else uploaded.

A small blob goes in one request behind the one that opens the upload.  A larger one is a single stream; where that
breaks off, the registry is asked how much has arrived, and the rest follows.  Progress renews the patience: only
attempts that move nothing are counted.  Where the registry, or a server before it, takes no request of that length
(413), it comes in shorter ones.  If the registry finds another digest than ours, the blob is hashed here: a damaged one
is an error that says so, a sound one is sent once more.

    HEAD  /blobs/DIGEST                           200: there already
    POST  /blobs/uploads/?mount=DIGEST&from=NAME  201: mounted; 202: upload to its Location
    POST  /blobs/uploads/                         202: upload to its Location
    PATCH LOCATION                                202: go on at its Location
    GET   LOCATION                                204: Range says what has arrived
    PUT   LOCATION?digest=DIGEST                  201

Source: distribution specification, "Pushing blobs" and "Mounting a blob from another repository".
"""

from __future__ import annotations

import re
import threading
import urllib.parse
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, cast

from lixeval.errors import ImageError
from lixeval.oci.blob import Blob, check_hash, opened, place_of
from lixeval.oci.parallel import Cancelled
from lixeval.oci.registry import connection as connections
from lixeval.oci.registry.failures import Dropped
from lixeval.oci.registry.session import Refused, Session, short
from lixeval.oci.sources import read_at

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_SMALL = 1 << 20
_SMALLEST_CHUNK = 1 << 16
_OCTETS = {"Content-Type": "application/octet-stream"}
_RANGE = re.compile(r"(?:bytes=)?0-([0-9]{1,18})\Z")
THERE, UPLOADED = "there already", "uploaded"


def upload(session: Session, blob: Blob, others: Sequence[str], stop: threading.Event) -> str:
    """Bring `blob` into the repository; how it came there, in words.

    `others` are repositories of the same registry that may have it.  When `stop` is set the upload ends with Cancelled.
    """
    session.observer.started(blob.digest, blob.size)
    how = _bring(session, blob, others, stop)
    session.observer.finished(blob.digest, how)
    return how


def _bring(session: Session, blob: Blob, others: Sequence[str], stop: threading.Event) -> str:
    if session.exists(blob.digest, blob.size):
        return THERE
    place = None
    for other in others:
        try:
            place = _mount(session, blob.digest, other)
        except (Refused, Dropped) as error:
            # A mount only saves an upload: whatever is said against it, the upload may do.
            session.observer.message(f"{short(blob.digest)} is not mounted from {other}: {error.reason}; uploading it")
            break
        if place is None:
            return f"mounted from {other}"
    with opened(blob) as fd:
        _Upload(session, blob, fd, stop).run(place)
    return UPLOADED


def _mount(session: Session, digest: str, other: str) -> str | None:
    """None if the blob is mounted; else where to upload it instead."""
    where = "/blobs/uploads/?" + urllib.parse.urlencode({"mount": digest, "from": other})
    response = session.request("POST", where, expect={201, 202}, again=False)
    connections.drain(response)
    return None if response.status == 201 else session.absolute(response, where)


class _Part:
    """The bytes from `offset` to `end`, read by position; tells how far it is."""

    def __init__(self, upload: _Upload, offset: int, end: int) -> None:
        self._upload = upload
        self._position = offset
        self._end = end

    def read(self, size: int = -1) -> bytes:
        upload = self._upload
        if upload.stop.is_set():
            raise Cancelled("the push was cancelled")
        left = self._end - self._position
        where = place_of(upload.blob)
        data = read_at(upload.fd, left if size < 0 else min(size, left), self._position, where)
        if left and not data:
            raise ImageError(f"{where} ended {left} bytes early: it had {upload.blob.size}")
        self._position += len(data)
        upload.session.observer.advanced(upload.blob.digest, self._position)
        return data


class _Upload:
    """One blob on its way; `fd` has its bytes."""

    def __init__(self, session: Session, blob: Blob, fd: int, stop: threading.Event) -> None:
        self.session = session
        self.blob = blob
        self.fd = fd
        self.stop = stop
        self._failures = 0
        self._furthest = 0
        self._what = f"the blob {short(blob.digest)}"
        # What one PUT carries; a registry that takes no PATCH is sent everything so.
        self._at_once = min(_SMALL, session.largest_body or _SMALL)

    def run(self, place: str | None) -> None:
        """Upload to `place`, or to one that is asked for; again from the beginning where the registry has lost it."""
        while True:
            if place is None:
                response = self.session.request("POST", "/blobs/uploads/", expect={202}, what=self._what)
                connections.drain(response)
                place = self.session.absolute(response, "/blobs/uploads/")
            if self._complete(place):
                return
            place = None

    def _complete(self, place: str) -> bool:
        """Send everything and close the upload; False if it must be begun anew."""
        if self.blob.size > self._at_once:
            sent = self._stream(place)
            if sent is None:
                return False
            place = sent
        return self._close(place)

    def _stream(self, place: str) -> str | None:
        """Send the bytes; the location to close, or None if the upload is no longer known."""
        offset = 0
        while offset < self.blob.size:
            try:
                response = self._patch(place, offset)
            except (Dropped, Refused) as error:
                if isinstance(error, Refused) and error.status in (405, 501) and not offset:
                    self._at_once = self.blob.size
                    return None
                if not self._is_too_long(error, self._chunk(offset)):
                    self._count(error)
                arrived = self._arrived(place)
                if arrived is None:
                    return None
                offset, place = arrived
            else:
                place = self.session.absolute(response, place)
                end = _end(response)
                offset = offset + self._chunk(offset) if end is None else end
            if offset > self.blob.size:
                raise ImageError(f"{self.session.location.registry} has got more than was sent")
            if offset > self._furthest:
                self._furthest, self._failures = offset, 0
        return place

    def _patch(self, place: str, offset: int) -> BaseHTTPResponse:
        headers = dict(_OCTETS)
        size = self._chunk(offset)
        if size < self.blob.size:
            headers["Content-Range"] = f"{offset}-{offset + size - 1}"
        response = self.session.request(
            "PATCH",
            place,
            expect={202},
            headers=headers,
            body=lambda: self._part(offset, offset + size),
            size=size,
            again=False,
            what=self._what,
        )
        connections.drain(response)
        return response

    def _part(self, offset: int, end: int) -> IO[bytes]:
        return cast("IO[bytes]", _Part(self, offset, end))  # of a file, urllib3 asks no more than read()

    def _chunk(self, offset: int) -> int:
        """How much the next request carries."""
        left = self.blob.size - offset
        return min(left, self.session.largest_body or left)

    def _is_too_long(self, error: Dropped | Refused, size: int) -> bool:
        """Whether a request of `size` bytes was refused for its length, and shorter ones are to be tried."""
        if not isinstance(error, Refused) or error.status != 413 or size <= _SMALLEST_CHUNK:
            return False
        shorter = max(_SMALLEST_CHUNK, 1 << (size - 1).bit_length() - 2)
        self.session.largest_body = min(shorter, self.session.largest_body or shorter)
        self._at_once = min(self._at_once, self.session.largest_body)
        return True

    def _arrived(self, place: str) -> tuple[int, str] | None:
        """How much the registry has, and where to go on; None if it no longer knows the upload."""
        try:
            response = self.session.request("GET", place, expect={204}, what=self._what)
        except Refused as error:
            if error.status in (400, 404, 405, 416):
                return None
            raise
        connections.drain(response)
        end = _end(response)
        # An upload that nothing has arrived of says 0-0, as one with a single byte does; that byte is sent again.
        target = response.headers.get("Location")
        return (end if end is not None and end > 1 else 0), self.session.absolute(response, place) if target else place

    def _close(self, place: str) -> bool:
        """The last request; False if the upload must be begun anew."""
        joint = "&" if urllib.parse.urlsplit(place).query else "?"
        where = f"{place}{joint}{urllib.parse.urlencode({'digest': self.blob.digest})}"
        small = self.blob.size <= self._at_once
        try:
            response = self.session.request(
                "PUT",
                where,
                expect={201},
                headers=_OCTETS,
                body=(lambda: self._part(0, self.blob.size)) if small else None,
                size=self.blob.size if small else 0,
                again=False,
                what=self._what,
            )
        except (Dropped, Refused) as error:
            if self._is_too_long(error, self.blob.size if small else 0):
                return False
            if isinstance(error, Refused) and "DIGEST_INVALID" in error.codes:
                check_hash(self.fd, self.blob)
                self._count(error, whatever=True)
                return False
            self._count(error)
            if isinstance(error, Refused) and error.status == 429:
                return self._close(place)  # nothing has been done there
            # The answer may have got lost where the blob did not.
            return self.session.exists(self.blob.digest, self.blob.size)
        connections.drain(response)
        said = response.headers.get("Docker-Content-Digest")
        if said is not None and said != self.blob.digest:
            raise ImageError(f"{self.session.location.registry} stored {self.blob.digest} as {said}")
        return True

    def _count(self, error: Dropped | Refused, *, whatever: bool = False) -> None:
        """One more failure without progress: wait, or give up."""
        self._failures += 1
        if isinstance(error, Dropped) and error.final:
            raise error
        lost = isinstance(error, Refused) and (error.passing or whatever or error.status in (404, 416))
        if self._failures >= self.session.settings.patience.attempts or not (lost or isinstance(error, Dropped)):
            raise error
        registry = self.session.location.registry
        self.session.observer.message(f"{self._what} at {registry}: {error.reason}; going on")
        retry_after = error.retry_after if isinstance(error, Refused) else None
        self.session.settings.patience.wait(self._failures, retry_after, error.message)


def _end(response: BaseHTTPResponse) -> int | None:
    """How many bytes an answer's Range says have arrived."""
    match = _RANGE.match(response.headers.get("Range", ""))
    return int(match.group(1)) + 1 if match else None
