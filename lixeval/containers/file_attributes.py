"""What files have in an image beyond what the store keeps of them: modes, owners, times, extended attributes, by their
places in the image.

As Nix says it (`attributes` of buildLayer and buildImage):

    { "/home/app" = { uid = 1000; gid = 1000; recursive = true; };  "/bin/x".capabilities = [ "net_bind_service" ]; }

and as a listing that a build makes (`attributesFrom`), each entry ended by a NUL:

    listing   = *( entry NUL )
    entry     = mode [":" device] SP uid SP gid SP place      octal, decimal, decimal, "-" for what stays as it is
              | "x" SP name SP value SP place                 an extended attribute; the value in hex, "-" for none
    device    = ( "c" | "b" ) major ":" minor | "p"           the file is empty, and in the image a device or a pipe

Of several that speak of a place the one nearest to it wins, member by member; what is said of the place itself wins
over what is said of a folder above it.  Listings come before `attributes`.  All this comes after `perms`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lixeval.containers import capabilities
from lixeval.errors import ImageError

_MEMBERS = ("uid", "gid", "uname", "gname", "mode", "mtime", "capabilities", "xattrs", "recursive")
LARGEST_MODE = 0o7777
LARGEST_ID = 2**32 - 2
_LARGEST_TIME = 2**33 - 1


@dataclass(frozen=True, slots=True)
class FileAttributes:
    """What is said of a place; None is "as it is"."""

    mode: int | None = None
    uid: int | None = None
    gid: int | None = None
    uname: str | None = None
    gname: str | None = None
    mtime: int | None = None
    xattrs: Mapping[str, bytes] = field(default_factory=dict)
    device: tuple[str, int, int] | None = None

    def under(self, nearer: FileAttributes) -> FileAttributes:
        """What both say, `nearer` first."""
        named = nearer.uid is None or nearer.uname is not None
        grouped = nearer.gid is None or nearer.gname is not None
        return FileAttributes(
            self.mode if nearer.mode is None else nearer.mode,
            self.uid if nearer.uid is None else nearer.uid,
            self.gid if nearer.gid is None else nearer.gid,
            # A name belongs to its number: another number has no name but its own.
            (self.uname if nearer.uname is None else nearer.uname) if named else "",
            (self.gname if nearer.gname is None else nearer.gname) if grouped else "",
            self.mtime if nearer.mtime is None else nearer.mtime,
            {**self.xattrs, **nearer.xattrs},
            self.device if nearer.device is None else nearer.device,
        )


NOTHING = FileAttributes()


class AttributeTable:
    """Attributes by place; false if there are none.

    `unmet` are the places that were asked for and that nobody has asked about: there is nothing at them.
    """

    def __init__(
        self,
        own: Mapping[str, FileAttributes],
        inherited: Mapping[str, FileAttributes],
        asked: Iterable[str] = (),
    ) -> None:
        self._own = {_components(place): said for place, said in own.items()}
        self._unmet = {_components(place): place for place in asked}
        self._inherited = {_components(place): said for place, said in inherited.items()}

    def __bool__(self) -> bool:
        return bool(self._own or self._inherited)

    @property
    def unmet(self) -> list[str]:
        """The places in `attributes` that no file is at, but for /, which every image has."""
        return sorted(place for components, place in self._unmet.items() if components)

    def of(self, place: str, *, is_folder_or_file: bool = True) -> FileAttributes:
        """What is said of a place, by itself or by the folders above it.

        Of symlinks (`is_folder_or_file` false) neither modes nor capabilities are inherited: they have none.
        """
        components = _components(place)
        self._unmet.pop(components, None)
        found = NOTHING
        if self._inherited:
            for length in range(len(components) + 1):
                said = self._inherited.get(components[:length])
                if said is not None:
                    found = found.under(said)
        if not is_folder_or_file:
            found = FileAttributes(None, found.uid, found.gid, found.uname, found.gname, found.mtime)
        own = self._own.get(components)
        return found if own is None else found.under(own)


def _components(place: str) -> tuple[str, ...]:
    return tuple(part for part in place.split("/") if part not in ("", "."))


def table(attributes: Any, listings: Iterable[bytes]) -> AttributeTable:
    """The table of all that is said; raises ImageError for what is said wrongly."""
    own: dict[str, FileAttributes] = {}
    inherited: dict[str, FileAttributes] = {}
    for listing in listings:
        for place, said in _parse_listing(listing):
            own[place] = own[place].under(said) if place in own else said
    if not isinstance(attributes, Mapping):
        raise ImageError("attributes must be a set: places in the image and what their files have")
    for place, members in attributes.items():
        said, recursive = _parse(place, members)
        if recursive:
            inherited[place] = said
        before = own.get(place)
        own[place] = said if before is None else before.under(said)
    return AttributeTable(own, inherited, attributes)


def _parse_listing(listing: bytes) -> Iterator[tuple[str, FileAttributes]]:
    for entry in listing.split(b"\0"):
        if not entry:
            continue
        parts = entry.decode("utf-8", "surrogateescape").split(" ", 3)
        if len(parts) < 4:
            raise ImageError(f"{entry[:80]!r} is no entry of a listing: MODE UID GID PLACE")
        place = parts[3]
        if parts[0] == "x":
            yield place, FileAttributes(xattrs={parts[1]: _hex(parts[2], place)})
            continue
        bits, _, device = parts[0].partition(":")
        mode, uid, gid = (None if text == "-" else text for text in (bits, *parts[1:3]))
        said = _mode(place, mode), _id(place, "uid", uid), _id(place, "gid", gid)
        yield place, FileAttributes(*said, device=_device(device, place))


def _hex(text: str, place: str) -> bytes:
    try:
        return b"" if text == "-" else bytes.fromhex(text)
    except ValueError:
        raise ImageError(f"the attributes of '{place}': '{text}' is not in hex") from None


def _device(text: str, place: str) -> tuple[str, int, int] | None:
    if text in ("", "p"):
        return (text, 0, 0) if text else None
    major, colon, minor = text[1:].partition(":")
    if text[0] not in "cb" or not colon:
        raise ImageError(f"the attributes of '{place}': '{text}' is no device")
    return text[0], _number(major, 10, place), _number(minor, 10, place)


def _number(text: str, base: int, place: str) -> int:
    try:
        return int(text, base)
    except ValueError:
        raise ImageError(f"the attributes of '{place}': '{text}' is no number") from None


def _parse(place: str, members: Any) -> tuple[FileAttributes, bool]:
    if not place.startswith("/"):
        raise ImageError(f"attributes are for places in the image, and '{place}' does not start with /")
    if not isinstance(members, Mapping):
        raise ImageError(f"the attributes of '{place}' must be a set")
    for name in members:
        if name not in _MEMBERS:
            raise ImageError(
                f"the attributes of '{place}': there is no '{name}'", hint="there are " + ", ".join(_MEMBERS)
            )
    if not isinstance(members.get("xattrs") or {}, Mapping):
        raise ImageError(f"the attributes of '{place}': xattrs must be a set of strings")
    xattrs = {
        str(name): str(value).encode("utf-8", "surrogateescape")
        for name, value in (members.get("xattrs") or {}).items()
    }
    if members.get("capabilities"):
        xattrs[capabilities.XATTR] = capabilities.encode(members["capabilities"])
    said = FileAttributes(
        _mode(place, members.get("mode")),
        _id(place, "uid", members.get("uid")),
        _id(place, "gid", members.get("gid")),
        _name(place, "uname", members.get("uname")),
        _name(place, "gname", members.get("gname")),
        _id(place, "mtime", members.get("mtime")),
        xattrs,
    )
    return said, bool(members.get("recursive"))


def _mode(place: str, value: Any) -> int | None:
    if value is None:
        return None
    number = _number(str(value), 8, place)
    if not 0 <= number <= LARGEST_MODE:
        raise ImageError(f"the attributes of '{place}': '{value}' is no mode", hint='a mode is octal: "0755"')
    return number


def _id(place: str, name: str, value: Any) -> int | None:
    if value is None:
        return None
    number = value if type(value) is int else _number(str(value), 10, place)
    largest = _LARGEST_TIME if name == "mtime" else LARGEST_ID
    if not 0 <= number <= largest:
        raise ImageError(
            f"the attributes of '{place}': the {name} {value} is out of bounds",
            hint=f"a {name} is a number from 0 to {largest}",
        )
    return number


def _name(place: str, name: str, value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and "\0" not in value):
        raise ImageError(f"the attributes of '{place}': the {name} must be a name, not {value!r}")
    return value
