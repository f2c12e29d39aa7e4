"""`lixeval explain --derivation`: every number can be computed again by hand, and is real Nix's."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lixeval.cli import run

SOURCE = """derivation {
  name = "src.tar"; system = "builtin"; builder = "builtin:fetchurl"; url = "http://x/y";
  outputHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="; outputHashMode = "MODE";
}"""
PLAIN = """let
  src = SOURCE;
  lib = derivation { name = "lib"; system = "x86_64-linux"; builder = "/bin/sh"; inherit src; };
in derivation {
  name = "d"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo > $out" ];
  inherit src lib; n = 3; text = builtins.toFile "t" "x"; outputs = [ "out" "dev" ];
}"""


def stages(text: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert run(["explain", "--derivation", "-E", text, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def nix32(data: bytes) -> str:
    """The manual's definition: digits of five bits, from the number that the bytes are, little end first."""
    number = int.from_bytes(data, "little")
    digits = (len(data) * 8 + 4) // 5
    return "".join("0123456789abcdfghijklmnpqrsvwxyz"[(number >> (5 * at)) & 31] for at in reversed(range(digits)))


def path_of(fingerprint: str) -> str:
    digest = hashlib.sha256(fingerprint.encode()).digest()
    folded = bytearray(20)
    for at, byte in enumerate(digest):
        folded[at % 20] ^= byte
    return f"/nix/store/{nix32(bytes(folded))}-{fingerprint.rpartition(':')[2]}"


STRUCTURED = """derivation {
  name = "s"; system = "x86_64-linux"; builder = "/bin/sh"; __structuredAttrs = true;
  outputs = [ "out" "lib" ]; list = [ 1 2 ]; "quoted \\" \\n" = "\\t";
}"""

FLOATING = """derivation {
  name = "f"; system = "x86_64-linux"; builder = "/bin/sh"; outputs = [ "out" "dev" ];
  __contentAddressed = true; outputHashMode = "recursive"; outputHashAlgo = "sha256";
}"""


def texts() -> list[str]:
    return [
        PLAIN.replace("SOURCE", SOURCE.replace("MODE", "flat")),
        SOURCE.replace("MODE", "flat"),
        SOURCE.replace("MODE", "recursive"),
        STRUCTURED,
    ]


KINDS = ["plain", "flat", "recursive", "structured"]


@pytest.mark.parametrize("text", texts(), ids=KINDS)
def test_every_number_can_be_recomputed(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = stages(text, capsys)
    paths = 0
    for stage in told["stages"]:
        assert hashlib.sha256(stage["hashed"].encode()).hexdigest() == stage["sha256"], stage["title"]
        if stage["title"].startswith("path of"):
            assert path_of(stage["hashed"]) == stage["result"]
            output = stage["title"].split("'")[1] if "'" in stage["title"] else "out"
            assert told["environment"][output] == stage["result"]
            paths += 1
    outputs = json.loads(told["environment"].get("__json", "{}")).get("outputs")
    assert paths == len(outputs or told["environment"].get("outputs", "out").split())
    last = told["stages"][-1]
    fingerprint = last["note"].removeprefix("its path is the hash of ")
    assert f":sha256:{last['sha256']}:" in fingerprint
    assert path_of(fingerprint) == last["result"] == told["derivation"]


def test_hashes_of_inputs_come_first_and_stand_in_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    told = stages(texts()[0], capsys)
    titles = [stage["title"] for stage in told["stages"]]
    assert titles == [
        "hash modulo of src.tar.drv",
        "hash modulo of lib.drv",
        "hash modulo, to find the outputs",
        "path of the output 'dev'",
        "path of the output 'out'",
        "the .drv",
    ]
    source, lib, own = told["stages"][:3]
    assert source["hashed"].startswith("fixed:out:sha256:000")
    assert source["sha256"] in lib["hashed"] and lib["sha256"] in own["hashed"]
    assert {"name": "n", "value": "3"} in told["attributes"]
    assert told["environment"]["n"] == "3"


def test_the_text_that_gives_the_outputs_is_the_drv_without_them(capsys: pytest.CaptureFixture[str]) -> None:
    """By hand: no output paths, and each input .drv replaced by its hash, in their order."""
    told = stages(texts()[0], capsys)
    by_title = {stage["title"]: stage for stage in told["stages"]}
    text = by_title["the .drv"]["hashed"]
    for name in ("out", "dev"):
        text = text.replace(told["environment"][name], "")
    before, _, rest = text.partition("],[")
    inputs, _, after = rest.partition('],["/nix/store')
    needed = dict(re.findall(r'\("([^"]*)",(\["out"\])\)', inputs))
    assert sorted(path[44:] for path in needed) == ["lib.drv", "src.tar.drv"]
    hashes = {by_title[f"hash modulo of {path[44:]}"]["sha256"]: outputs for path, outputs in needed.items()}
    replaced = ",".join(f'("{each}",{outputs})' for each, outputs in sorted(hashes.items()))
    expected = f'{before}],[{replaced}],["/nix/store{after}'
    assert by_title["hash modulo, to find the outputs"]["hashed"] == expected


def test_an_output_that_nobody_knows_yet_has_a_placeholder(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "--derivation", "-E", FLOATING]) == 1
    assert "experimental Nix feature 'ca-derivations' is disabled" in capsys.readouterr().err
    words = ["--extra-experimental-features", "ca-derivations", "-E", FLOATING, "--json"]
    assert run(["explain", "--derivation", *words]) == 0
    told = json.loads(capsys.readouterr().out)
    for stage, output in zip(told["stages"], ["dev", "out"], strict=False):
        digest = hashlib.sha256(f"nix-output:{output}".encode()).digest()
        assert stage["sha256"] == digest.hex()
        assert stage["result"] == told["environment"][output] == f"/{nix32(digest)}"
    last = told["stages"][-1]
    assert hashlib.sha256(last["hashed"].encode()).hexdigest() == last["sha256"]
    assert path_of(f"text:sha256:{last['sha256']}:/nix/store:f.drv") == last["result"] == told["derivation"]


