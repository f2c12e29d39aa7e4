"""pullImage and pullImageFromManifest: from a registry on this machine to an image on top of what was pulled."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lixeval import cli
from lixeval.formats import nar
from lixeval.oci import media_types
from lixeval.oci.blob import FileBlob
from lixeval.oci.config import History, config_blob
from lixeval.oci.image import Image, Layer
from lixeval.oci.tar_header import REGULAR, Entry
from lixeval.oci.tar_layer import LayerWriter
from lixeval.oci.validate import validate

FUNCTIONS = Path(__file__).resolve().parents[2] / "lixeval/embedded/nix2container.nix"


class Result(NamedTuple):
    code: int
    stdout: str
    stderr: str


@pytest.fixture
def base(registry: Any, tmp_path: Path) -> Image:
    """An image of two layers, one of them empty of files, that the registry has as group/base:v1."""
    layers = []
    for number, data in enumerate((b"from the base\n" * 5000, b"")):
        path = tmp_path / f"layer{number}"
        with path.open("wb") as stream, LayerWriter(stream.fileno()) as writer:
            if data:
                writer.add(Entry(b"/base", REGULAR, 0o444, len(data)), data)
            layers.append(Layer(FileBlob(*writer.finish(), str(path)), ""))
    layers = [Layer(layer.blob, layer.blob.digest) for layer in layers]
    history = [History(created_by="one"), History(created_by="ENV", empty_layer=True), History(created_by="two")]
    run_config = {"Env": ["PATH=/base/bin"], "Labels": {"from": "base"}}
    moment = "2024-05-13T09:31:10Z"
    image = Image(config_blob(run_config, "amd64", moment, [one.diff_id for one in layers], history), tuple(layers))
    registry.blobs["group/base"] = {image.image_id: image.config} | {
        layer.blob.digest: (tmp_path / f"layer{number}").read_bytes() for number, layer in enumerate(layers)
    }
    data = image.manifest.to_bytes()
    digest = registry_digest(data)
    registry.manifests["group/base"] = dict.fromkeys(("v1", digest), (data, media_types.MANIFEST))
    return image


def registry_digest(data: bytes) -> str:
    import hashlib

    return "sha256:" + hashlib.sha256(data).hexdigest()


def folder_hash(image: Image, folder: Path) -> str:
    """The hash of what `skopeo copy docker://… dir:…` makes of an image: an independent way to write that folder."""
    folder.mkdir()
    (folder / "version").write_bytes(b"Directory Transport Version: 1.1\n")
    (folder / "manifest.json").write_bytes(image.manifest.to_bytes())
    (folder / image.image_id.removeprefix("sha256:")).write_bytes(image.config)
    for layer in image.layers:
        assert isinstance(layer.blob, FileBlob)
        shutil.copy(layer.blob.path, folder / layer.blob.digest.removeprefix("sha256:"))
    return nar.dump_hash(str(folder))[0].sri


@pytest.fixture
def lixeval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Any]:
    for name in ("STORE", "CACHE", "DATA"):
        variable = "LIXEVAL_STORE" if name == "STORE" else f"XDG_{name}_HOME"
        monkeypatch.setenv(variable, str(tmp_path / name.lower()))
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "auth.json"))
    (tmp_path / "auth.json").write_text("{}")
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Result:
        code = cli.main(list(words))
        sys.stdout.flush()
        return Result(code, *capfd.readouterr())

    yield run
    for folder, _, _ in os.walk(tmp_path / "store"):
        os.chmod(folder, 0o755)


def image_on(pull: str) -> str:
    return f"""
      with import {FUNCTIONS} {{ system = "x86_64-linux"; }};
      buildImage {{ name = "top"; tag = "v1"; config.Cmd = [ "sh" ]; fromImage = {pull}; }}
    """


@pytest.fixture
def pull_image(registry: Any, base: Image, tmp_path: Path) -> Callable[..., str]:
    def expression(**changes: str) -> str:
        words = {
            "imageName": f"{registry.host}/group/base",
            "imageDigest": registry_digest(base.manifest.to_bytes()),
            "sha256": changes.get("sha256") or folder_hash(base, tmp_path / "expected"),
            **changes,
        }
        return "(pullImage { " + " ".join(f'{name} = "{value}";' for name, value in words.items()) + " })"

    return expression


def written(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Manifest and config of a layout's image."""

    def blob(digest: str) -> Any:
        return json.loads((folder / "blobs/sha256" / digest.removeprefix("sha256:")).read_bytes())

    manifest = blob(json.loads((folder / "index.json").read_text())["manifests"][0]["digest"])
    return manifest, blob(manifest["config"]["digest"])


def test_pull_image(lixeval: Any, pull_image: Any, base: Image, registry: Any, tmp_path: Path) -> None:
    done = lixeval("-E", image_on(pull_image()), "--to", "oci:out")
    assert done.code == 0, done.stderr
    assert validate(str(tmp_path / "out")) == []
    manifest, config = written(tmp_path / "out")
    assert [layer["size"] for layer in manifest["layers"]] == [layer.blob.size for layer in base.layers]
    assert config["rootfs"]["diff_ids"] == [layer.diff_id for layer in base.layers]
    asked = len(registry.seen)
    assert lixeval("-E", image_on(pull_image(sha256=nar.dump_hash(str(tmp_path / "expected"))[0].sri))).code == 0
    assert len(registry.seen) == asked


