"""What `docker://HOST/NAME:TAG@DIGEST` means: which registry, which repository, which image in it.

    location    = "docker://" name [":" tag] ["@" digest]          name as in `oci.reference`

A name without a host belongs to docker.io, whose registry answers at registry-1.docker.io.
"""

from __future__ import annotations

from dataclasses import dataclass

from lixeval.errors import ImageError
from lixeval.oci import digest as digests
from lixeval.oci import reference

PREFIX = "docker://"
DOCKER_HUB = "docker.io"
_DOCKER_HUB_HOST = "registry-1.docker.io"


@dataclass(frozen=True, slots=True)
class Location:
    """`registry` is the name's host as written ("docker.io", "localhost:5000"), `repository` the rest of the name."""

    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{PREFIX}{self.name}{tag}{digest}"

    @property
    def name(self) -> str:
        """The full name: host and repository."""
        return f"{self.registry}/{self.repository}"

    def tagged(self, tag: str) -> Location:
        """The same with a tag, if it has neither tag nor digest."""
        return self if self.tag or self.digest else Location(self.registry, self.repository, tag)

    @property
    def host(self) -> str:
        """Where the registry answers."""
        return _DOCKER_HUB_HOST if self.registry == DOCKER_HUB else self.registry

    @property
    def manifest_reference(self) -> str:
        """What names the manifest in a URL: the digest if there is one, else the tag."""
        return self.digest or self.tag or "latest"


def parse(text: str) -> Location:
    """Read a location; raises ImageError for a name, tag or digest that no registry accepts."""
    rest = text.removeprefix(PREFIX)
    if rest == text or not rest:
        raise ImageError(f"'{text}' is not an image in a registry", hint="such images are named docker://HOST/NAME:TAG")
    rest, at, digest = rest.partition("@")
    name, tag = reference.split(rest)
    full = reference.normalise(name, tag if tag is not None else "latest")
    registry, _, repository = full.name.partition("/")
    if registry == _DOCKER_HUB_HOST:
        registry = DOCKER_HUB
    return Location(registry, repository, tag, digests.check(digest) if at else None)


def is_loopback(host: str) -> bool:
    """Whether a host, perhaps with a port, is this machine, so that what is sent to it is on no network."""
    head, _, port = host.rpartition(":")
    import ipaddress  # here: a destination is parsed in every run that writes an image

    # "::1" has no port, "[::1]:5000" has one.
    has_port = port.isdecimal() and (":" not in head or head.endswith("]"))
    name = (head if has_port else host).strip("[]")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