NIX = os.environ.get("LIXEVAL_TEST_NIX", "")


@pytest.mark.skipif(not NIX, reason="needs real Nix: LIXEVAL_TEST_NIX names what runs its commands")
@pytest.mark.parametrize("text", texts(), ids=KINDS)
def test_the_paths_are_those_of_real_nix(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = stages(text, capsys)
    expression = f"let d = {text}; in [ d.drvPath d.outPath ]"
    command = [*NIX.split(), "nix-instantiate", "--eval", "--strict", "--json", "--readonly-mode", "-E", expression]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [told["derivation"], told["environment"]["out"]]


def test_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "--derivation", "-E", texts()[0]]) == 0
    out = capsys.readouterr().out
    assert "  n = 3\n" in out
    assert "output:dev:sha256:" in out
    assert "characters in all: --json has them" in out


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["as it is", "packed"])
def test_an_image_down_to_its_digest(
    pack: Callable[[bytes], bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("a"))
    data = layer.getvalue()
    stored = pack(data)
    blobs = tmp_path / "image/blobs/sha256"
    blobs.mkdir(parents=True)

    def put(content: bytes, media_type: str) -> dict[str, Any]:
        digest = hashlib.sha256(content).hexdigest()
        (blobs / digest).write_bytes(content)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    diff_id = "sha256:" + hashlib.sha256(data).hexdigest()
    config = {"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": [diff_id]}}
    types = "application/vnd.oci.image."
    manifest = {
        "schemaVersion": 2,
        "mediaType": types + "manifest.v1+json",
        "config": put(json.dumps(config).encode(), types + "config.v1+json"),
        "layers": [put(stored, types + ("layer.v1.tar" if stored == data else "layer.v1.tar+gzip"))],
    }
    entry = put(json.dumps(manifest).encode(), types + "manifest.v1+json")
    (tmp_path / "image/index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    (tmp_path / "image/oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    assert run(["explain", "--derivation", f"oci:{tmp_path}/image", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    layer_stage, *packed, config_stage, manifest_stage = told["stages"]
    assert layer_stage["result"] == diff_id == "sha256:" + layer_stage["sha256"]
    assert [stage["result"] for stage in packed] == [
        digest for digest in ["sha256:" + hashlib.sha256(stored).hexdigest()] if digest != diff_id
    ]
    assert all(stage["result"] == "sha256:" + stage["sha256"] for stage in packed)
    assert hashlib.sha256(config_stage["hashed"].encode()).hexdigest() == config_stage["sha256"]
    assert manifest_stage["result"] == entry["digest"] == "sha256:" + manifest_stage["sha256"]


def test_what_cannot_be_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "--derivation", "-E", "1"]) == 1
    assert "derivation" in capsys.readouterr().err
    assert run(["explain", "--derivation", "/nowhere.tar"]) == 1
    assert "/nowhere.tar" in capsys.readouterr().err
