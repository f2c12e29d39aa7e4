"""Who we are to a registry: names and passwords from where podman, skopeo and docker keep them.

Looked at in turn, the first that knows the registry counts:

    --creds NAME:PASSWORD
    --authfile FILE, else $REGISTRY_AUTH_FILE      then no other file
    $XDG_RUNTIME_DIR/containers/auth.json (else /run/containers/UID/auth.json), ~/.config/containers/auth.json
    $DOCKER_CONFIG/config.json, else ~/.docker/config.json

A file is {auths: {KEY: {auth: BASE64("NAME:PASSWORD"), identitytoken?}}, credHelpers: {KEY: HELPER}, credsStore}.
KEY is a host, or a host and the beginning of a repository's path; the longest that fits counts, and Docker's old keys
(URLs, index.docker.io for Docker Hub) fit too.  A HELPER is a program docker-credential-HELPER that is asked on its
standard input and answers in JSON; the name <token> says that its secret is an identity token.

Source: containers-auth.json(5); Docker's manual, "docker login", "Credential helper protocol".
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lixeval.errors import ImageError
from lixeval.oci.registry.location import Location

_HUB_KEY = "https://index.docker.io/v1/"
_HELPER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_HELPER_SECONDS = 60
_LARGEST_FILE = 16 << 20


@dataclass(frozen=True, slots=True)
class Credentials:
    """A name and a password, or an identity token, with which tokens can be got."""

    username: str
    password: str
    identity_token: str = ""

    def __repr__(self) -> str:
        return f"Credentials({self.username!r}, …)"

    @property
    def basic(self) -> str:
        """The value of an Authorization header."""
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


def parse(text: str) -> Credentials:
    """NAME:PASSWORD; raises ImageError without a colon."""
    username, colon, password = text.partition(":")
    if not colon or not username:
        raise ImageError("credentials are given as NAME:PASSWORD")
    return Credentials(username, password)


def find(
    location: Location, authfile: str | None = None, environment: Mapping[str, str] = os.environ
) -> Credentials | None:
    """The credentials for a repository, or None: then it is tried without.

    Raises ImageError for a file that was named and cannot be read, for one that is no JSON, for a helper that fails.
    """
    named = authfile or environment.get("REGISTRY_AUTH_FILE")
    files = [named] if named else _usual_files(environment)
    for path in files:
        content = _load(path, must_exist=path == named)
        if content is not None and (found := _in_file(content, location, path, environment)) is not None:
            return found
    return None


def _usual_files(environment: Mapping[str, str]) -> list[str]:
    home = environment.get("HOME") or os.path.expanduser("~")
    run = environment.get("XDG_RUNTIME_DIR")
    runtime = f"{run}/containers" if run else f"/run/containers/{os.getuid()}"
    config = environment.get("XDG_CONFIG_HOME") or f"{home}/.config"
    docker = environment.get("DOCKER_CONFIG") or f"{home}/.docker"
    return [f"{runtime}/auth.json", f"{config}/containers/auth.json", f"{docker}/config.json"]


def _load(path: str, *, must_exist: bool) -> dict[str, Any] | None:
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST_FILE)
    except OSError as error:
        if must_exist:
            raise ImageError(f"cannot read the credentials in '{path}': {error.strerror}") from error
        return None
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ImageError(f"'{path}' is not a file of credentials: {error}") from error
    if not isinstance(content, dict):
        raise ImageError(f"'{path}' is not a file of credentials: it is no object")
    return content


def _keys(location: Location) -> list[str]:
    """What a file may call a repository, the most special first."""
    parts = location.repository.split("/")
    keys = [f"{location.registry}/{'/'.join(parts[:count])}" for count in range(len(parts), 0, -1)]
    return [*keys, location.registry]


def _normal_key(key: str) -> str:
    """A key as podman writes it: docker's were URLs once."""
    name = re.sub(r"^https?://", "", key)
    if name != key:
        name = re.sub(r"/v[12]/?$", "", name)
    name = name.rstrip("/")
    host, slash, rest = name.partition("/")
    if host in ("index.docker.io", "registry-1.docker.io"):
        name = "docker.io" + slash + rest
    return name


def _in_file(
    content: Mapping[str, Any], location: Location, path: str, environment: Mapping[str, str]
) -> Credentials | None:
    keys = _keys(location)
    helpers = content.get("credHelpers")
    if isinstance(helpers, dict):
        by_key = {_normal_key(key): (key, helper) for key, helper in helpers.items()}
        for key in keys:
            if key in by_key:
                return _ask_helper(by_key[key][1], _helper_key(key), environment)
    auths = content.get("auths")
    if isinstance(auths, dict):
        entries = {_normal_key(key): entry for key, entry in auths.items()}
        for key in keys:
            if (found := _entry(entries.get(key), path)) is not None:
                return found
    store = content.get("credsStore")
    return _ask_helper(store, _helper_key(location.registry), environment) if isinstance(store, str) and store else None


def _entry(entry: Any, path: str) -> Credentials | None:
    if not isinstance(entry, dict):
        return None
    token = entry.get("identitytoken") or ""
    encoded = entry.get("auth") or ""
    if not encoded:
        username, password = entry.get("username") or "", entry.get("password") or ""
        return Credentials(username, password, token) if username or token else None
    try:
        username, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError, TypeError) as error:
        raise ImageError(f"an 'auth' in '{path}' is not the base64 of a name and a password") from error
    return Credentials(username, password.rstrip("\0"), token)


def _helper_key(key: str) -> str:
    return _HUB_KEY if key == "docker.io" else key


def _ask_helper(helper: Any, key: str, environment: Mapping[str, str]) -> Credentials | None:
    if not isinstance(helper, str) or not _HELPER_NAME.match(helper):
        raise ImageError(f"{helper!r} is not the name of a credential helper")
    program = f"docker-credential-{helper}"
    try:
        done = subprocess.run(
            [program, "get"],
            input=key.encode(),
            capture_output=True,
            timeout=_HELPER_SECONDS,
            env=dict(environment),
            check=False,
        )
    except FileNotFoundError as error:
        raise ImageError(
            f"the credential helper '{program}' is not installed", hint="install it, or log in without it"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise ImageError(f"the credential helper '{program}' gave no answer in {_HELPER_SECONDS} s") from error
    if done.returncode:
        said = (done.stdout + done.stderr).decode("utf-8", "replace").strip()
        if "credentials not found" in said:
            return None
        raise ImageError(f"the credential helper '{program}' failed: {said[:500]}")
    try:
        answer = json.loads(done.stdout)
        username, secret = str(answer["Username"]), str(answer["Secret"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ImageError(f"the credential helper '{program}' answered something else than credentials") from error
    if username == "<token>":
        return Credentials("", "", secret)
    return Credentials(username, secret) if username else None
