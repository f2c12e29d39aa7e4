"""Requests to one repository: authorised, and tried again where that helps.

`request` returns an answer with an expected status, or raises: `Refused` for an answer that says no, `Dropped` where
there was none.  With `again` (the default) a busy registry and a broken connection are met with patience; uploads,
which must first ask how much has arrived, do without.
"""

from __future__ import annotations

import contextlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lixeval.errors import ImageError
from lixeval.oci.registry import connection as connections
from lixeval.oci.registry import credentials as all_credentials
from lixeval.oci.registry import url as urls
from lixeval.oci.registry.authorisation import Authorisation
from lixeval.oci.registry.connection import Body, Connection, Request
from lixeval.oci.registry.credentials import Credentials
from lixeval.oci.registry.failures import Dropped
from lixeval.oci.registry.location import Location
from lixeval.oci.registry.observer import TransferObserver
from lixeval.oci.registry.retry import Patience
from lixeval.system.retrying import passes

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_RENEWALS = 2


@dataclass(frozen=True, slots=True)
class Settings:
    """How to talk to a registry.  `credentials` given by the user come before those in files (`authfile`, or the usual
    ones).  `plain_http` speaks no TLS at all; without `tls_verify` it is spoken where the registry can.
    """

    credentials: Credentials | None = None
    authfile: str | None = None
    tls_verify: bool = True
    plain_http: bool = False
    parallel: int = 6
    patience: Patience = field(default_factory=Patience)
    observer: TransferObserver = field(default_factory=TransferObserver)


class Refused(ImageError):
    """An answer that says no; `codes` are the specification's error codes in it."""

    status = 0
    codes: tuple[str, ...] = ()
    reason = ""
    retry_after: str | None = None

    @property
    def passing(self) -> bool:
        """Whether another attempt may go well."""
        return passes(self.status)


def about(where: str) -> str:
    """What a request is about, by the path it asks for: "the blob 0123456789ab"."""
    kind, _, name = where.removeprefix("/").partition("/")
    if kind == "blobs" and name.startswith("sha256:"):
        return f"the blob {short(name)}"
    if kind == "manifests":
        return f"the manifest {short(name) if name.startswith('sha256:') else name}"
    return "an upload"


def short(digest: str) -> str:
    """Enough of a digest to tell it from others."""
    return digest.removeprefix("sha256:")[:12]


