"""What can be fetched, as attributes and as URLs: the inputs of `fetchTree` and of flake references.

    type        URL                                          attributes besides type
    indirect    flake:ID[/REF][/REV]                         id ref rev
    github …    github:OWNER/REPO[/REF or REV]?host=…        owner repo ref rev host       (gitlab, sourcehut alike)
    git         git+https://… (http, ssh, file), git://…     url ref rev shallow submodules allRefs exportIgnore …
    hg          hg+https://… (http, ssh, file)               url ref rev
    path        path:/PATH                                   path rev revCount lastModified
    tarball     https://… (http, file), tarball+https://…    url rev revCount lastModified
    file        file+https://… (http, file)                  url

All take `narHash`.  `attributes_of` reads a URL, `url_of` writes one, `checked` says whether attributes make sense.
C++: libfetchers: `InputScheme::inputFromURL`, `toURL`, `inputFromAttrs`.
"""

from __future__ import annotations

import json
import re
from urllib.parse import quote, unquote

from lixeval.errors import EvalError, FormatError
from lixeval.formats import hashes
from lixeval.formats.numbers import whole

Input = dict[str, "str | int | bool"]

FLAKE_ID = "[a-zA-Z][a-zA-Z0-9_-]*"
REVISION = re.compile(r"[0-9a-fA-F]{40}", re.ASCII)
REFERENCE = re.compile(r"[a-zA-Z0-9@][a-zA-Z0-9_.\/@+-]*", re.ASCII)
_SECURE_COPY = re.compile(r"([^/]*)@(.*):(.*)", re.ASCII)
_HOST = re.compile(r"[a-zA-Z0-9.-]*", re.ASCII)

BAD_REFERENCE = re.compile(
    r"//|^[./]|/\.|\.\.|[\x00-\x20\x7f:?^~\[]|\\|\*|\.lock\Z|\.lock/|@\{|[/.]\Z|^@\Z|^\Z", re.ASCII
)
"""What no name of a Git reference contains.  C++: `badGitRefRegex`."""

_COMMON = frozenset(("type", "narHash", "__final"))
_ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst")
_FORGES = ("github", "gitlab", "sourcehut")
_FORGE_ATTRIBUTES = frozenset(("owner", "repo", "ref", "rev", "host", "lastModified", "treeHash")) | _COMMON
_CURL_ATTRIBUTES = frozenset(("url", "name", "unpack", "rev", "revCount", "lastModified")) | _COMMON
_GIT_FLAGS = frozenset(("shallow", "submodules", "exportIgnore", "allRefs", "verifyCommit"))
_GIT_TEXTS = frozenset(("ref", "rev", "keytype", "publicKey", "publicKeys"))

ATTRIBUTES: dict[str, frozenset[str]] = {
    "indirect": frozenset(("id", "ref", "rev")) | _COMMON,
    "git": frozenset(("url", "revCount", "lastModified", "name", "dirtyRev", "dirtyShortRev"))
    | _GIT_FLAGS
    | _GIT_TEXTS
    | _COMMON,
    "hg": frozenset(("url", "ref", "rev", "revCount", "name")) | _COMMON,
    "path": frozenset(("path", "rev", "revCount", "lastModified")) | _COMMON,
    "tarball": _CURL_ATTRIBUTES,
    "file": _CURL_ATTRIBUTES,
    **dict.fromkeys(_FORGES, _FORGE_ATTRIBUTES),
}
"""The attributes that inputs of each type may have."""

_TYPES: tuple[tuple[type, str, tuple[str, ...]], ...] = (
    (str, "a string", ("ref", "host", "rev", "narHash")),
    (int, "an integer", ("revCount", "lastModified")),
    (bool, "a Boolean", ("verifyCommit", "shallow", "submodules", "allRefs", "exportIgnore")),
)

_REQUIRED = {
    "indirect": ("id",),
    "git": ("url",),
    "hg": ("url",),
    "path": ("path",),
    "tarball": ("url",),
    "file": ("url",),
    **dict.fromkeys(_FORGES, ("owner", "repo")),
}


class NotAUrl(Exception):
    """The text is no URL of an input; it may still be a path."""


class Url:
    """The parts of a URL, path and query decoded; `has_authority` tells `path:/a` from `path:///a`."""

    __slots__ = ("authority", "fragment", "has_authority", "path", "query", "scheme", "text")

    def __init__(self, text: str) -> None:
        match = _URL.fullmatch(text)
        if match is None:
            raise NotAUrl(f"'{text}' is not a valid URL")
        self.text = text
        self.scheme: str = match["scheme"]
        self.has_authority = match["authority"] is not None
        self.authority: str = match["authority"] or ""
        self.path = decoded(match["path"])
        self.query = decoded_query(match["query"] or "")
        self.fragment = decoded(match["fragment"] or "")

    @property
    def slashes(self) -> str:
        return f"//{self.authority}" if self.has_authority else ""

    def with_query(self, scheme: str, query: dict[str, str]) -> str:
        """This URL under another scheme and with another query, without its fragment; quoted anew, as Nix does."""
        return f"{scheme}:{self.slashes}{quoted_path(self.path)}{encoded_query(query)}"


