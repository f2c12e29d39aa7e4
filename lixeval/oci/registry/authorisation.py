"""Tokens got, kept and renewed: what a registry's challenge asks for becomes an Authorization header.

    Bearer realm=URL,service=NAME     a token from the realm, for our scopes: GET with our credentials if we have any,
                                      else anonymously; POST with an identity token
    Basic                             the credentials themselves

A token is for all requests of a session, from whichever thread.  When it expires during a long push, the first request
that is refused gets a new one, and those refused at the same time use it.

Source: Docker's token authentication specification and "OAuth2 token endpoint"; distribution specification, "Scope".
"""

from __future__ import annotations

import threading
import urllib.parse
from collections.abc import Sequence

from lixeval.errors import ImageError
from lixeval.oci import go_json
from lixeval.oci.registry import challenge as challenges
from lixeval.oci.registry import connection as connections
from lixeval.oci.registry import url as urls
from lixeval.oci.registry.challenge import Challenge
from lixeval.oci.registry.connection import Connection, Request
from lixeval.oci.registry.credentials import Credentials
from lixeval.oci.registry.retry import Patience

_LARGEST_TOKEN = 1 << 20
_LONGEST_CHALLENGE = 1 << 14


class Authorisation:
    """What is known of one registry's wishes; `scopes` are what tokens are asked for."""

    def __init__(
        self, connection: Connection, credentials: Credentials | None, scopes: Sequence[str], patience: Patience
    ) -> None:
        self._connection = connection
        self._credentials = credentials
        self._scopes = scopes
        self._patience = patience
        self._lock = threading.Lock()
        self._header: str | None = None

    @property
    def header(self) -> str | None:
        """The Authorization header to send, if one is known."""
        return self._header

    def renew(self, asked: str, refused: str | None) -> bool:
        """Answer the challenges of a request that went out with the header `refused`.

        False if there is nothing to answer with; True if there is a header that was not refused yet.
        """
        with self._lock:
            if self._header != refused:
                return True
            header = self._answer(challenges.parse(asked[:_LONGEST_CHALLENGE]))
            if header is None or (header == refused and header.startswith("Basic")):
                return False
            self._header = header
            return True

    def _answer(self, asked: list[Challenge]) -> str | None:
        for challenge in asked:
            if challenge.scheme == "bearer" and "realm" in challenge.parameters:
                return "Bearer " + self._token(challenge)
        for challenge in asked:
            if challenge.scheme == "basic" and self._credentials is not None:
                return self._credentials.basic
        return None

    def _token(self, challenge: Challenge) -> str:
        """A token for all scopes; where that is refused, for our own repository alone."""
        try:
            return self._ask_for_token(challenge, self._scopes)
        except ImageError:
            if len(self._scopes) < 2:
                raise
            return self._ask_for_token(challenge, self._scopes[:1])

    def _ask_for_token(self, challenge: Challenge, scopes: Sequence[str]) -> str:
        realm = challenge.parameters["realm"]
        shown = urls.shown(urls.without_query(realm))
        # The realm may be on another host: the credentials are meant for whom the registry names.
        connection = self._connection.sibling(realm)
        response = connection.ask(self._request(realm, challenge, scopes), self._basic(), self._patience)
        if response.status != 200:
            said, _ = connections.explained(response)
            hint = "the credentials may be wrong" if self._credentials else "podman login or docker login keep them"
            raise ImageError(f"no token from {shown}: {said}", hint=hint)
        answer = go_json.parse(connections.read(response, _LARGEST_TOKEN, "a token"))
        token = None
        if isinstance(answer, go_json.Object):
            token = answer.get("token") or answer.get("access_token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise ImageError(f"{shown} gave no token")
        return token

    def _basic(self) -> str | None:
        if self._credentials is None or self._credentials.identity_token:
            return None
        return self._credentials.basic

    def _request(self, realm: str, challenge: Challenge, scopes: Sequence[str]) -> Request:
        service = challenge.parameters.get("service")
        members = [("service", service)] if service else []
        if self._credentials is not None and self._credentials.identity_token:
            members += [("grant_type", "refresh_token"), ("refresh_token", self._credentials.identity_token)]
            members += [("client_id", "lixeval"), ("scope", " ".join(scopes))]
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            body = urllib.parse.urlencode(members).encode()
            return Request("POST", realm, headers, body, what="a token", secret=True)
        members += [("scope", scope) for scope in scopes]
        if self._credentials is not None:
            members.append(("account", self._credentials.username))
        joint = "&" if urllib.parse.urlsplit(realm).query else "?"
        return Request("GET", realm + joint + urllib.parse.urlencode(members), what="a token")
