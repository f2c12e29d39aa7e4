"""What is found when an image is examined: faults, and the judgement of a single config document and a single layer.

A fault is grave if a client would refuse the image or run another one than was meant; the rest are remarks.
`lixeval.oci.validate` walks from an index to everything that it leads to.

Source: OCI image specification 1.1 (config.md, layer.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

from lixeval.errors import ImageError, reason_of
from lixeval.oci import go_json, go_time
from lixeval.oci.reading import packing
from lixeval.oci.reading.contents import LayerContents, read_layer
from lixeval.oci.reading.limits import LIMITS, Limits
from lixeval.oci.reading.opened import StoredLayer
from lixeval.oci.reading.stream import digest_of


@dataclass(frozen=True, slots=True)
class Fault:
    """`part` is what is wrong (a file, a blob, a document), `message` what is wrong with it."""

    part: str
    message: str
    grave: bool = True

    def __str__(self) -> str:
        return f"{self.part} {self.message}"


@dataclass(slots=True)
class Examination:
    """What was looked at, and what was found."""

    kind: str = ""
    images: int = 0
    blobs: int = 0
    bytes: int = 0
    faults: list[Fault] = field(default_factory=list)

    def fault(self, part: str, message: str) -> None:
        self.faults.append(Fault(part, message))

    def remark(self, part: str, message: str) -> None:
        self.faults.append(Fault(part, message, grave=False))

    @property
    def sound(self) -> bool:
        return not any(fault.grave for fault in self.faults)


def examine_layer(
    found: Examination, name: str, layer: StoredLayer, wanted: str | None, limits: Limits = LIMITS
) -> str | None:
    """The diff id of a layer, which is read to its end as packed bytes and as a tar; None if that is not possible."""
    try:
        with closing(layer.open()) as stream:
            tar, how = packing.unpacked(stream, "it", limits)
            if wanted is not None and how != wanted:
                found.fault(name, f"is packed as {how}, but called {layer.media_type}")
            diff_id, _ = digest_of(tar)
        contents = read_layer(layer, limits=limits)
    except (ImageError, OSError) as error:
        found.fault(name, f"cannot be read as a layer: {reason_of(error)}")
        return None
    _examine_contents(found, name, contents)
    return diff_id


def _examine_contents(found: Examination, name: str, contents: LayerContents) -> None:
    for message in contents.faults[:20]:
        found.fault(name, f"has a bad name in it: {message}")
    if len(contents.faults) > 20:
        found.fault(name, f"has {len(contents.faults) - 20} more bad names in it")


def config_faults(document: go_json.Object, layers: int, platform: str) -> Iterator[tuple[str, str, bool]]:
    """(member, what is wrong with it, whether it is grave) of a config document."""
    for member in ("architecture", "os"):
        value = document.get(member)
        if not isinstance(value, str) or not value:
            yield member, "is missing", True
    own = "/".join(str(document.get(member)) for member in ("os", "architecture"))
    if platform and not (platform + "/").startswith(own + "/"):
        yield "platform", f"is {own}, but the index says {platform}", True
    rootfs = document.get("rootfs")
    if not (isinstance(rootfs, go_json.Object) and rootfs.get("type") == "layers"):
        yield "rootfs.type", 'is not "layers"', True
    elif not isinstance(rootfs.get("diff_ids"), list):
        yield "rootfs.diff_ids", "is no list", True
    created = document.get("created")
    if created is not None:
        try:
            go_time.normalise(created if isinstance(created, str) else "")
        except ImageError:
            yield "created", f"is no time: {created!r}", True
    run_config = document.get("config")
    if run_config is not None and not isinstance(run_config, go_json.Object):
        yield "config", "is no object", True
    history = document.get("history")
    if history is None:
        return
    if not isinstance(history, list) or not all(isinstance(entry, go_json.Object) for entry in history):
        yield "history", "is no list of entries", True
        return
    count = sum(1 for entry in history if not entry.get("empty_layer"))
    if count != layers:
        yield "history", f"tells of {count} layers, and there are {layers}", count > layers
