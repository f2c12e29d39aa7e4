"""Where an image shall go, in the names of skopeo's transports.

    oci:DIR[:TAG]                       an OCI layout; an existing one gains the image
    oci-archive:FILE[:TAG]              one tar of such a layout
    docker-archive:FILE[:REF]           what `docker save` writes
    dir:DIR                             manifest and blobs in one folder
    docker://HOST/NAME[:TAG]            a registry
    containers-storage:[REF]            podman's images
    docker-daemon:[REF]                 docker's images
    FILE                                the archive that docker, podman and skopeo all read

TAG and REF default to the image's own; a FILE or DIR before a further ':' cannot contain one.

Source: containers-transports(5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lixeval.errors import ImageError
from lixeval.oci import reference
from lixeval.oci.registry import location

FOLDERS_AND_FILES = ("oci", "oci-archive", "docker-archive", "dir")
CLIENTS = ("containers-storage", "docker-daemon")
REGISTRY = "docker"
ARCHIVE = "archive"
TRANSPORTS = (*FOLDERS_AND_FILES, REGISTRY, *CLIENTS)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9+-]*\Z")
ELSEWHERE = ("ostree", "sif", "tarball", "nix", "docker-reference", "atomic")


@dataclass(frozen=True, slots=True)
class Destination:
    """`transport` is one of TRANSPORTS or "archive"; `name` is the tag or reference given after the path.

    In a registry `path` is HOST/NAME[:TAG]; where a program keeps its images, it is the reference or empty.
    """

    transport: str
    path: str
    name: str | None = None

    def __str__(self) -> str:
        prefix = {ARCHIVE: "", REGISTRY: location.PREFIX}.get(self.transport, self.transport + ":")
        return prefix + self.path + (f":{self.name}" if self.name is not None else "")


def parse(text: str) -> Destination:
    """Read a destination; raises ImageError for an unknown transport, no path, or a name that the field does not
    allow.
    """
    transport, colon, rest = text.partition(":")
    if not colon and text in (*TRANSPORTS, *ELSEWHERE):
        raise ImageError(
            f"the destination '{text}' does not say where to",
            hint=f"a colon follows: {_EXAMPLES.get(text, text + ':PATH')}; a file of that name is ./{text}",
        )
    if not colon or transport not in TRANSPORTS:
        if colon and _WORD.match(transport):
            raise _unknown(text, transport)
        return _checked(Destination(ARCHIVE, text), text)
    if transport == REGISTRY:
        location.parse(text)
        return Destination(REGISTRY, text.removeprefix(location.PREFIX))
    if transport in CLIENTS:
        if rest:
            reference.parse(rest)
        return Destination(transport, rest)
    if transport == "dir":
        return _checked(Destination(transport, rest), text)
    path, colon, name = rest.partition(":")
    destination = _checked(Destination(transport, path, name if colon else None), text)
    if destination.name is not None:
        if transport == "docker-archive":
            reference.parse(destination.name)
        else:
            reference.check_tag(destination.name)
    return destination


_EXAMPLES = {
    REGISTRY: "docker://HOST/NAME:TAG",
    "containers-storage": "containers-storage: or containers-storage:NAME:TAG",
    "docker-daemon": "docker-daemon: or docker-daemon:NAME:TAG",
    "oci": "oci:DIR",
    "oci-archive": "oci-archive:FILE",
    "docker-archive": "docker-archive:FILE",
    "dir": "dir:DIR",
}


def _unknown(text: str, transport: str) -> ImageError:
    import difflib

    close = difflib.get_close_matches(transport, TRANSPORTS, 1)
    ways = "the ways out are a file name, " + ", ".join(f"{name}:" for name in TRANSPORTS)
    return ImageError(
        f"'{text}' is not a destination that can be written here",
        hint=(f"did you mean {close[0]}:? " if close else "") + f"{ways}; a file of that name is ./{text}",
    )


def _checked(destination: Destination, text: str) -> Destination:
    if not destination.path:
        raise ImageError(f"the destination '{text}' names no file or folder")
    return destination
