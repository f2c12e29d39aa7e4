"""How this machine reaches others by HTTP: by which proxy, and whose certificates it trusts.

Proxies are those of the usual variables (http_proxy, https_proxy, no_proxy), with a user and password if their URL has
them.  Trusted are the machine's certificates, or those that NIX_SSL_CERT_FILE or SSL_CERT_FILE names.
"""

from __future__ import annotations

import os

from lixeval.errors import SystemFailure

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from typing import Any

    from urllib3 import PoolManager


def proxy_for(scheme: str, host: str) -> str | None:
    """The URL of the proxy for a host; None where it is reached directly."""
    from urllib.request import getproxies, proxy_bypass

    return None if proxy_bypass(host) else getproxies().get(scheme)


def tls_context() -> ssl.SSLContext:
    """Who is trusted; SystemFailure where a file of certificates is named and cannot be read."""
    import ssl

    name = next((name for name in ("NIX_SSL_CERT_FILE", "SSL_CERT_FILE") if os.environ.get(name)), None)
    if name is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=os.environ[name])
    except OSError as error:
        reason = getattr(error, "reason", None) or error.strerror
        raise SystemFailure(
            f"cannot read the certificates in '{os.environ[name]}': {reason}", hint=f"{name} names it"
        ) from None


def pool_manager(proxy: str | None, **named: Any) -> PoolManager:
    """What makes the connections, directly or through a proxy; `named` is for urllib3."""
    from urllib.parse import unquote

    from urllib3 import PoolManager, ProxyManager
    from urllib3.util import make_headers, parse_url

    if not proxy:
        return PoolManager(**named)
    user = parse_url(proxy).auth
    headers = make_headers(proxy_basic_auth=unquote(user)) if user else None
    return ProxyManager(proxy, proxy_headers=headers, **named)
