"""URLs of stores, which may come from a list of builders: what has to be refused before ssh starts, and what ssh is
told of the others.

Real Nix 2.26.3 refuses hosts that begin with a dash, and of the others those that its URLs have no characters for; it
hands `user@-oProxyCommand=x` and `host%0atouch` to ssh as they are.
"""

from __future__ import annotations

from base64 import b64encode
from typing import NamedTuple


class Attempt(NamedTuple):
    """`refused` is in the error; where it is None, ssh is told `told` (without what it is always told)."""

    name: str
    url: str
    refused: str | None
    told: tuple[str, ...] = ()
    advisory: str = ""


def keyed(text: str) -> str:
    """A URL with this as the host's key."""
    return f"ssh-ng://host?base64-ssh-public-host-key={b64encode(text.encode()).decode()}"


NO_HOST, NO_USER, NO_PORT, CONTROLS = "names no machine", "names no user", "names no port", "control characters"
DAEMON = "nix-daemon --stdio"

ATTEMPTS = (
    Attempt("an option as the host", "ssh-ng://-oProxyCommand=x", NO_HOST, (), "CVE-2017-1000117"),
    Attempt("the same behind a user", "ssh-ng://user@-oProxyCommand=x", NO_HOST, (), "CVE-2017-1000117"),
    Attempt("the same, encoded", "ssh-ng://%2doProxyCommand=x", NO_HOST, (), "CVE-2017-1000117"),
    Attempt("the same, in brackets", "ssh-ng://[-oProxyCommand=x]", NO_HOST, (), "CVE-2017-1000117"),
    Attempt("the same, without a daemon of its own", "ssh://-oProxyCommand=x", NO_HOST, (), "CVE-2017-1000117"),
    Attempt("an option as the user", "ssh-ng://-lroot@host", NO_USER, (), "CVE-2017-1000117"),
    Attempt("a command in the host", "ssh-ng://host;id", NO_HOST, (), "CVE-2023-51385"),
    Attempt("a command in the host, quoted", "ssh-ng://%60id%60", NO_HOST, (), "CVE-2023-51385"),
    Attempt("a command in the user", "ssh-ng://$(id)@host", NO_USER, (), "CVE-2023-51385"),
    Attempt("a user with blanks", "ssh-ng://a%20b@host", NO_USER),
    Attempt("a user with a password", "ssh-ng://a:b@host", NO_USER),
    Attempt("no user", "ssh-ng://@host", NO_USER),
    Attempt("no host", "ssh-ng://", NO_HOST),
    Attempt("a user alone", "ssh-ng://user@", NO_HOST),
    Attempt("a host with blanks", "ssh-ng://a b", NO_HOST),
    Attempt("a host with a folder", "ssh-ng://host/../x", NO_HOST),
    Attempt("a pattern of hosts", "ssh-ng://*", NO_HOST),
    Attempt("several hosts", "ssh-ng://host,other", NO_HOST),
    Attempt("a host that looks like another", "ssh-ng://h%D0%BEst", NO_HOST),
    Attempt("a bracket", "ssh-ng://[", NO_HOST),
    Attempt("a newline", "ssh-ng://host%0aid", CONTROLS),
    Attempt("a NUL", "ssh-ng://host%00", CONTROLS),
    Attempt("a NUL in the key's name", "ssh-ng://host?ssh-key=a%00b", CONTROLS),
    Attempt("a newline in the remote store", "ssh-ng://host?remote-store=a%0aid", CONTROLS),
    Attempt("a NUL in a socket's name", "unix:///a%00b", CONTROLS),
    Attempt("port 0", "ssh-ng://host:0", NO_PORT),
    Attempt("port 65536", "ssh-ng://host:65536", NO_PORT),
    Attempt("a port of 5,000 digits", "ssh-ng://host:" + "9" * 5000, NO_PORT),
    Attempt("a port in other digits", "ssh-ng://host:٣", NO_PORT),
    Attempt("a port that is an option", "ssh-ng://host:-1", NO_PORT),
    Attempt("no port behind brackets", "ssh-ng://[::1]x", NO_PORT),
    Attempt("a quote that does not end", "ssh-ng://host?remote-program='x", "No closing quotation"),
    Attempt("no remote program", "ssh-ng://host?remote-program=%20", "names no program"),
    Attempt("a program that does not end", "exec:'x", "No closing quotation"),
    Attempt("a host key that is no base 64", "ssh-ng://host?base64-ssh-public-host-key=%25", "is not base 64"),
    Attempt("a host key of two lines", keyed("ssh-ed25519 AAAA\n* ssh-ed25519 BBBB"), "key is none"),
    Attempt("a host key that is revoked", keyed("@revoked * ssh-ed25519 AAAA"), "key is none"),
    Attempt("a host key that is a word", keyed("AAAA"), "key is none"),
    Attempt("a host", "ssh-ng://host", None, ("host", "--", DAEMON)),
    Attempt("an address of IPv6", "ssh-ng://root@[::1]:22", None, ("-p", "22", "root@::1", "--", DAEMON)),
    Attempt("the same without brackets", "ssh-ng://fe80::1%25eth0", None, ("fe80::1%eth0", "--", DAEMON)),
    Attempt(
        "a key that is an option",
        "ssh-ng://h?ssh-key=-oA=b",
        None,
        ("-i", "-oA=b", "h", "--", DAEMON),
        "CVE-2017-1000117",
    ),
    Attempt(
        "a command behind the remote program",
        "ssh-ng://host?remote-program=nix-daemon;id",
        None,
        ("host", "--", "'nix-daemon;id' --stdio"),
    ),
    Attempt(
        "a command as the remote store",
        "ssh-ng://host?remote-store=$(id)",
        None,
        ("host", "--", "nix-daemon --stdio --store '$(id)'"),
    ),
)
"""All of them."""
