"""Bills of materials: what SPDX 2.3 and CycloneDX 1.5 ask for, and the same bytes for the same image."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from lixeval.containers import sbom
from lixeval.containers.image_json import ImageRecord
from lixeval.containers.layers_json import LayerPath, LayerRecord
from lixeval.containers.sbom import Bill, Material
from lixeval.errors import ImageError
from lixeval.oci import media_types

HASH = "b" * 32
GLIBC, BASH = f"/nix/store/{HASH}-glibc-2.36", f"/nix/store/{'c' * 32}-bash-interactive-5.2p15"
ID, LAYER = "sha256:" + "1" * 64, "sha256:" + "2" * 64
BILL = Bill(
    "docker.io/library/app",
    "v1",
    ID,
    "1970-01-01T00:00:00Z",
    (Material(BASH, "sha256:" + "f" * 64, 5, (GLIBC,)), Material(GLIBC)),
    (LAYER,),
)


def test_names_and_versions_are_those_of_parse_drv_name() -> None:
    # As builtins.parseDrvName of Nix 2.26 splits them.
    for text, wanted in {
        "glibc-2.36": ("glibc", "2.36"),
        "bash-interactive-5.2p15": ("bash-interactive", "5.2p15"),
        "profile": ("profile", ""),
        "gcc-wrapper-12.2.0-lib": ("gcc-wrapper", "12.2.0-lib"),
        "a-_b": ("a", "_b"),
        "nix-2.26pre-man": ("nix", "2.26pre-man"),
    }.items():
        material = Material(f"/nix/store/{HASH}-{text}")
        assert (material.name, material.version) == wanted
    assert Material(f"/nix/store/{HASH}-g++-1+2").package_url == "pkg:generic/g%2B%2B@1%2B2"


def test_spdx() -> None:
    document = json.loads(sbom.spdx(BILL))
    assert (document["spdxVersion"], document["dataLicense"], document["SPDXID"]) == (
        "SPDX-2.3",
        "CC0-1.0",
        "SPDXRef-DOCUMENT",
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", document["creationInfo"]["created"])
    packages = {one["SPDXID"]: one for one in document["packages"]}
    assert len(packages) == 4
    assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", name) for name in packages)
    assert all(one["downloadLocation"] and one["filesAnalyzed"] is False for one in packages.values())
    named = {one["name"]: one for one in packages.values()}
    assert named["bash-interactive"]["versionInfo"] == "5.2p15"
    assert named["bash-interactive"]["comment"] == f"{BASH}, NAR hash sha256:{'f' * 64}"
    relations = {
        (one["spdxElementId"], one["relationshipType"], one["relatedSpdxElement"]) for one in document["relationships"]
    }
    assert ("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-image") in relations
    assert (named["bash-interactive"]["SPDXID"], "DEPENDS_ON", named["glibc"]["SPDXID"]) in relations
    assert len([one for one in relations if one[1] == "CONTAINS"]) == 3
    assert {one[0] for one in relations} | {one[2] for one in relations} == {*packages, "SPDXRef-DOCUMENT"}


def test_cyclonedx() -> None:
    document = json.loads(sbom.cyclonedx(BILL))
    assert (document["bomFormat"], document["specVersion"], document["version"]) == ("CycloneDX", "1.5", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", document["serialNumber"])
    references = [one["bom-ref"] for one in document["components"]]
    assert references == [BASH, GLIBC, LAYER]
    dependencies = {one["ref"]: one["dependsOn"] for one in document["dependencies"]}
    assert dependencies == {ID: [BASH, GLIBC, LAYER], BASH: [GLIBC], GLIBC: []}


def test_the_same_image_has_the_same_bill(monkeypatch: pytest.MonkeyPatch) -> None:
    record = ImageRecord(
        (
            LayerRecord(LAYER, 1, LAYER, media_types.LAYER_TAR),
            LayerRecord(ID, 1, ID, media_types.LAYER_TAR, (LayerPath(GLIBC), LayerPath(BASH))),
        ),
        created="0001-01-01T00:00:00Z",
    )

    def made(**changes: Any) -> Bill:
        arguments: dict[str, Any] = {
            "record": record,
            "name": "app",
            "tag": "v1",
            "image_id": ID,
            "store": None,
        } | changes
        return sbom.bill_of(**arguments)

    assert made() == made()
    assert made().unknown_layers == (LAYER,)
    assert [one.path for one in made().materials] == [GLIBC, BASH]
    assert made(image_id=LAYER).namespace != made().namespace
    assert made().created == "1970-01-01T00:00:00Z"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert made().created == "1970-01-02T00:00:00Z"
    dated = ImageRecord(record.layers, created="2024-05-13T09:31:10.5Z")
    assert made(record=dated).created == "2024-05-13T09:31:10Z"


def test_forms_that_there_are_not() -> None:
    with pytest.raises(ImageError, match="'xml'"):
        sbom.check_format("xml")
