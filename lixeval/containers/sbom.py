"""The bill of materials of an image: the store paths in it, what they are called, and what they need.

    bill_of(record, ...)    from an image.json and the store
    spdx(bill)              SPDX 2.3 as JSON
    cyclonedx(bill)         CycloneDX 1.5 as JSON

The same image gives the same bytes: identifiers follow from the image's id, and the time is the image's own, or
SOURCE_DATE_EPOCH, or 1970.  Licences are not known to the store and are not asserted.  Layers of a base image whose
paths nobody knows are named as such: a bill that leaves them out would say too little.

Source: SPDX 2.3, clauses 6, 7 and 11; CycloneDX 1.5, bom-1.5.schema.json; package-url's specification.
"""

from __future__ import annotations

import json
import os
import re
import time
import urllib.parse
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lixeval import __version__
from lixeval.errors import ImageError, StoreError
from lixeval.formats.numbers import whole
from lixeval.formats.store_path import StorePath

if TYPE_CHECKING:
    from lixeval.containers.image_json import ImageRecord
    from lixeval.store.local import LocalStore

SPDX_TYPE, CYCLONEDX_TYPE = "application/spdx+json", "application/vnd.cyclonedx+json"
_NAMESPACE = uuid.UUID("5c2f6c0e-6b0f-5e0f-9d7a-0f3f5b8f6a10")
_VERSION = re.compile(r"-(?=[^A-Za-z-])")
_YEAR_10_000 = 253402300800
_NOT_IN_ID = re.compile(r"[^A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class Material:
    """A store path: `nar_hash` is None and `references` empty where the store does not have it."""

    path: str
    nar_hash: str | None = None
    nar_size: int = 0
    references: tuple[str, ...] = ()

    @property
    def base_name(self) -> str:
        return os.path.basename(self.path)[33:]

    @property
    def name(self) -> str:
        """The name without version, as builtins.parseDrvName has it."""
        return _VERSION.split(self.base_name, maxsplit=1)[0]

    @property
    def version(self) -> str:
        return self.base_name[len(self.name) + 1 :]

    @property
    def package_url(self) -> str:
        version = f"@{urllib.parse.quote(self.version, safe='')}" if self.version else ""
        return f"pkg:generic/{urllib.parse.quote(self.name, safe='')}{version}"


@dataclass(frozen=True, slots=True)
class Bill:
    """What is in an image; `unknown_layers` are diff ids of layers of which nobody knows the paths."""

    name: str
    tag: str
    image_id: str
    created: str
    materials: tuple[Material, ...]
    unknown_layers: tuple[str, ...] = ()

    @property
    def namespace(self) -> str:
        return f"urn:uuid:{self.uuid}"

    @property
    def uuid(self) -> uuid.UUID:
        return uuid.uuid5(_NAMESPACE, f"{self.name}:{self.tag} {self.image_id}")


def bill_of(record: ImageRecord, name: str, tag: str, image_id: str, store: LocalStore | None) -> Bill:
    """The bill of an image.json."""
    paths = {path.path for layer in record.layers for path in layer.paths}
    unknown = [layer.diff_id for layer in record.layers if not layer.paths]
    return of_paths(paths, unknown, name, tag, image_id, record.created, store)


def of_paths(
    paths: Iterable[str],
    unknown_layers: Iterable[str],
    name: str,
    tag: str,
    image_id: str,
    created: str | None,
    store: LocalStore | None,
) -> Bill:
    """The bill of an image of which only the store paths are known."""
    present = set(paths)
    materials = tuple(_material(path, present, store) for path in sorted(present))
    return Bill(name, tag, image_id, _moment(created), materials, tuple(unknown_layers))


def _material(path: str, present: set[str], store: LocalStore | None) -> Material:
    try:
        info = store.info(StorePath(path)) if store is not None else None
    except StoreError:
        info = None
    if info is None:
        return Material(path)
    references = tuple(one for one in info.references if one != path and one in present)
    return Material(path, info.nar_hash.prefixed_base16, info.nar_size, references)


def _moment(created: str | None) -> str:
    """The image's time if it has one that is meant; RFC 3339 without fractions, as SPDX wants it."""
    if created and created > "1980":
        return created[:19] + "Z"
    epoch = whole(os.environ.get("SOURCE_DATE_EPOCH", "")) or 0
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch if epoch < _YEAR_10_000 else 0))


# -- SPDX --------------------------------------------------------------------------------------------------------------