def test_pull_image_from_manifest(lixeval: Any, base: Image, registry: Any, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(base.manifest.to_bytes())
    pull = f"""(pullImageFromManifest {{
      imageName = "group/base"; registryUrl = "{registry.host}"; imageManifest = {tmp_path}/manifest.json;
    }})"""
    done = lixeval("-E", image_on(pull), "--to", "oci:out", "--to", "docker-archive:out.tar")
    assert done.code == 0, done.stderr
    assert validate(str(tmp_path / "out")) == []
    assert [layer["digest"] for layer in written(tmp_path / "out")[0]["layers"]] == [
        layer.blob.digest for layer in base.layers
    ]


def test_a_wrong_hash_says_which_it_is(lixeval: Any, pull_image: Any, base: Image, tmp_path: Path) -> None:
    right = folder_hash(base, tmp_path / "right")
    done = lixeval("-E", image_on(pull_image(sha256="sha256-" + "A" * 43 + "=")))
    assert done.code == 102
    assert right in done.stderr


def test_what_the_registry_must_not_do(lixeval: Any, pull_image: Any, base: Image, registry: Any) -> None:
    digest = base.layers[0].blob.digest
    registry.blobs["group/base"][digest] += b"and more"
    done = lixeval("-E", image_on(pull_image()))
    assert done.code == 1 and f"sends more than the {base.layers[0].blob.size} bytes" in done.stderr
    registry.blobs["group/base"][digest] = b"x" * base.layers[0].blob.size
    done = lixeval("-E", image_on(pull_image(sha256="sha256-" + "A" * 43 + "=")))
    assert done.code == 1 and f"for the blob {digest}" in done.stderr


def test_a_size_that_cannot_be_true(lixeval: Any, base: Image, registry: Any, tmp_path: Path) -> None:
    manifest = base.manifest.to_bytes().replace(f'"size":{base.layers[0].blob.size}'.encode(), b'"size":%d' % (1 << 62))
    (tmp_path / "manifest.json").write_bytes(manifest)
    pull = f"""(pullImageFromManifest {{
      imageName = "group/base"; registryUrl = "{registry.host}"; imageManifest = {tmp_path}/manifest.json;
    }})"""
    done = lixeval("-E", image_on(pull))
    assert done.code == 1 and f"needs {1 << 62} bytes" in done.stderr


def test_another_platform_of_an_index(lixeval: Any, pull_image: Any, base: Image, registry: Any) -> None:
    entries = [
        {
            "mediaType": media_types.MANIFEST,
            "digest": registry_digest(base.manifest.to_bytes()),
            "size": len(base.manifest.to_bytes()),
            "platform": {"os": "linux", "architecture": "amd64"},
        }
    ]
    index = json.dumps({"schemaVersion": 2, "mediaType": media_types.INDEX, "manifests": entries}).encode()
    registry.manifests["group/base"][registry_digest(index)] = (index, media_types.INDEX)
    there = {"imageDigest": registry_digest(index)}
    assert lixeval("-E", image_on(pull_image(**there))).code == 0
    hashed = {"sha256": "sha256-" + "A" * 43 + "=", "arch": "arm64"}
    done = lixeval("-E", image_on(pull_image(**there, **hashed)))
    assert done.code == 1 and "has no image for linux/arm64" in done.stderr
    assert "it has: linux/amd64" in done.stderr


def test_the_manifest_command(lixeval: Any, base: Image, registry: Any) -> None:
    done = lixeval("manifest", f"docker://{registry.host}/group/base:v1", "--arch=amd64")
    assert (done.code, done.stdout.encode()) == (0, base.manifest.to_bytes())
    assert lixeval("manifest").code == 1
    assert lixeval("manifest", f"docker://{registry.host}/group/other").code == 1


def test_programs_that_copy(lixeval: Any, registry: Any, tmp_path: Path) -> None:
    image = f"""
      with import {FUNCTIONS} {{ system = "x86_64-linux"; }};
      buildImage {{ name = "{registry.host}/app"; tag = "v1"; config.Cmd = [ "sh" ]; }}
    """
    assert lixeval("-E", image, "--to", "oci:first").code == 0
    done = lixeval("-E", f"({image}).copyToRegistry", "--no-link")
    assert done.code == 0, done.stderr
    program = Path(str(tmp_path / "store") + done.stdout.strip()) / "bin/copy-to-registry"
    (tmp_path / "bin").mkdir()
    command = f'#!/bin/sh\nexec {sys.executable} -m lixeval "$@"\n'
    (tmp_path / "bin/lixeval").write_text(command)
    (tmp_path / "bin/lixeval").chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
    environment["PYTHONPATH"] = str(FUNCTIONS.parents[2])
    words = [str(program), "--dest-compress-format=none"]
    words += ["--insecure-policy", "--dest-creds", "me:secret", "--dest-tls-verify=false"]  # as skopeo calls them
    again = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert json.loads(registry.manifests["app"]["v1"][0]) == written(tmp_path / "first")[0]
    image_json = next((tmp_path / "store/nix/store").glob("*-image-app.json"))
    assert lixeval("copy", str(image_json), "oci:copied:v2").stdout == "oci:copied:v2\n"
    # An image without layers is what the original makes of it; see test_containers_remarks.
    assert all("layers" in fault for fault in validate(str(tmp_path / "copied")))
    assert lixeval("copy", str(tmp_path / "nothing"), "oci:x").code == 1
    assert lixeval("copy", str(image_json)).code == 1
