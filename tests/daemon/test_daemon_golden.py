"""The bytes that Nix's own tests have for its protocol, read and, where lixeval writes such values, written again.

LIXEVAL_NIX_PROTOCOL names the folder that has `worker-protocol` and `common-protocol` (libstore-tests' data in Nix's
sources); nothing of it is kept here.
"""

from __future__ import annotations

import json
import os
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from lixeval.daemon import values as v
from lixeval.daemon import wire
from lixeval.daemon.wire import Reader
from lixeval.formats import hashes
from lixeval.formats.store_path import STORE_DIR
from lixeval.store.path_info import PathInfo

DATA = Path(os.environ.get("LIXEVAL_NIX_PROTOCOL", "/nowhere"))

if not (DATA / "worker-protocol").is_dir():
    pytest.skip("no data of Nix's own tests: set LIXEVAL_NIX_PROTOCOL", allow_module_level=True)


def golden(name: str) -> tuple[bytes, Any]:
    return (DATA / f"{name}.bin").read_bytes(), json.loads((DATA / f"{name}.json").read_text())


def whole(data: bytes) -> Reader:
    """A reader that is to come to the end of the data."""
    return Reader(BytesIO(data).read)


@pytest.mark.parametrize("folder", ["worker-protocol", "common-protocol"])
def test_strings(folder: str) -> None:
    data, texts = golden(f"{folder}/string")
    reader = whole(data)
    assert [reader.text() for _ in texts] == texts and not reader.read(1)
    assert b"".join(wire.text(one) for one in texts) == data


@pytest.mark.parametrize("name, paths", [("store-path", v.read_path), ("optional-store-path", v.read_optional_path)])
def test_paths(name: str, paths: Any) -> None:
    data, expected = golden(f"worker-protocol/{name}")
    reader = whole(data)
    found = [paths(reader) for _ in expected]
    assert found == [None if one is None else f"{STORE_DIR}/{one}" for one in expected]
    assert b"".join(wire.text(one or "") for one in found) == data


def test_derived_paths() -> None:
    data, expected = golden("worker-protocol/derived-path-1.30")
    reader = whole(data)
    for one in expected:
        path, outputs = v.split_derived(reader.text())
        if isinstance(one, str):
            assert (path, outputs) == (f"{STORE_DIR}/{one}", None)
        else:
            named = () if one["outputs"] == ["*"] else tuple(one["outputs"])
            assert (path, outputs) == (f"{STORE_DIR}/{one['drvPath']}", named)


def described(info: PathInfo) -> dict[str, Any]:
    """What the data says of a path, as far as it is the same on the wire."""
    return {
        "deriver": info.deriver and info.deriver.removeprefix(STORE_DIR + "/"),
        "narHash": info.nar_hash.sri,
        "narSize": info.nar_size,
        "references": [path.removeprefix(STORE_DIR + "/") for path in info.references],
        "registrationTime": info.registration_time,
        "ultimate": info.ultimate,
        "signatures": sorted(info.signatures),
        "ca": None if info.ca is None else hashes.parse(info.ca.partition(":r:")[2]).sri,
    }


def test_path_infos() -> None:
    data, expected = golden("worker-protocol/valid-path-info-1.16")
    reader = whole(data)
    written = b""
    for one in expected:
        info = v.read_path_info(reader, v.read_path(reader))
        wanted = {name: one[name] for name in described(info)}
        wanted["signatures"] = sorted(f"{sig['keyName']}:{sig['sig']}" for sig in one["signatures"])
        wanted["ca"] = one["ca"] and one["ca"]["hash"]
        assert described(info) == wanted
        written += wire.text(info.path) + v.path_info(info)
    assert not reader.read(1) and written == data


@pytest.mark.parametrize("version", [(1, 29), (1, 37)])
def test_build_results(version: tuple[int, int]) -> None:
    data, expected = golden(f"worker-protocol/build-result-{version[0]}.{version[1]}")
    reader = whole(data)
    statuses = {"Built": v.BUILT, "OutputRejected": v.OUTPUT_REJECTED, "NotDeterministic": v.NOT_DETERMINISTIC}
    for one in expected:
        result = v.read_build_result(reader, version)
        assert (result.status, result.start, result.stop) == (
            statuses[one["status"]],
            one["startTime"],
            one["stopTime"],
        )
        assert result.message == one.get("errorMsg", "")
        outputs = {name: f"{STORE_DIR}/{made['outPath']}" for name, made in one.get("builtOutputs", {}).items()}
        assert result.outputs == outputs and result.is_success == one["success"]
    assert not reader.read(1)
