"""Whom to trust and who we are in TLS, for one host: what podman's and docker's folders of certificates say.

    ~/.config/containers/certs.d/HOST[:PORT]/      /etc/containers/certs.d/…      /etc/docker/certs.d/…
        *.crt                     certificates of authorities that are trusted too
        NAME.cert, NAME.key       what we show when the host asks who we are

HOST is the registry as its images name it.  All folders' authorities are trusted; the first pair counts.

Source: containers-certs.d(5); Docker's manual, "Verify repository client with certificates".
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lixeval.errors import ImageError
from lixeval.system.connections import tls_context

if TYPE_CHECKING:
    import ssl

_SYSTEM = ("/etc/containers/certs.d", "/etc/docker/certs.d")


def folders(environment: Mapping[str, str] | None = None) -> list[str]:
    """The folders of certificates, the user's first."""
    known = os.environ if environment is None else environment
    home = known.get("HOME") or os.path.expanduser("~")
    config = known.get("XDG_CONFIG_HOME") or f"{home}/.config"
    own = dict.fromkeys((f"{home}/.config/containers/certs.d", f"{config}/containers/certs.d"))
    return [*own, *_SYSTEM]


def context(trusted: Sequence[str], own: Sequence[str], *, verify: bool) -> ssl.SSLContext:
    """TLS to a host: the authorities of the hosts `trusted`, and the pair of one of the hosts `own`, if there is any.

    Raises ImageError, naming the file, for a certificate that cannot be read or has no key.
    """
    import ssl

    made = tls_context()
    if not verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    for path in _files(trusted, ".crt") if verify else ():
        try:
            made.load_verify_locations(path)
        except (OSError, ValueError) as error:
            raise ImageError(f"cannot read the certificates in '{path}': {_reason(error)}") from error
    pair = next(iter(_pairs(own)), None)
    if pair is not None:
        try:
            # Without a password nobody is asked for one in the middle of a push.
            made.load_cert_chain(*pair, password="")
        except (OSError, ValueError) as error:
            raise ImageError(f"cannot use the certificate '{pair[0]}' with its key: {_reason(error)}") from error
    return made


def _pairs(hosts: Sequence[str]) -> list[tuple[str, str]]:
    certificates, keys = _files(hosts, ".cert"), _files(hosts, ".key")
    for key in keys:
        if key.removesuffix(".key") + ".cert" not in certificates:
            raise ImageError(f"the key '{key}' has no certificate beside it: NAME.cert belongs to NAME.key")
    pairs = [(path, path.removesuffix(".cert") + ".key") for path in certificates]
    for path, key in pairs:
        if key not in keys:
            raise ImageError(
                f"the certificate '{path}' has no key beside it: NAME.key belongs to NAME.cert",
                hint="certificates of authorities end in .crt",
            )
    return pairs


def _files(hosts: Sequence[str], ending: str) -> list[str]:
    found = []
    for base in folders():
        for host in dict.fromkeys(hosts):
            try:
                names = sorted(os.listdir(f"{base}/{host}"))
            except OSError:
                continue
            found += [f"{base}/{host}/{name}" for name in names if name.endswith(ending)]
    return found


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", None)
    if isinstance(reason, str) and reason:
        return reason.replace("_", " ").lower()
    return (getattr(error, "strerror", None) or "it is not one").strip()
