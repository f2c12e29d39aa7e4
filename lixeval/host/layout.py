"""From the file system hierarchy to a prefix: where a host file lies in its package's store path.

    /bin /sbin /usr/bin /usr/sbin /usr/games      -> bin          (nixpkgs moves sbin to bin as well)
    /lib /lib64 /usr/lib /usr/lib/TRIPLE          -> lib          (multiarch flattened)
    /usr/libexec, /usr/include, /usr/share, /etc  -> libexec, include, share, etc
    /opt/NAME                                     -> opt/NAME
    /usr/local                                    -> the prefix itself

Left out is what could not work from a store path or is about the host itself: services, timers, cron jobs and PAM
rules; message catalogues (programs look for them under the compiled-in /usr/share/locale only), documentation but the
licence, and packaging gossip.  No `lib/TRIPLE -> .` link is made: two packages with such a link make every merge of
`lib` directories (buildEnv) endless.
"""

from __future__ import annotations

import re

_PREFIXES = (
    ("/usr/bin/", "bin/"),
    ("/usr/sbin/", "bin/"),
    ("/usr/games/", "bin/"),
    ("/bin/", "bin/"),
    ("/sbin/", "bin/"),
    ("/usr/lib64/", "lib/"),
    ("/usr/lib/", "lib/"),
    ("/lib64/", "lib/"),
    ("/lib/", "lib/"),
    ("/usr/libexec/", "libexec/"),
    ("/usr/share/", "share/"),
    ("/usr/include/", "include/"),
    ("/usr/src/", "src/"),
    ("/usr/local/", ""),
    ("/etc/", "etc/"),
    ("/opt/", "opt/"),
)
_TRIPLE = re.compile(r"^lib/[a-z0-9_]+-linux-(?:gnu|musl)[a-z0-9]*(?=/)")
_LEFT_OUT = re.compile(
    r"""
      share/(?:lintian|bug|doc-base|menu|apport|reportbug|locale|gnome/help|binfmts|info/dir$) (?:/|$)
    | share/doc/ (?! [^/]+/copyright$ )
    | share/man/ (?! man )                                  # translated pages
    | lib/(?:systemd|udev|tmpfiles\.d|sysusers\.d|modules-load\.d|modprobe\.d|mime|init|pm-utils|sysctl\.d)/
    | etc/(?:init\.d|init|default|cron\.[a-z]+|logrotate\.d|pam\.d|apparmor\.d|network|systemd|udev|apt|dpkg|kernel
            |ld\.so\.conf\.d|alternatives|rc.\.d|sudoers|sudoers\.d|skel|xdg/autostart)(?:/|$)
    """,
    re.X,
)


def in_prefix(path: str) -> str | None:
    """`/usr/bin/ls` -> `bin/ls`; None for what no package in the store holds (/var, /run, services, …)."""
    for prefix, replacement in _PREFIXES:
        if path.startswith(prefix):
            relative = _TRIPLE.sub("lib", replacement + path[len(prefix) :])
            return None if _LEFT_OUT.match(relative) else relative
    return None


def upstream_version(version: str) -> str:
    """The upstream part of a package version: "1:2.39.5-0+deb12u3" -> "2.39.5".

    Without epoch, packaging revision and repackaging marks (+dfsg, ~rc…), so that `lib.versionAtLeast` compares what it
    means to compare.
    """
    version = version.partition(":")[2] or version
    version = version.rpartition("-")[0] or version
    return re.split(r"[+~]", version, maxsplit=1)[0] or version
