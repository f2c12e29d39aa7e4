"""buildLayer and buildImage as Nix functions: their arguments, what they pass on, the same .drv files in real Nix."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lixeval.errors import EvalError, LixevalError
from lixeval.library import evaluate
from tests.support import real_nix

FUNCTIONS = Path(__file__).resolve().parents[2] / "lixeval/embedded/nix2container.nix"
FACTS = Path(__file__).parent / "functions/facts.nix"
EXPRESSION = f'import {FACTS} (import {FUNCTIONS} {{ system = "x86_64-linux"; }})'

EXPECTED = {
    "names": {
        "layer": "layers.json",
        "image": "image-My-App.json",
        "imageName": "example.org/group/my-app",
        "imageTag": "v1",
        "imageRefUnsafe": "example.org/group/my-app:v1",
        "tagIsHash": True,
        "refHasNoContext": True,
    },
    "nested": [0, 1, 2],
    "tagDoesNotMatter": True,
    "nameMatters": True,
    "contentsIsCopyToRoot": True,
    "bothThrow": True,
    "layerAttributes": {
        "maxLayers": "7",
        "reproducible": False,
        "history": {},
        "layers": ["layers.json", "layers.json"],
        "rewrites": [
            {
                "path": "/nix/store/00000000000000000000000000000000-x",
                "regex": "^/nix/store/00000000000000000000000000000000-x",
                "repl": "",
            }
        ],
        "defaultHistory": {"created_by": "nix2container"},
        "ignore": "",
        "flat": 1,
    },
    "imageAttributes": {
        "arch": "arm64",
        "created": "2024-05-13T09:31:10Z",
        "fromImage": "",
        "layers": 3 + 1,
        "defaultCreated": "0001-01-01T00:00:00Z",
        "meta": {"description": "text"},
    },
    "copying": [
        ["copy-to", "/bin/copy-to", ' "$@"'],
        [
            "copy-to-docker-daemon",
            "/bin/copy-to-docker-daemon",
            ' docker-daemon:example.org/group/my-app:v1 "$@"',
        ],
        ["copy-to-podman", "/bin/copy-to-podman", ' containers-storage:example.org/group/my-app:v1 "$@"'],
        ["copy-to-registry", "/bin/copy-to-registry", ' docker://example.org/group/my-app:v1 "$@"'],
    ],
    "pulled": {
        "name": "nix2container-quay.io-group-app.json",
        # nix-store --print-fixed-path tells these two.
        "folder": "/nix/store/42c7fdr97ny55v4amjz4bzv6f4i9nns4-docker-image-quay.io-group-app",
        "blobs": {"a" * 64: "/nix/store/h8k9af8gd2mjgqkh1j1vrj9svnx31whw-" + "a" * 64},
        "platform": ["linux", "amd64"],
        "getManifest": "#!/bin/sh\nexec lixeval manifest docker://registry-1.docker.io/group/app:latest"
        ' --os linux --arch amd64 "$@"\n',
        "withoutManifest": "#!/bin/sh\nexec lixeval manifest docker://registry-1.docker.io/x:latest"
        ' --os linux --arch amd64 "$@"\n',
    },
}


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIXEVAL_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def facts() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(evaluate(f"builtins.toJSON ({EXPRESSION})"))
    return found


def test_what_the_functions_give() -> None:
    found = facts()
    del found["drvPaths"]
    assert found == EXPECTED


def test_real_nix_makes_the_same_derivations() -> None:
    real = real_nix.command("nix-instantiate")
    words = [*real, "--eval", "--strict", "--json", "--readonly-mode", "-E", EXPRESSION]
    # Real Nix reads what lixeval has found out about the host.
    ours = facts()
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ours


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("buildLayer { unknown = 1; }", "unexpected argument 'unknown'"),
        ('buildImage { name = "x"; deps = [ ]; }', "unexpected argument 'deps'"),
        ("buildImage { }", "without required argument 'name'"),
        (
            'buildLayer { copyToRoot = "/nix/store/a"; contents = "/nix/store/b"; }',
            "You can not specify both contents and copyToRoot.",
        ),
        ('pullImage { imageName = "x"; }', "without required argument 'imageDigest'"),
        ('pullImageFromManifest { imageName = "x"; sha256 = ""; }', "unexpected argument 'sha256'"),
    ],
)
def test_wrong_calls(call: str, message: str) -> None:
    with pytest.raises(LixevalError) as failure:
        evaluate(f'builtins.seq (with import {FUNCTIONS} {{ system = "x86_64-linux"; }}; {call}) null')
    assert message in failure.value.message


@pytest.mark.parametrize(
    ("system", "arch"),
    [
        ("x86_64-linux", "amd64"),
        ("aarch64-linux", "arm64"),
        ("i686-linux", "386"),
        ("armv7l-linux", "arm"),
        ("powerpc64le-linux", "ppc64le"),
        ("powerpc64-linux", "ppc64"),
        ("riscv64-linux", "riscv64"),
        ("s390x-linux", "s390x"),
        ("loongarch64-linux", "loong64"),
    ],
)
def test_the_architecture_is_gos(system: str, arch: str) -> None:
    text = f'((import {FUNCTIONS} {{ system = "{system}"; }}).buildImage {{ name = "x"; }}).drvAttrs.arch'
    assert evaluate(text) == arch


def test_an_unknown_processor_needs_an_arch() -> None:
    functions = f'(import {FUNCTIONS} {{ system = "pdp11-unix"; }})'
    with pytest.raises(EvalError, match="give buildImage an arch"):
        evaluate(f'({functions}.buildImage {{ name = "x"; }}).drvPath')
    assert evaluate(f'({functions}.buildImage {{ name = "x"; arch = "pdp11"; }}).drvAttrs.arch') == "pdp11"
