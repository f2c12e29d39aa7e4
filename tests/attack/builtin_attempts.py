"""What attributes have been given to the builders inside lixeval: each has to end in a clean refusal, or to do no harm.

OUTSIDE stands for a folder of the user's with a file `secret` and a file `victim`; INPUT for a store path that is an
input and holds `link` -> OUTSIDE, `up` -> ../../../.., `secret` -> OUTSIDE/secret; FOREIGN for one that is valid and no
input.  CVE-2024-51481: builtin builders of Nix that ran without its sandbox.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

UP = "/../../../../../../../../../../../.."


@dataclass(frozen=True)
class Attempt:
    """`refused` is in the error, None where it may as well succeed without having reached anything."""

    name: str
    builder: str
    variables: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, Any] | None = None
    refused: str | None = ""
    fixed: bool = False


def writing(name: str, destination: str, refused: str) -> Attempt:
    return Attempt(name, "write-text", {"text": "evil", "destination": destination}, None, refused)


def farm(name: str, links: dict[str, str], refused: str) -> Attempt:
    return Attempt(name, "link-farm", {}, {"links": links}, refused)


def layer(name: str, graph: list[dict[str, Any]], refused: str, **more: Any) -> Attempt:
    return Attempt(name, "nix2container-layer", {}, {**LAYER, "graph": graph, **more}, refused)


def entry(path: str) -> dict[str, Any]:
    return {"path": path, "narHash": "sha256:" + "0" * 52, "narSize": 1, "references": []}


LAYER: dict[str, Any] = {
    "graph": [],
    "ignore": "",
    "rewrites": [],
    "perms": [],
    "history": {},
    "maxLayers": "1",
    "layers": [],
    "reproducible": True,
    "linkMoved": True,
}
IMAGE: dict[str, Any] = {
    "configFile": "INPUT/empty.json",
    "layers": [],
    "fromImage": None,
    "arch": "amd64",
    "created": "0001-01-01T00:00:00Z",
}
ENVIRONMENT: dict[str, Any] = {"packages": [{"paths": ["INPUT/package"], "priority": 5}], "pathsToLink": ["/"]}
TEXT = {"text": "evil"}
NOT_AN_INPUT = "is not among the inputs"
NOT_INSIDE = "is not a place inside the output"

WRITES = [
    writing("a text above the output", f"{UP}OUTSIDE/victim", NOT_INSIDE),
    writing("a text above the output, further down", f"/a/b{UP}OUTSIDE/victim", NOT_INSIDE),
    writing("a text beside the output", "/../evil", NOT_INSIDE),
    Attempt(
        "an image's text above the output",
        "nix2container-text",
        {},
        {**TEXT, "destination": f"{UP}OUTSIDE/victim"},
        NOT_INSIDE,
    ),
    Attempt(
        "a prefix above the output", "build-env", {}, {**ENVIRONMENT, "extraPrefix": f"{UP}OUTSIDE/new"}, NOT_INSIDE
    ),
    Attempt(
        "wanted folders above the output",
        "build-env",
        {},
        {**ENVIRONMENT, "pathsToLink": [f"{UP}OUTSIDE/new"]},
        NOT_INSIDE,
    ),
    farm("an entry above the output", {f"{UP}OUTSIDE/victim": "/x"}, NOT_INSIDE),
    farm("an entry below a link", {"a": "OUTSIDE", "a/victim": "/x"}, "where another entry is already"),
    farm(
        "an entry below a link to the root",
        {"a": "/", "aOUTSIDE/victim": "/x", "a/OUTSIDE/victim": "/x"},
        "where another entry is already",
    ),
    farm(
        "an entry below a link upwards",
        {"a": "../../../../../../../..", "a/OUTSIDE/victim": "/x"},
        "where another entry is already",
    ),
    farm("the output itself", {"": "/x"}, NOT_INSIDE),
    Attempt(
        "a root of a database above its folder",
        "nix2container-database",
        {},
        {"graph": [entry(f"{UP}OUTSIDE/victim")], "ignore": ""},
        None,
    ),
    Attempt(
        "a root of a database named ..",
        "nix2container-database",
        {},
        {"graph": [entry("/nix/store/..")], "ignore": ""},
        "File exists",
    ),
    Attempt("a manifest that is a path", "build-env", {}, {**ENVIRONMENT, "manifest": "OUTSIDE/victim"}, None),
    Attempt("a user environment's manifest", "buildenv", {"derivations": "", "manifest": "OUTSIDE/victim"}, None, None),
]

READS = [
    layer("a layer of a path above the store", [entry(f"/nix/store{UP}OUTSIDE/secret")], "not a path in the Nix store"),
    layer("a layer of a path of the user's", [entry("OUTSIDE/secret")], "not a path in the Nix store"),
    layer("a layer of a path that is no input", [entry("FOREIGN")], NOT_AN_INPUT),
    layer("a layer of the whole store", [entry("/nix/store")], "not a path in the Nix store"),
    layer("a layer of what a link leads to", [entry("INPUT/link/secret")], NOT_AN_INPUT),
    layer("attributes from a file of the user's", [], "not a path in the Nix store", attributesFrom=["OUTSIDE/secret"]),
    layer("attributes from a link", [], NOT_AN_INPUT, attributesFrom=["INPUT/secret"]),
    layer("layers from a link", [], NOT_AN_INPUT, layers=["INPUT/secret"]),
    Attempt(
        "a configuration of the user's",
        "nix2container-image",
        {},
        {**IMAGE, "configFile": "OUTSIDE/secret"},
        "not a path in the Nix store",
    ),
    Attempt(
        "a configuration above the store",
        "nix2container-image",
        {},
        {**IMAGE, "configFile": f"/nix/store{UP}OUTSIDE/secret"},
        "not a path in the Nix store",
    ),
    Attempt(
        "a configuration that is a link",
        "nix2container-image",
        {},
        {**IMAGE, "configFile": "INPUT/secret"},
        NOT_AN_INPUT,
    ),
    Attempt(
        "a configuration below a link",
        "nix2container-image",
        {},
        {**IMAGE, "configFile": "INPUT/link/secret"},
        NOT_AN_INPUT,
    ),
    Attempt(
        "a configuration by links upwards",
        "nix2container-image",
        {},
        {**IMAGE, "configFile": "INPUT/up/OUTSIDE/secret"},
        NOT_AN_INPUT,
    ),
    Attempt(
        "a configuration that is no input", "nix2container-image", {}, {**IMAGE, "configFile": "FOREIGN"}, NOT_AN_INPUT
    ),
    Attempt(
        "a base image that is a link", "nix2container-image", {}, {**IMAGE, "fromImage": "INPUT/secret"}, NOT_AN_INPUT
    ),
    Attempt(
        "an image from a folder of the user's",
        "nix2container-image-from-dir",
        {},
        {"dir": "OUTSIDE"},
        "not a path in the Nix store",
    ),
    Attempt(
        "an image from a folder behind a link", "nix2container-image-from-dir", {}, {"dir": "INPUT/link"}, NOT_AN_INPUT
    ),
    Attempt(
        "blobs from the user's files",
        "nix2container-image-from-manifest",
        {},
        {"blobs": "OUTSIDE/secret", "manifest": "OUTSIDE/secret"},
        "not a path in the Nix store",
    ),
    Attempt(
        "an archive of the user's",
        "nix2container-unpack",
        {},
        {"archive": "OUTSIDE/secret"},
        "not a path in the Nix store",
    ),
    Attempt("an archive that is a link", "nix2container-unpack", {}, {"archive": "INPUT/secret"}, NOT_AN_INPUT),
    Attempt("a layout whose blobs are links", "nix2container-unpack", {}, {"archive": "INPUT/layout"}, ""),
    Attempt(
        "an image that is a link",
        "nix2container-archive",
        {},
        {"image": "INPUT/secret", "reference": "a:b"},
        NOT_AN_INPUT,
    ),
    Attempt(
        "an image whose layers are the user's files",
        "nix2container-archive",
        {},
        {"image": "INPUT/image.json", "reference": "a:b"},
        "not a path in the Nix store",
    ),
    Attempt("roots of the user's", "nix2container-root", {}, {"roots": ["OUTSIDE"]}, "leads nowhere"),
    Attempt("a root that is a link", "nix2container-root", {}, {"roots": ["INPUT/link"]}, "leads nowhere"),
    Attempt("a root with links to folders outside", "nix2container-root", {}, {"roots": ["INPUT"]}, None),
    Attempt("joined paths of the user's", "symlink-join", {}, {"paths": ["OUTSIDE"]}, "does not exist"),
    Attempt(
        "joined paths above the store", "symlink-join", {}, {"paths": [f"/nix/store{UP}OUTSIDE"]}, "does not exist"
    ),
    Attempt("a joined path that is a link", "symlink-join", {}, {"paths": ["INPUT/link"]}, "leads nowhere"),
    Attempt("a package of the user's", "build-env", {}, {"packages": [{"paths": ["OUTSIDE"], "priority": 5}]}, None),
    Attempt("a package behind a link", "build-env", {}, {"packages": [{"paths": ["INPUT/link"], "priority": 5}]}, None),
    Attempt(
        "a package that propagates what a file of the user's says",
        "build-env",
        {},
        {"packages": [{"paths": ["INPUT/propagating"], "priority": 5}]},
        None,
    ),
    Attempt(
        "a user environment of the user's folder",
        "buildenv",
        {"derivations": "true 5 1 OUTSIDE"},
        None,
        "because it is not a directory",
    ),
    Attempt(
        "a user environment that propagates a file's words",
        "buildenv",
        {"derivations": "true 5 1 INPUT/propagating"},
        None,
        None,
    ),
    Attempt(
        "a file of the user's by URL",
        "fetchurl",
        {"url": "file://OUTSIDE/secret"},
        None,
        "does not see the files of this machine",
        True,
    ),
    Attempt("a file of the user's by another case", "fetchurl", {"url": "FILE://OUTSIDE/secret"}, None, "", True),
    Attempt(
        "a file above the store by URL",
        "fetchurl",
        {"url": f"file:///nix/store{UP}OUTSIDE/secret"},
        None,
        "does not see the files of this machine",
        True,
    ),
    Attempt("a file behind a link by URL", "fetchurl", {"url": "file://INPUT/secret"}, None, NOT_AN_INPUT, True),
    Attempt(
        "a file of the user's, executable",
        "fetchurl",
        {"url": "file://OUTSIDE/secret", "executable": "1"},
        None,
        "does not see the files of this machine",
        True,
    ),
    Attempt(
        "an archive of the user's by URL",
        "fetchurl",
        {"url": "file://OUTSIDE/secret", "unpack": "1"},
        None,
        "does not see the files of this machine",
        True,
    ),
    Attempt(
        "one of several URLs",
        "fetch",
        {"urls": "file://OUTSIDE/secret"},
        None,
        "does not see the files of this machine",
        True,
    ),
    Attempt(
        "a URL without a hash",
        "fetchurl",
        {"url": "http://127.0.0.1:9/x"},
        None,
        "must be a fixed-output or impure derivation",
    ),
    Attempt(
        "several URLs without a hash",
        "fetch",
        {"urls": "http://127.0.0.1:9/x"},
        None,
        "must be a fixed-output or impure derivation",
    ),
    Attempt(
        "an image without a hash",
        "nix2container-pull",
        {},
        {
            "imageName": "127.0.0.1:9/x",
            "imageDigest": "sha256:" + "0" * 64,
            "arch": "amd64",
            "os": "linux",
            "tlsVerify": False,
        },
        "must be a fixed-output or impure derivation",
    ),
    Attempt(
        "a package's dependency that is the user's",
        "host-package",
        {
            "hostPackage": "x",
            "hostMembers": "OUTSIDE/secret 1 a",
            "hostAttribute": "",
            "fingerprint": "",
            "dependencies": "OUTSIDE",
            "dependencyNames": "x",
        },
        None,
        "no longer has the package",
    ),
]

ATTEMPTS = [*WRITES, *READS]
