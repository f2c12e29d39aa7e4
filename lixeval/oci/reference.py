"""Image names and tags, by the grammar of the distribution specification.

    reference   = name [":" tag]
    name        = [domain "/"] component *("/" component)            at most 255 characters
    component   = alnum *(separator alnum)                           alnum: [a-z0-9]+
    separator   = "." / "_" / "__" / 1*"-"
    domain      = host [":" port]       the part before the first "/" if it holds "." or ":", or is "localhost"
    tag         = [A-Za-z0-9_] 0*127[A-Za-z0-9_.-]

A name without a domain belongs to docker.io, and there a name of one component to `library`: `lix` means
`docker.io/library/lix`.  Archives carry the full form, which docker, podman and skopeo all read alike.

Source: distribution specification, "Pulling manifests"; the `reference` package's documentation for domain and limits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lixeval.errors import ImageError

_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*\Z")
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?:\[[0-9a-fA-F:]{{2,39}}\]|{_LABEL}(?:\.{_LABEL})*)(?::([0-9]+))?\Z")
_LARGEST_PORT = 65535
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\Z")
_HEX64 = re.compile(r"[0-9a-f]{64}\Z")

_NAME_HINT = (
    "a name consists of components separated by '/'; a component may hold a-z, 0-9, and between them single '.', '_', "
    "'__' or any number of '-'; an optional first component may be a host with a port"
)
_TAG_HINT = (
    "a tag may hold A-Z, a-z, 0-9, '_', '.' and '-', must not start with '.' or '-', and has at most 128 characters"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A full name (`docker.io/library/lix`) and a tag."""

    name: str
    tag: str

    def __str__(self) -> str:
        return f"{self.name}:{self.tag}"


def _split_domain(name: str) -> tuple[str | None, str]:
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return first, rest
    return None, name


def check_name(name: str) -> str:
    """`name` itself; raises ImageError, saying which characters are allowed, for one that no registry accepts."""
    domain, path = _split_domain(name)
    if domain is not None:
        _check_host(domain, name)
    for component in path.split("/"):
        if not _COMPONENT.match(component):
            what = f"its component '{component}' is not allowed" if component else "it has an empty component"
            raise ImageError(f"'{name}' is not an image name: {what}", hint=_NAME_HINT)
    if len(name) > 255:
        raise ImageError(f"the image name '{name[:40]}...' has {len(name)} characters", hint="at most 255 are allowed")
    if domain is None and _HEX64.match(name):
        raise ImageError(f"'{name}' is not an image name: 64 hexadecimal digits would be taken for an image id")
    return name


def _check_host(domain: str, name: str) -> None:
    host = _HOST.match(domain)
    if host is None:
        raise ImageError(f"'{domain}' in the image name '{name}' is not a host name", hint=_NAME_HINT)
    port = host.group(1)
    if port is not None and not 0 < int(port[:9]) <= _LARGEST_PORT:
        raise ImageError(f"{port} in the image name '{name}' is no port", hint=f"ports are 1 to {_LARGEST_PORT}")


def check_tag(tag: str) -> str:
    """`tag` itself; raises ImageError, saying which characters are allowed, for one that no registry accepts."""
    if not _TAG.match(tag):
        raise ImageError(f"'{tag}' is not a tag" if tag else "an image tag must not be empty", hint=_TAG_HINT)
    return tag


def normalise(name: str, tag: str) -> Reference:
    """The full reference that `name:tag` stands for."""
    check_name(name)
    check_tag(tag)
    domain, path = _split_domain(name)
    if domain is None or domain == "index.docker.io":
        domain = "docker.io"
    if domain == "docker.io" and "/" not in path:
        path = "library/" + path
    return Reference(f"{domain}/{path}", tag)


def parse(text: str) -> Reference:
    """`NAME[:TAG]`, the tag defaulting to `latest`."""
    name, tag = split(text)
    return normalise(name, tag if tag is not None else "latest")


def split(text: str) -> tuple[str, str | None]:
    """Name and tag as written; a ':' before the last '/' belongs to a port."""
    head, colon, tail = text.rpartition(":")
    if colon and "/" not in tail:
        return head, tail
    return text, None
