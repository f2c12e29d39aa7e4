"""The builders behind pullImage and pullImageFromManifest: images and blobs out of registries, and their image.json.

    builtin:nix2container-pull                 imageName, imageDigest, os, arch, tlsVerify
                                               -> the folder that `skopeo copy docker://NAME@DIGEST dir:...` makes
    builtin:nix2container-blob                 registryUrl, imageName, digest, size, tlsVerify     -> the blob
    builtin:nix2container-image-from-dir       dir                                                 -> image.json
    builtin:nix2container-image-from-manifest  manifest, blobs (JSON: digest without "sha256:" -> path)  -> image.json

The first two are fixed outputs: what they give is what the derivation says, or an error.  A registry's answers are
bounded and checked by digest before that (`lixeval.oci.registry`).  Credentials are those that podman and docker keep;
/etc/skopeo/auth.json comes first where it exists, as for the original.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from lixeval.build.builders.builder import BuildContext, Builtin, BuiltinBuilder
from lixeval.build.builders.shapes import flag, maybe, text, whole
from lixeval.containers import image_json
from lixeval.errors import BuildError, ImageError
from lixeval.oci import digest as digests
from lixeval.oci import go_json

if TYPE_CHECKING:
    from lixeval.oci.registry.credentials import Credentials
    from lixeval.oci.registry.location import Location
    from lixeval.oci.registry.pull import Platform
    from lixeval.oci.registry.session import Settings

_AUTHFILE = "/etc/skopeo/auth.json"
_LARGEST_DOCUMENT = 64 << 20


def _settings(context: BuildContext, tls_verify: Any) -> Settings:
    from lixeval.oci.registry.observer import TransferObserver
    from lixeval.oci.registry.session import Settings

    class Log(TransferObserver):
        """One line a blob in the build log."""

        def finished(self, digest: str, how: str) -> None:
            context.log(f"{digest} {how}")

        def message(self, text: str) -> None:
            context.log(text)

    return Settings(credentials=context.outside, tls_verify=tls_verify is not False, observer=Log())


def credentials_for(attributes: Mapping[str, Any]) -> Credentials | None:
    """What the user, or the machine, has for the registry that is asked."""
    from lixeval.oci.registry import credentials, location

    name, registry = attributes.get("imageName"), attributes.get("registryUrl")
    place = f"{registry}/{name}" if isinstance(registry, str) else name
    if not isinstance(place, str):
        return None
    authfile = _AUTHFILE if os.access(_AUTHFILE, os.R_OK) else None
    return credentials.find(location.parse(location.PREFIX + place), authfile)


def asked_image(context: BuildContext) -> tuple[Location, Platform, Settings]:
    """Which image a derivation asks for, for which platform, and how to speak to its registry."""
    from lixeval.oci.registry import location
    from lixeval.oci.registry.pull import Platform

    attributes = context.asked(imageName=text, imageDigest=text, arch=text, os=text, tlsVerify=flag)
    where = location.parse(f"{location.PREFIX}{attributes['imageName']}@{attributes['imageDigest']}")
    platform = Platform(str(attributes["arch"]), str(attributes["os"]))
    context.log(f"pulling {where} for {platform}")
    return where, platform, _settings(context, attributes.get("tlsVerify"))


def pull(context: BuildContext) -> None:
    """Pull an image into a folder."""
    from lixeval.oci.registry.pull import pull_directory

    where, platform, settings = asked_image(context)
    pull_directory(where, context.out, settings, platform)


def pull_blob(context: BuildContext) -> None:
    """Pull a blob into a file."""
    from lixeval.oci.registry import location
    from lixeval.oci.registry.pull import fetch_blob

    attributes = context.asked(registryUrl=text, imageName=text, digest=text, size=maybe(whole), tlsVerify=flag)
    where = location.parse(f"{location.PREFIX}{attributes['registryUrl']}/{attributes['imageName']}")
    size = attributes.get("size")
    if size is not None and size < 0:
        raise BuildError(f"the blob's size must be a number, not {size!r}", drv_path=context.drv_path)
    digest = digests.check(str(attributes["digest"]))
    fetch_blob(where, digest, size, context.out, _settings(context, attributes.get("tlsVerify")))


def image_from_dir(context: BuildContext) -> None:
    """The image.json of a folder that `pull` made."""
    folder = str(context.asked(dir=text)["dir"])
    real = context.store.followed

    def place(digest: str) -> str:
        return f"{folder}/{digests.encoded(digest)}"

    _write_image(context, _document(real(f"{folder}/manifest.json")), lambda digest: real(place(digest)), place)


def image_from_manifest(context: BuildContext) -> None:
    """The image.json of a manifest whose blobs were pulled one by one."""
    attributes = context.asked(blobs=text, manifest=text)
    real = context.store.followed
    blobs = go_json.parse(_document(real(str(attributes["blobs"]))))
    if not isinstance(blobs, go_json.Object):
        raise ImageError(f"the map of blobs must be an object, not {go_json.kind(blobs)}")

    def place(digest: str) -> str:
        path = blobs.get(digests.encoded(digest))
        if not isinstance(path, str):
            raise ImageError(f"no blob is given for {digest}")
        return path

    _write_image(context, _document(real(str(attributes["manifest"]))), lambda digest: real(place(digest)), place)


def _write_image(
    context: BuildContext, manifest: bytes, config_file: Callable[[str], str], place: Callable[[str], str]
) -> None:
    image = image_json.from_manifest(manifest, lambda digest: _checked(_document(config_file(digest)), digest), place)
    with context.tree() as tree:
        tree.write("", image.to_bytes())


def _checked(data: bytes, digest: str) -> bytes:
    if digests.of_bytes(data) != digest:
        raise ImageError(f"the config {digest} is another one: {digests.of_bytes(data)}")
    return data


def _document(path: str) -> bytes:
    with open(path, "rb") as file:
        data = file.read(_LARGEST_DOCUMENT + 1)
    if len(data) > _LARGEST_DOCUMENT:
        raise ImageError(f"'{path}' is larger than {_LARGEST_DOCUMENT} bytes")
    return data


builders: dict[str, BuiltinBuilder] = {
    "pull": Builtin(pull, fetches=True, ask_outside=credentials_for),
    "blob": Builtin(pull_blob, fetches=True, ask_outside=credentials_for),
    "image-from-dir": image_from_dir,
    "image-from-manifest": image_from_manifest,
}
