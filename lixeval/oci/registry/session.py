"""Requests to one repository: authorised, and tried again where that helps.

`request` returns an answer with an expected status, or raises: `Refused` for an answer that says no, `Dropped` where
there was none.  With `again` (the default) a busy registry and a broken connection are met with patience; uploads,
which must first ask how much has arrived, do without.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lixeval.errors import ImageError
from lixeval.oci.registry import connection as connections
from lixeval.oci.registry import credentials as all_credentials
from lixeval.oci.registry.authorisation import Authorisation
from lixeval.oci.registry.connection import Body, Connection, Request
from lixeval.oci.registry.credentials import Credentials
from lixeval.oci.registry.location import Location
from lixeval.oci.registry.observer import TransferObserver
from lixeval.oci.registry.retry import STATUSES, Patience

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
    retry_after: str | None = None

    @property
    def passing(self) -> bool:
        """Whether another attempt may go well."""
        return self.status in STATUSES


class Session:
    """One repository.  `scopes` beyond it are for what is mounted from other repositories.  Threads may share it."""

    def __init__(self, location: Location, settings: Settings, actions: str, scopes: Sequence[str] = ()) -> None:
        self.location = location
        self.settings = settings
        self.observer = settings.observer
        self.connection = Connection(
            location.host,
            tls_verify=settings.tls_verify and not settings.plain_http,
            plain_http=settings.plain_http,
            parallel=settings.parallel,
        )
        known = settings.credentials or all_credentials.find(location, settings.authfile)
        own = f"repository:{location.repository}:{actions}"
        self._authorisation = Authorisation(self.connection, known, [own, *scopes], settings.patience)
        self._anonymous = known is None

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
    ) -> BaseHTTPResponse:
        """Ask for `where` (a path in the repository, or a URL); see the module's text for what is raised."""
        url = self.url(where) if where.startswith("/") else where
        request = Request(method, url, headers or {}, body, size)
        for renewal in range(_RENEWALS + 1):
            header = self._authorisation.header
            if again:
                response = self.connection.ask(request, header, self.settings.patience, self.observer.message)
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
        path = connections.without_query(url).removeprefix(self.connection.base)
        refused = Refused(f"{self.location.registry} refuses {method} {path}: {words}", hint=hint)
        refused.status, refused.codes = response.status, codes
        refused.retry_after = response.headers.get("Retry-After")
        return refused

    def exists(self, digest: str, size: int) -> bool:
        """Whether the repository has a blob; raises ImageError if it has one of another size."""
        response = self.request("HEAD", f"/blobs/{digest}", expect={200, 404})
        connections.drain(response)
        length = response.headers.get("Content-Length", "")
        if response.status == 200 and length.isdecimal() and int(length) != size:
            raise ImageError(f"{self.location.registry} has {digest} with {length} bytes, not {size}")
        return response.status == 200

    def absolute(self, response: BaseHTTPResponse, asked: str) -> str:
        """Where an answer's Location leads; raises ImageError if there is none."""
        target = response.headers.get("Location")
        if not target:
            raise ImageError(f"{self.location.registry} does not say where to upload to")
        return urllib.parse.urljoin(asked if "://" in asked else self.url(asked), target)

    def close(self) -> None:
        """Let go of the connections."""
        self.connection.close()