_CHARACTER = r"[A-Za-z0-9\-._~!$&'*+,;=:@()]|%[0-9a-fA-F]{2}"
_URL = re.compile(
    rf"""(?P<scheme>[a-z][a-z0-9+.-]*):
    (?://(?P<authority>(?:{_CHARACTER}|[\[\]])*)(?=[/?\#]|\Z))?
    (?P<path>(?:{_CHARACTER}|/)*)
    (?:\?(?P<query>(?:{_CHARACTER}|[/?\ ^"])*))?
    (?:\#(?P<fragment>(?:{_CHARACTER}|[/?\ ^"])*))?""",
    re.VERBOSE | re.ASCII,
)


def decoded(text: str) -> str:
    """A part of a URL without its percent signs."""
    return unquote(text, errors="surrogateescape")


def decoded_query(text: str) -> dict[str, str]:
    """The parameters of a query; those without `=` do not count."""
    pairs = (part.partition("=") for part in text.split("&"))
    return {name: decoded(value) for name, equals, value in pairs if equals}


def encoded_query(query: dict[str, str]) -> str:
    """A query with its question mark, sorted by name; empty for none."""
    if not query:
        return ""
    return "?" + "&".join(f"{_quoted(name)}={_quoted(query[name])}" for name in sorted(query))


def _quoted(text: str) -> str:
    return quote(text, safe="-._~:@/?", errors="surrogateescape")


def quoted_path(text: str) -> str:
    """A path as Nix writes it in a URL: of the signs that may stand there it quotes most.  C++: `allowedInPath`."""
    return quote(text, safe="-._~:@/", errors="surrogateescape")


# From URLs


def fixed_git_url(text: str) -> str:
    """A repository as people write it (path, user@host:path, URL) as a URL."""
    if not text.startswith("/") and (match := _SECURE_COPY.fullmatch(text)):
        return f"ssh://{match[1]}@{match[2]}/{match[3]}"
    if text.startswith("file:") or "://" in text:
        return text
    return f"file://{quoted_path(text)}"


def attributes_of(url: Url, *, tree: bool) -> Input:
    """The input that a URL names; `tree` says that an http or file URL is a tarball, whatever its name ends in."""
    scheme = url.scheme
    if scheme == "flake":
        return _from_indirect(url)
    if scheme in _FORGES:
        return _from_forge(url)
    if scheme == "path":
        return _from_path(url)
    kind, plus, transport = scheme.partition("+")
    if scheme == "git" or (kind == "git" and transport in ("http", "https", "ssh", "file")):
        return _from_git(url, transport if plus else scheme)
    if kind == "hg" and transport in ("http", "https", "ssh", "file"):
        return _from_mercurial(url, transport)
    if plus and kind in ("file", "tarball") and transport in ("http", "https", "file"):
        return _from_file(url, kind, transport)
    if scheme in ("http", "https", "file"):
        is_tarball = tree or url.path.endswith(_ARCHIVES)
        return _from_file(url, "tarball" if is_tarball else "file", scheme)
    raise EvalError(f"input '{url.text}' is unsupported")


def _from_indirect(url: Url) -> Input:
    parts = url.path.split("/")
    shown = f"flake://{url.path}"
    found: Input = {"type": "indirect"}
    if len(parts) == 2:
        found["rev" if REVISION.fullmatch(parts[1]) else "ref"] = parts[1]
        if "ref" in found and not REFERENCE.fullmatch(parts[1]):
            raise NotAUrl(f"in flake URL '{shown}', '{parts[1]}' is not a commit hash or branch/tag name")
    elif len(parts) == 3:
        if not REFERENCE.fullmatch(parts[1]):
            raise NotAUrl(f"in flake URL '{shown}', '{parts[1]}' is not a branch/tag name")
        if not REVISION.fullmatch(parts[2]):
            raise EvalError(f"in flake URL '{shown}', '{parts[2]}' is not a commit hash")
        found["ref"], found["rev"] = parts[1], parts[2]
    elif len(parts) > 3:
        raise NotAUrl(f"GitHub URL '{shown}' is invalid")
    if not re.fullmatch(FLAKE_ID, parts[0], re.ASCII):
        raise NotAUrl(f"'{parts[0]}' is not a valid flake ID")
    return {**found, "id": parts[0]}


