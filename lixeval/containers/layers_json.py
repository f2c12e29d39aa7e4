"""layers.json: the layers that one buildLayer makes, each with the paths in it and what is done to them.

    [{digest, size, diff_ids,
      paths?[{path, options?{rewrite{regex, repl}, perms?[{regex, mode, uid, gid, uname, gname}]}}],
      mediatype, layer-path?, History{created? created_by? author? comment? empty_layer?}}]        or null: no layers

Written with TABs and no newline at the end, exactly as the original writes it; read with Go's rules, since image.json
embeds what other layers.json files say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from lixeval.containers.failure import Nix2containerError
from lixeval.errors import ImageError
from lixeval.oci import go_json
from lixeval.oci.config import History, read_history

FILE = "layers.json"
"""What the file is called, in a folder that a builder makes."""


@dataclass(frozen=True, slots=True)
class Perm:
    """What changes for the files of a path whose source path matches `regex`; empty strings change nothing."""

    regex: str = ""
    mode: str = ""
    uid: int = 0
    gid: int = 0
    uname: str = ""
    gname: str = ""

    def to_json(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in ("regex", "mode", "uid", "gid", "uname", "gname")}


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Where the files of a path go: `regex` is replaced by `repl` in the whole path; an empty regex changes nothing."""

    regex: str = ""
    repl: str = ""


@dataclass(frozen=True, slots=True)
class PathOptions:
    """What is done to the files under one path."""

    rewrite: Rewrite = Rewrite()
    perms: tuple[Perm, ...] = ()

    def to_json(self) -> dict[str, object]:
        members: dict[str, object] = {"rewrite": {"regex": self.rewrite.regex, "repl": self.rewrite.repl}}
        if self.perms:
            members["perms"] = [perm.to_json() for perm in self.perms]
        return members


@dataclass(frozen=True, slots=True)
class LayerPath:
    """A store path in a layer; equal entries in a parent layer make it superfluous."""

    path: str
    options: PathOptions | None = None

    def to_json(self) -> dict[str, object]:
        return {"path": self.path} if self.options is None else {"path": self.path, "options": self.options.to_json()}


NO_HISTORY = History()


@dataclass(frozen=True, slots=True)
class LayerRecord:
    """A layer as layers.json and image.json describe it; `layer_path` is set where the blob's file is part of the
    record.
    """

    digest: str
    size: int
    diff_id: str
    media_type: str
    paths: tuple[LayerPath, ...] = ()
    layer_path: str = ""
    history: History = NO_HISTORY

    def to_json(self) -> dict[str, object]:
        members: dict[str, object] = {"digest": self.digest, "size": self.size, "diff_ids": self.diff_id}
        if self.paths:
            members["paths"] = [path.to_json() for path in self.paths]
        members["mediatype"] = self.media_type
        if self.layer_path:
            members["layer-path"] = self.layer_path
        members["History"] = self.history.to_json()
        return members


# -- reading ----------------------------------------------------------------------------------------------------------

_string, _int = go_json.read_string, go_json.integer()
_PERM = {"regex": _string, "mode": _string, "uid": _int, "gid": _int, "uname": _string, "gname": _string}
_read_rewrite = go_json.struct("Rewrite", {"regex": _string, "repl": _string}, "types.")
_read_options = go_json.struct(
    "PathOptions",
    {
        "rewrite": _read_rewrite,
        "perms": go_json.list_of(go_json.struct("Perm", _PERM, "types."), "types.Perm"),
    },
    "types.",
)


def _read_pointer(value: Any, before: Any, where: go_json.Where) -> Any:
    return None if value is None else _read_options(value, before, where)


_read_path = go_json.struct("Path", {"path": _string, "options": _read_pointer}, "types.")
read_layer = go_json.struct(
    "Layer",
    {
        "digest": _string,
        "size": go_json.integer("int64"),
        "diff_ids": _string,
        "paths": go_json.list_of(_read_path, "types.Path"),
        "mediatype": _string,
        "layer-path": _string,
        "History": read_history,
    },
    "types.",
)
_read_layers = go_json.list_of(read_layer, "types.Layer")
_read_perm_paths = go_json.list_of(go_json.struct("PermPath", {"path": _string, **_PERM}, "types."), "types.PermPath")
_read_rewrite_paths = go_json.list_of(
    go_json.struct("RewritePath", {"path": _string, "regex": _string, "repl": _string}, "types."), "types.RewritePath"
)
_read_graph = go_json.list_of(
    go_json.struct("Storepath", {"path": _string, "references": go_json.list_of(_string, "string")}, "closure."),
    "closure.Storepath",
)

T = TypeVar("T")


def read(reader: go_json.Reader, value: Any) -> Any:
    """Run a reader, its failure being one of the original's."""
    try:
        return reader(value, None, go_json.Where())
    except ImageError as error:
        raise Nix2containerError(error.message, hint=error.hint) from None


def layer_record(members: dict[str, Any]) -> LayerRecord:
    """A layer from the members that `read_layer` found."""
    return LayerRecord(
        members.get("digest", ""),
        members.get("size", 0),
        members.get("diff_ids", ""),
        members.get("mediatype", ""),
        tuple(_path(path) for path in members.get("paths") or ()),
        members.get("layer-path", ""),
        History(**members.get("History", {})),
    )


def _path(members: dict[str, Any]) -> LayerPath:
    options = members.get("options")
    if options is None:
        return LayerPath(members.get("path", ""))
    perms = tuple(Perm(**perm) for perm in options.get("perms") or ())
    return LayerPath(members.get("path", ""), PathOptions(Rewrite(**options.get("rewrite", {})), perms))


def parse(data: bytes) -> tuple[LayerRecord, ...]:
    """The layers of a layers.json file."""
    return tuple(layer_record(members) for members in read(_read_layers, go_json.parse(data)) or ())


def unparse(layers: Sequence[LayerRecord]) -> bytes:
    """The bytes of a layers.json file; `null` if there are no layers."""
    return go_json.marshal_indent([layer.to_json() for layer in layers] or None)


def perms_from_json(value: Any) -> tuple[tuple[str, Perm], ...]:
    """(path, perm) for every entry of a perms list."""
    return tuple(_keyed(members, Perm) for members in read(_read_perm_paths, value) or ())


def rewrites_from_json(value: Any) -> tuple[tuple[str, Rewrite], ...]:
    """(path, rewrite) for every entry of a rewrites list."""
    return tuple(_keyed(members, Rewrite) for members in read(_read_rewrite_paths, value) or ())


def _keyed(members: dict[str, Any], make: type[T]) -> tuple[str, T]:
    return members.pop("path", ""), make(**members)


def graph_from_json(value: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """(path, references) for every entry of a closure graph; other members are ignored."""
    entries: Iterable[dict[str, Any]] = read(_read_graph, value) or ()
    return tuple((entry.get("path", ""), tuple(entry.get("references") or ())) for entry in entries)


def history_from_json(value: Any) -> History:
    """The history entry of every layer."""
    return History(**read(read_history, value))
