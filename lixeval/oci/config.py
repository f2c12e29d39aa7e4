"""The config document: what to run in the image, and which layers in which order.  Its digest is the image id.

    {created?, architecture, variant?, os,
     config{User? ExposedPorts? Env? Entrypoint? Cmd? Volumes? WorkingDir? Labels? StopSignal? ArgsEscaped?},
     rootfs{type, diff_ids}, history[{created? created_by? author? comment? empty_layer?}]}

Written compactly in the order of the specification's Go types; members that are empty are left out, `config` itself
never.  What Docker adds to `config` follows behind the specification's members (`docker_config`).

Source: OCI image specification 1.1, config.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lixeval.oci import go_json, go_time


@dataclass(frozen=True, slots=True)
class History:
    """How a layer came to be; every member may be missing."""

    created: str | None = None
    created_by: str = ""
    author: str = ""
    comment: str = ""
    empty_layer: bool = False

    def to_json(self) -> dict[str, object]:
        members: dict[str, object] = {} if self.created is None else {"created": self.created}
        for name in ("created_by", "author", "comment"):
            text = getattr(self, name)
            if text:
                members[name] = text
        if self.empty_layer:
            members["empty_layer"] = True
        return members


def _read_time(value: Any, before: Any, where: go_json.Where) -> Any:
    return before if value is None else go_time.from_json(value)


def _text(value: Any, before: Any, where: go_json.Where) -> Any:
    """A string, which null leaves as it was: empty, if nothing came before."""
    return before or "" if value is None else go_json.read_string(value, before, where)


def _flag(value: Any, before: Any, where: go_json.Where) -> Any:
    return bool(before) if value is None else go_json.read_bool(value, before, where)


_string = go_json.read_string
_strings = go_json.list_of(go_json.read_string, "string")
_keys = go_json.map_of(go_json.read_empty_struct, "struct {}")

read_history = go_json.struct(
    "History",
    {
        "created": _read_time,
        "created_by": _text,
        "author": _text,
        "comment": _text,
        "empty_layer": _flag,
    },
    "v1.",
)

RUN_CONFIG_FIELDS: dict[str, go_json.Reader] = {
    "User": _string,
    "ExposedPorts": _keys,
    "Env": _strings,
    "Entrypoint": _strings,
    "Cmd": _strings,
    "Volumes": _keys,
    "WorkingDir": _string,
    "Labels": go_json.map_of(go_json.read_string, "string"),
    "StopSignal": _string,
    "ArgsEscaped": go_json.read_bool,
}
"""The members of a run configuration that the specification knows, in its order."""

read_run_config = go_json.struct("ImageConfig", RUN_CONFIG_FIELDS, "v1.")

_EMPTY_OBJECTS = ("ExposedPorts", "Volumes")


def history_from_json(value: Any) -> History:
    """The history entry in parsed JSON; unknown members are ignored, wrong types are errors."""
    return History(**read_history(value, None, go_json.Where()))


def run_config_to_json(run_config: Mapping[str, Any]) -> dict[str, object]:
    """The non-empty members in the specification's order, maps sorted; then what else there is, in its own order."""
    members: dict[str, object] = {}
    for name in RUN_CONFIG_FIELDS:
        value = run_config.get(name)
        if name in _EMPTY_OBJECTS and value:
            members[name] = go_json.sorted_map({key: {} for key in value})
        elif value:
            members[name] = go_json.sorted_map(value) if isinstance(value, Mapping) else value
    members.update((name, value) for name, value in run_config.items() if name not in RUN_CONFIG_FIELDS)
    return members


def config_blob(
    run_config: Mapping[str, Any],
    architecture: str,
    created: str | None,
    diff_ids: Sequence[str],
    history: Sequence[History],
    variant: str = "",
    *,
    sound: bool = False,
) -> bytes:
    """The config document.  Without layers `rootfs` has no type and null diff_ids, as Go writes its zero value, which
    the specification does not allow; the `sound` one has a type and an empty list.
    """
    document: dict[str, object] = {} if created is None else {"created": created}
    document["architecture"] = architecture
    if variant:
        document["variant"] = variant
    document["os"] = "linux"
    document["config"] = run_config_to_json(run_config)
    if diff_ids or sound:
        document["rootfs"] = {"type": "layers", "diff_ids": list(diff_ids)}
        document["history"] = [entry.to_json() for entry in history]
    else:
        document["rootfs"] = {"type": "", "diff_ids": None}
    return go_json.marshal(document)