def spdx(bill: Bill) -> bytes:
    """The bill as SPDX 2.3."""
    root = "SPDXRef-image"
    ids = {one.path: f"SPDXRef-{_NOT_IN_ID.sub('-', os.path.basename(one.path))}" for one in bill.materials}
    layers = {layer: f"SPDXRef-layer-{layer.removeprefix('sha256:')}" for layer in bill.unknown_layers}
    relations = [_related("SPDXRef-DOCUMENT", "DESCRIBES", root)]
    relations += [_related(root, "CONTAINS", one) for one in (*ids.values(), *layers.values())]
    relations += [
        _related(ids[one.path], "DEPENDS_ON", ids[reference]) for one in bill.materials for reference in one.references
    ]
    image = _spdx_package(bill.name, root, bill.tag) | {
        "primaryPackagePurpose": "CONTAINER",
        "checksums": [{"algorithm": "SHA256", "checksumValue": bill.image_id.removeprefix("sha256:")}],
        "comment": "The checksum is that of the config document, the image's id.",
    }
    unknown = [
        _spdx_package(f"layer {layer}", layers[layer], "")
        | {
            "checksums": [{"algorithm": "SHA256", "checksumValue": layer.removeprefix("sha256:")}],
            "comment": "A layer of the base image; what is in it is not known here.",
        }
        for layer in bill.unknown_layers
    ]
    return _json(
        {
            "spdxVersion": "SPDX-2.3",
            "dataLicense": "CC0-1.0",
            "SPDXID": "SPDXRef-DOCUMENT",
            "name": f"{bill.name}:{bill.tag}",
            "documentNamespace": bill.namespace,
            "creationInfo": {"created": bill.created, "creators": [f"Tool: lixeval-{__version__}"]},
            "packages": [image, *(_spdx_material(one, ids[one.path]) for one in bill.materials), *unknown],
            "relationships": relations,
        }
    )


def _spdx_package(name: str, identifier: str, version: str) -> dict[str, object]:
    members: dict[str, object] = {"name": name, "SPDXID": identifier}
    if version:
        members["versionInfo"] = version
    return members | {
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
    }


def _spdx_material(one: Material, identifier: str) -> dict[str, object]:
    members = _spdx_package(one.name, identifier, one.version)
    members["externalRefs"] = [
        {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": one.package_url}
    ]
    hash_text = f", NAR hash {one.nar_hash}" if one.nar_hash else ""
    members["comment"] = f"{one.path}{hash_text}"
    return members


def _related(left: str, how: str, right: str) -> dict[str, str]:
    return {"spdxElementId": left, "relationshipType": how, "relatedSpdxElement": right}


# -- CycloneDX ---------------------------------------------------------------------------------------------------------


def cyclonedx(bill: Bill) -> bytes:
    """The bill as CycloneDX 1.5."""
    root = bill.image_id
    components = [_component(one) for one in bill.materials]
    components += [
        {
            "type": "file",
            "bom-ref": layer,
            "name": f"layer {layer}",
            "hashes": [{"alg": "SHA-256", "content": layer.removeprefix("sha256:")}],
            "description": "A layer of the base image; what is in it is not known here.",
        }
        for layer in bill.unknown_layers
    ]
    needed: Sequence[str] = (*(one.path for one in bill.materials), *bill.unknown_layers)
    return _json(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "serialNumber": bill.namespace,
            "version": 1,
            "metadata": {
                "timestamp": bill.created,
                "tools": {"components": [{"type": "application", "name": "lixeval", "version": __version__}]},
                "component": {"type": "container", "bom-ref": root, "name": bill.name, "version": bill.tag},
            },
            "components": components,
            "dependencies": [
                {"ref": root, "dependsOn": list(needed)},
                *({"ref": one.path, "dependsOn": list(one.references)} for one in bill.materials),
            ],
        }
    )


def _component(one: Material) -> dict[str, object]:
    properties = [{"name": "nix:store_path", "value": one.path}]
    if one.nar_hash:
        properties.append({"name": "nix:nar_hash", "value": one.nar_hash})
    members: dict[str, object] = {"type": "library", "bom-ref": one.path, "name": one.name}
    if one.version:
        members["version"] = one.version
    return members | {"purl": one.package_url, "properties": properties}


def _json(document: dict[str, object]) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "replace")


FORMATS: dict[str, tuple[str, Callable[[Bill], bytes]]] = {
    "spdx": (SPDX_TYPE, spdx),
    "cyclonedx": (CYCLONEDX_TYPE, cyclonedx),
}


def check_format(name: str) -> str:
    """`name` itself; raises ImageError if there is no such format."""
    if name not in FORMATS:
        raise ImageError(f"there is no bill of materials of the form '{name}'", hint="there are " + ", ".join(FORMATS))
    return name