class Session:
    """One repository.  `scopes` beyond it are for what is mounted from other repositories.  Threads may share it."""

    def __init__(self, location: Location, settings: Settings, actions: str, scopes: Sequence[str] = ()) -> None:
        self.location = location
        self.settings = settings
        self.observer = settings.observer
        self.connection = Connection(
            location.host,
            name=location.registry,
            patience=settings.patience,
            say=settings.observer.message,
            tls_verify=settings.tls_verify and not settings.plain_http,
            plain_http=settings.plain_http,
            parallel=settings.parallel,
        )
        known = settings.credentials or all_credentials.find(location, settings.authfile)
        own = f"repository:{location.repository}:{actions}"
        self._authorisation = Authorisation(self.connection, known, [own, *scopes], settings.patience)
        self._anonymous = known is None
        self.largest_body: int | None = None
        """How many bytes a request may have, as far as a refusal of more has told (HTTP status 413)."""

    def url(self, where: str) -> str:
        """The URL of something in the repository: `/manifests/v1`."""
        return f"{self.connection.base}/v2/{self.location.repository}{where}"

    def request(
        self,
        method: str,
        where: str,
        *,
        expect: Container[int],
        headers: Mapping[str, str] | None = None,
        body: Body | bytes | None = None,
        size: int = 0,
        again: bool = True,
        what: str = "",
        for_a_blob: bool = False,
    ) -> BaseHTTPResponse:
        """Ask for `where` (a path in the repository, or a URL); see the module's text for what is raised.

        `what` it is about is told where it has to be asked for again.
        """
        url = self.url(where) if where.startswith("/") else where
        request = Request(method, url, headers or {}, body, size, what or about(where), for_a_blob=for_a_blob)
        for renewal in range(_RENEWALS + 1):
            header = self._authorisation.header
            if again:
                response = self.connection.ask(request, header, self.settings.patience)
            else:
                response = self.connection.send(request, header)
            if response.status != 401 or renewal == _RENEWALS:
                break
            said = connections.explained(response)
            asked = ", ".join(response.headers.getlist("WWW-Authenticate"))
            if not self._authorisation.renew(asked, header):
                raise self._refused(method, url, response, said)
        if response.status in expect:
            return response
        raise self._refused(method, url, response, connections.explained(response))

    def _refused(self, method: str, url: str, response: BaseHTTPResponse, said: tuple[str, tuple[str, ...]]) -> Refused:
        words, codes = said
        hint = None
        if response.status in (401, 403):
            hint = "the credentials do not suffice"
            if self._anonymous:
                hint = "no credentials were found: podman login or docker login keep them; --creds gives them"
        elif response.status in (405, 501) and method in ("POST", "PUT", "PATCH"):
            hint = "the registry is read-only: a mirror, a cache of another one, or under maintenance; push elsewhere"
        elif response.status == 404 and method == "POST" and "NAME_UNKNOWN" in codes:
            hint = "some registries want a repository to be made before anything is pushed to it"
        path = urls.without_query(url).removeprefix(self.connection.base)
        refused = Refused(f"{self.location.registry} refuses {method} {path}: {words}", hint=hint)
        refused.status, refused.codes, refused.reason = response.status, codes, words
        refused.retry_after = response.headers.get("Retry-After")
        return refused

    def document(
        self, where: str, limit: int, what: str, *, expect: Container[int], headers: Mapping[str, str] | None = None
    ) -> tuple[BaseHTTPResponse, bytes]:
        """The answer to a GET and its whole body, asked for again where that breaks off; raises ImageError where it is
        longer than `limit`.
        """
        for attempt in range(1, self.settings.patience.attempts + 1):
            response = self.request("GET", where, expect=expect, headers=headers)
            try:
                return response, connections.read(response, limit, what)
            except Dropped as error:
                if error.final or attempt == self.settings.patience.attempts:
                    raise
                self.observer.message(f"{about(where)} at {self.location.registry}: {error.reason}; trying again")
                self.settings.patience.wait(attempt)
        raise AssertionError("the last attempt has returned or raised")

    def exists(self, digest: str, size: int) -> bool:
        """Whether the repository has a blob; raises ImageError if it has one of another size.

        A registry that does not answer the question is as good as one that has it not.
        """
        try:
            response = self.request("HEAD", f"/blobs/{digest}", expect={200, 404, 405, 501})
        except Refused as error:
            if error.status != 403:
                raise
            return False
        connections.drain(response)
        length = connections.stated_length(response)
        if response.status == 200 and length not in (None, size):
            raise ImageError(f"{self.location.registry} has {digest} with {length} bytes, not {size}")
        return response.status == 200

    def check_push(self) -> None:
        """Raise ImageError where the repository would not take an upload, by beginning one and giving it up."""
        where = "/blobs/uploads/"
        response = self.request("POST", where, expect={201, 202}, what="the permission to push")
        connections.drain(response)
        # That it is not given up is no harm: registries forget uploads that do not go on.
        with contextlib.suppress(ImageError):
            given_up = self.request("DELETE", self.absolute(response, where), expect=range(200, 600), again=False)
            connections.drain(given_up)

    def absolute(self, response: BaseHTTPResponse, asked: str) -> str:
        """Where an answer's Location leads; raises ImageError if there is none."""
        target = response.headers.get("Location")
        if not target:
            raise ImageError(f"{self.location.registry} does not say where to upload to")
        who = f"the registry {self.location.host}"
        return urls.followed(asked if "://" in asked else self.url(asked), target, who)

    def close(self) -> None:
        """Let go of the connections."""
        self.connection.close()