def _from_forge(url: Url) -> Input:
    parts = url.path.split("/")
    if len(parts) < 2:
        raise NotAUrl(f"URL '{url.text}' is invalid")
    found: Input = {"type": url.scheme, "owner": parts[0], "repo": parts[1]}
    last = "/".join(parts[2:])
    if last:
        if len(parts) == 3 and REVISION.fullmatch(last):
            found["rev"] = last
        elif REFERENCE.fullmatch(last):
            found["ref"] = last
        else:
            raise NotAUrl(f"in URL '{url.text}', '{last}' is not a commit hash or branch/tag name")
    for name in ("rev", "ref", "host"):
        if name not in url.query:
            continue
        value = url.query[name]
        if name in found:
            raise NotAUrl(f"URL '{url.text}' contains multiple commit hashes or branch/tag names")
        if (name == "ref" and not REFERENCE.fullmatch(value)) or (name == "host" and not _HOST.fullmatch(value)):
            raise NotAUrl(f"URL '{url.text}' contains an invalid {name}")
        found[name] = value
    if "ref" in found and "rev" in found:
        raise NotAUrl(f"URL '{url.text}' contains both a commit hash and a branch/tag name")
    if "rev" in found:
        revision_of(found)
    if "narHash" in url.query:
        found["narHash"] = url.query["narHash"]
    return found


def _from_path(url: Url) -> Input:
    if url.authority:
        raise EvalError(f"path URL '{url.text}' should not have an authority ('{url.authority}')")
    found: Input = {"type": "path", "path": url.path}
    for name, value in url.query.items():
        if name in ("rev", "narHash"):
            found[name] = value
        elif name in ("revCount", "lastModified"):
            if (number := whole(value)) is None:
                raise EvalError(f"path URL '{url.text}' has invalid parameter '{name}'")
            found[name] = number
        else:
            raise EvalError(f"path URL '{url.text}' has unsupported parameter '{name}'")
    return found


def _from_git(url: Url, transport: str) -> Input:
    found: Input = {"type": "git"}
    rest: dict[str, str] = {}
    for name, value in url.query.items():
        if name in _GIT_FLAGS:
            found[name] = value == "1"
        elif name in _GIT_TEXTS:
            found[name] = value
        else:
            rest[name] = value
    if "ref" in found and not REFERENCE.fullmatch(str(found["ref"])):
        raise NotAUrl(f"invalid Git branch/tag name '{found['ref']}'")
    return {**found, "url": url.with_query(transport, rest)}


def _from_mercurial(url: Url, transport: str) -> Input:
    named: Input = {name: value for name, value in url.query.items() if name in ("ref", "rev", "narHash")}
    rest = {name: value for name, value in url.query.items() if name not in named}
    return {"type": "hg", "url": url.with_query(transport, rest), **named}


def _from_file(url: Url, kind: str, transport: str) -> Input:
    found: Input = {"type": kind}
    rest: dict[str, str] = {}
    for name, value in url.query.items():
        if name in ("narHash", "rev"):
            found[name] = value
        elif name in ("revCount", "lastModified") and (number := whole(value)) is not None:
            found[name] = number
        else:
            rest[name] = value
    return {**found, "url": url.with_query(transport, rest)}


# Checks


def checked(attributes: Input) -> Input:
    """`attributes` if they describe an input; else Nix's complaint. A type that nobody knows is found by `url_of`."""
    if "type" not in attributes:
        raise EvalError("'type' attribute to specify input scheme is required but not provided")
    kind = text_attribute(attributes, "type")
    allowed = ATTRIBUTES.get(kind)
    if allowed is None:
        return attributes
    for name in sorted(attributes):
        if name not in allowed:
            raise EvalError(f"input attribute '{name}' not supported by scheme '{kind}'", about=(name,))
    for name in _REQUIRED[kind]:
        if name not in attributes:
            raise EvalError(f"input attribute '{name}' is missing")
        text_attribute(attributes, name)
    for wanted, described, names in _TYPES:
        for name in names:
            if name in attributes and attributes[name].__class__ is not wanted:
                shown = f" {_json(attributes)}" if wanted is str else ""
                raise EvalError(f"input attribute '{name}' is not {described}{shown}")
    if kind == "indirect" and not re.fullmatch(FLAKE_ID, str(attributes["id"]), re.ASCII):
        raise EvalError(f"'{attributes['id']}' is not a valid flake ID")
    if kind == "git":
        return _checked_git(attributes)
    if "rev" in attributes:
        revision_of(attributes)
    return attributes


