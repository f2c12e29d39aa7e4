"""What Docker knows of a run configuration beyond the OCI specification, and how one is inherited from a base image.

    Healthcheck {Test, Interval, Timeout, StartPeriod, StartInterval, Retries}     times in nanoseconds, or "1m30s"
    Shell, OnBuild            lists of strings
    Hostname, Domainname, MacAddress, Image          strings
    AttachStdin, AttachStdout, AttachStderr, Tty, OpenStdin, StdinOnce, NetworkDisabled
    StopTimeout               seconds

Members that nobody knows are kept as they are.  Names match without regard to case, as the specification's do.

Inheriting (`inherited`) is what FROM does in a Dockerfile: variables and labels are added or replaced one by one, ports
and volumes are added; User, WorkingDir, StopSignal, Shell, Healthcheck, Entrypoint and Cmd stay unless they are given,
and a new Entrypoint takes the base's Cmd away.  A base's OnBuild was meant for the build that is now happening, and
ends with it.

Source: Docker's image specification v1.2; the Dockerfile reference (FROM, ENTRYPOINT, ONBUILD).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from lixeval.errors import ImageError
from lixeval.oci import go_json
from lixeval.oci.config import RUN_CONFIG_FIELDS

_UNITS = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h)")


def nanoseconds(text: str) -> int:
    """A Go duration ("1m30s"); raises ImageError for anything else."""
    total = position = 0
    for part in _PART.finditer(text):
        if part.start() != position:
            break
        whole, _, fraction = part.group(1).partition(".")
        unit = _UNITS[part.group(2)]
        total += int(whole or "0") * unit + (int(fraction) * unit // 10 ** len(fraction) if fraction else 0)
        position = part.end()
    if not text or position != len(text):
        raise ImageError(f"'{text}' is not a duration", hint='a duration is a number of nanoseconds, or "1m30s"')
    return total


_integer = go_json.integer("int64")


def _duration(value: Any, before: Any, where: go_json.Where) -> Any:
    return nanoseconds(value) if isinstance(value, str) else _integer(value, before, where)


_strings = go_json.list_of(go_json.read_string, "string")
_HEALTHCHECK: dict[str, go_json.Reader] = {
    "Test": _strings,
    "Interval": _duration,
    "Timeout": _duration,
    "StartPeriod": _duration,
    "StartInterval": _duration,
    "Retries": _integer,
}
_bools = dict.fromkeys(
    ("AttachStdin", "AttachStdout", "AttachStderr", "Tty", "OpenStdin", "StdinOnce", "NetworkDisabled"),
    go_json.read_bool,
)
FIELDS: dict[str, go_json.Reader] = {
    "Healthcheck": go_json.struct("HealthcheckConfig", _HEALTHCHECK, "docker."),
    "Shell": _strings,
    "OnBuild": _strings,
    "Hostname": go_json.read_string,
    "Domainname": go_json.read_string,
    **_bools,
    "MacAddress": go_json.read_string,
    "StopTimeout": _integer,
    "Image": go_json.read_string,
}
"""Docker's own members, in the order in which they are written."""

_read = go_json.struct("ImageConfig", {**RUN_CONFIG_FIELDS, **FIELDS}, "v1.")
_KNOWN = {go_json.fold(name) for name in (*RUN_CONFIG_FIELDS, *FIELDS)}


def _quiet(message: str) -> None:
    """Nobody wants to know."""


def from_json(value: Any, warn: Callable[[str], None] = _quiet) -> dict[str, Any]:
    """All members of a run configuration; raises ImageError for known ones of the wrong type, warns of unknown ones."""
    read = _read(value, None, go_json.Where())
    members = {name: read[name] for name in (*RUN_CONFIG_FIELDS, *FIELDS) if read.get(name)}
    if "Healthcheck" in members:
        given = members["Healthcheck"]
        members["Healthcheck"] = {name: given[name] for name in _HEALTHCHECK if given.get(name)}
    for name, member in value if isinstance(value, go_json.Object) else ():
        if go_json.fold(name) not in _KNOWN:
            import difflib

            close = difflib.get_close_matches(name.capitalize(), [*RUN_CONFIG_FIELDS, *FIELDS], 1)
            warn(f"warning: nobody reads the member '{name}' of config" + (f"; {close[0]}?" if close else ""))
            members[name] = go_json.plain(member)
    return members


def inherited(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """What a configuration becomes on top of a base image's."""
    merged = {name: value for name, value in base.items() if name not in ("OnBuild", "Image")}
    if own.get("Entrypoint"):
        merged.pop("Cmd", None)
    merged.update((name, value) for name, value in own.items() if value)
    for name in ("ExposedPorts", "Volumes", "Labels"):
        both = {**(base.get(name) or {}), **(own.get(name) or {})}
        if both:
            merged[name] = both
    if base.get("Env") and own.get("Env"):
        merged["Env"] = _with_variables(base["Env"], own["Env"])
    order = (*RUN_CONFIG_FIELDS, *FIELDS)
    return {name: merged[name] for name in (*order, *sorted(merged.keys() - set(order))) if merged.get(name)}


def _with_variables(base: list[str], own: list[str]) -> list[str]:
    """The base's variables in their places, with new values where given; then those that are new."""
    new = {text.partition("=")[0]: text for text in own}
    kept = [new.pop(text.partition("=")[0], text) for text in base]
    return kept + [text for text in own if text in new.values()]