def _checked_git(attributes: Input) -> Input:
    """A `git` input, its `url` made a URL."""
    for name in ("verifyCommit", "keytype", "publicKey", "publicKeys"):
        if name in attributes:
            raise EvalError(
                "experimental Nix feature 'verified-fetches' is disabled; add '--extra-experimental-features "
                "verified-fetches' to enable it",
                hint="lixeval does not verify signatures of commits",
            )
    reference = str(attributes.get("ref", "-"))
    if BAD_REFERENCE.search(reference) or (reference.startswith("-") and "ref" in attributes):
        raise EvalError(f"invalid Git branch/tag name '{reference}'")
    text = fixed_git_url(str(attributes["url"]))
    try:
        url = Url(text)
    except NotAUrl as error:
        raise EvalError(str(error)) from None
    if url.scheme == "file" and url.authority:
        raise EvalError(f"file:// URL '{text}' has unexpected authority '{url.authority}'")
    if "rev" in attributes:
        revision_of(attributes)
    return {**attributes, "url": text}


def revision_of(attributes: Input) -> str:
    """The revision that is asked for, in hexadecimal digits; written as any hash, SHA-1 where it does not say."""
    text = str(attributes["rev"])
    try:
        is_typed = ":" in text or "-" in text
        found = hashes.parse(text, None if is_typed else "sha1")
    except FormatError as error:
        raise EvalError(error.message) from None
    if attributes.get("type") == "git" and found.algorithm not in ("sha1", "sha256"):
        raise EvalError(
            f"Hash '{found.algorithm}:{found.digest.hex()}' is not supported by Git. "
            "Supported types are sha1 and sha256."
        )
    return found.digest.hex()


def nar_hash_of(attributes: Input) -> hashes.Hash:
    """The NAR hash that is asked for; the zero hash for an empty text."""
    text = str(attributes["narHash"])
    try:
        found = hashes.parse_sri(text) if text else hashes.zero("sha256")
    except FormatError as error:
        raise EvalError(error.message) from None
    if found.algorithm != "sha256":
        raise EvalError("narHash must use SHA-256")
    return found


def text_attribute(attributes: Input, name: str) -> str:
    """An attribute that must be a string."""
    value = attributes[name]
    if not isinstance(value, str):
        raise EvalError(f"input attribute '{name}' is not a string {_json(attributes)}")
    return value


def _json(attributes: Input) -> str:
    return json.dumps(attributes, separators=(",", ":"), ensure_ascii=False, sort_keys=True)


# To URLs


def url_of(attributes: Input) -> str:
    """The URL of an input."""
    kind = str(attributes.get("type"))
    extra: dict[str, str] = {"dir": str(attributes["dir"])} if "dir" in attributes else {}
    if kind in _FORGES:
        return _forge_url(attributes, kind, extra)
    if kind == "indirect":
        parts = [str(attributes[name]) for name in ("id", "ref", "rev") if name in attributes]
        return "flake:" + quoted_path("/".join(parts)) + encoded_query(extra)
    if kind == "path":
        query = {name: str(value) for name, value in attributes.items() if name not in ("type", "path")}
        return f"path:{quoted_path(str(attributes['path']))}{encoded_query(query)}"
    if kind in ("git", "hg"):
        return _repository_url(attributes, kind, extra)
    if kind in ("tarball", "file"):
        if "narHash" in attributes:
            extra["narHash"] = nar_hash_of(attributes).sri
        return _with_more(str(attributes["url"]), extra)
    raise EvalError(f"cannot show unsupported input '{_json(attributes)}'")


def _forge_url(attributes: Input, kind: str, query: dict[str, str]) -> str:
    if "ref" in attributes and "rev" in attributes:
        raise EvalError(f"an input of type '{kind}' cannot have both 'ref' and 'rev'")
    parts = [str(attributes[name]) for name in ("owner", "repo", "ref", "rev") if name in attributes]
    if "narHash" in attributes:
        query["narHash"] = str(attributes["narHash"])
    return f"{kind}:{quoted_path('/'.join(parts))}{encoded_query(query)}"


def _repository_url(attributes: Input, kind: str, query: dict[str, str]) -> str:
    url = fixed_git_url(str(attributes["url"]))
    if not (kind == "git" and url.startswith("git:")):
        url = f"{kind}+{url}"
    for name in ("ref", "rev"):
        if name in attributes:
            query[name] = str(attributes[name])
    for name in ("shallow", "submodules", "exportIgnore"):
        if attributes.get(name) is True and kind == "git":
            query[name] = "1"
    return _with_more(url, query)


def _with_more(url: str, query: dict[str, str]) -> str:
    """A URL with further parameters."""
    try:
        parsed = Url(url)
    except NotAUrl as error:
        raise EvalError(str(error)) from None
    return parsed.with_query(parsed.scheme, {**parsed.query, **query})
