"""What particular programs need to live in a store path: data that knows no host.

Most packages work as they are once interpreter and rpath point into the store.  Some have paths of the hierarchy
compiled in (git's exec path, man's configuration) or need another package's data (certificates, terminal
descriptions).  `PROGRAMS` lists them under nixpkgs' attribute names; a text may contain `{out}` for the package's own
store path and `{name}` for that of another attribute, which thereby becomes a dependency (for one that nixpkgs does not
know, of the host's package of that name).  A dependency that the host lacks drops just the setting that mentions it.
Directories whose names hold a version are written as patterns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_REFERENCE = re.compile(r"\{([A-Za-z0-9_+-]+)\}")


@dataclass(frozen=True, slots=True)
class Wrapper:
    """An environment that a program is started in.

    `always` sets variables; `default` sets those that are unset, to the value of the first set variable among the
    `$NAME`s or to the text that ends the list; `prefix` and `suffix` put directories before and after a list such as
    PATH; `arguments` come before the user's own and may mention variables.
    """

    always: Mapping[str, str] = field(default_factory=dict)
    default: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    prefix: Mapping[str, str] = field(default_factory=dict)
    suffix: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()

    def texts(self) -> Iterator[str]:
        """Every text that may contain references."""
        yield from self.always.values()
        for texts in self.default.values():
            yield from texts
        yield from self.prefix.values()
        yield from self.suffix.values()
        yield from self.arguments


@dataclass(frozen=True, slots=True)
class Program:
    """`links`: extra symlinks (path in the prefix -> target); `wrappers`: path in the prefix -> `Wrapper`;
    `generated`: files of the host that no package owns: path in the prefix -> candidates, the first that exists;
    `only`: take nothing but what is under these prefixes; `expose`: programs to link into bin (patterns);
    `applets`: a program that is many, tells which with --list, and gets a link for each."""

    links: Mapping[str, str] = field(default_factory=dict)
    wrappers: Mapping[str, Wrapper] = field(default_factory=dict)
    generated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    expose: tuple[str, ...] = ()
    applets: str = ""

    def references(self) -> list[str]:
        """The attributes mentioned by the wrappers, sorted."""
        texts = (text for wrapper in self.wrappers.values() for text in wrapper.texts())
        return sorted({name for text in texts for name in _REFERENCE.findall(text)} - {"out"})


def substitute(text: str, paths: Mapping[str, str]) -> str | None:
    """`text` with each `{name}` replaced; None if one of them is not in `paths`."""
    if any(name not in paths for name in _REFERENCE.findall(text)):
        return None
    return _REFERENCE.sub(lambda match: paths[match[1]], text)


_BUNDLE = ("$NIX_SSL_CERT_FILE", "$SSL_CERT_FILE", "{cacert}/etc/ssl/certs/ca-bundle.crt")
_TERMINAL = {
    "TERMINFO_DIRS": ("{terminfo}/lib/terminfo:{terminfo}/share/terminfo:/etc/terminfo:/usr/share/terminfo",),
    "LOCPATH": ("{getent}/lib/locale",),  # C.UTF-8
}
_GROFF = {
    "GROFF_FONT_PATH": ("{groff}/share/groff/[0-9]*/font",),
    "GROFF_TMAC_PATH": ("{groff}/share/groff/[0-9]*/tmac:{groff}/share/groff/site-tmac",),
}
_GIT = Wrapper(
    always={"GIT_EXEC_PATH": "{out}/lib/git-core:{out}/libexec/git-core"},  # wherever it is: one of the two
    default={
        "GIT_TEMPLATE_DIR": ("{out}/share/git-core/templates",),
        "GIT_SSL_CAINFO": _BUNDLE,
        "GITPERLLIB": ("{out}/share/perl5",),
    },
    suffix={"PATH": "{gnused}/bin:{gnugrep}/bin:{coreutils}/bin"},  # for the commands that are shell scripts
)


def _on_terminals(*programs: str) -> Program:
    """Programs that need terminal descriptions, a UTF-8 locale and nothing else."""
    return Program(wrappers={f"bin/{program}": Wrapper(default=_TERMINAL) for program in programs})


PROGRAMS: Mapping[str, Program] = {
    "bash": Program(links={"bin/sh": "bash"}),
    "gawk": Program(links={"bin/awk": "gawk"}),
    "mawk": Program(links={"bin/awk": "mawk"}),
    "cacert": Program(
        only=("share/doc/",),
        links={"etc/ssl/certs/ca-certificates.crt": "ca-bundle.crt"},
        generated={
            "etc/ssl/certs/ca-bundle.crt": (
                "/etc/ssl/certs/ca-certificates.crt",
                "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
                "/etc/ssl/ca-bundle.pem",
                "/etc/pki/tls/certs/ca-bundle.crt",
                "/etc/ssl/cert.pem",
            )
        },
    ),
    "curl": Program(wrappers={"bin/curl": Wrapper(default={"CURL_CA_BUNDLE": _BUNDLE})}),
    "btop": _on_terminals("btop"),
    "busybox": Program(applets="bin/busybox"),
    "dialog": _on_terminals("dialog"),
    "file": Program(
        wrappers={"bin/file": Wrapper(default={"MAGIC": ("{out}/lib/file/magic.mgc:{out}/share/misc/magic.mgc",)})}
    ),
    "git": Program(wrappers={"bin/git": _GIT, "bin/scalar": _GIT}),
    "htop": _on_terminals("htop"),
    "less": _on_terminals("less"),
    "man-db": Program(
        wrappers={
            "bin/man": Wrapper(
                default={"MANPAGER": ("{less}/bin/less",), **_GROFF},
                suffix={"PATH": "{groff}/bin:{gzip}/bin:{less}/bin:{bsdextrautils}/bin:{coreutils}/bin:{out}/bin"},
                arguments=("-C", "{out}/etc/manpath.config"),
            )
        }
    ),
    "mutt": _on_terminals("mutt"),
    "nano": _on_terminals("nano"),
    "ncurses": _on_terminals("tput", "clear", "tset", "infocmp", "toe"),
    "newt": _on_terminals("whiptail"),
    "openssl": Program(wrappers={"bin/openssl": Wrapper(default={"OPENSSL_CONF": ("{out}/etc/ssl/openssl.cnf",)})}),
    "perl": Program(
        wrappers={
            "bin/perl": Wrapper(
                suffix={
                    "PERL5LIB": "{out}/lib/perl5/[0-9]*.*[0-9]:{out}/lib/perl5:{out}/share/perl5:{out}/lib/perl-base"
                    ":{out}/lib/perl/[0-9].[0-9][0-9]:{out}/share/perl/[0-9].[0-9][0-9]"
                    ":{out}/lib/perl5/core_perl:{out}/share/perl5/core_perl:{out}/lib/perl5/vendor_perl"
                }
            )
        }
    ),
    "postgresql": Program(expose=("lib/postgresql/*/bin/*",)),
    "procps": _on_terminals("top", "watch"),
    "ruby": Program(
        wrappers={
            f"bin/{name}": Wrapper(
                suffix={
                    "RUBYLIB": "{out}/lib/ruby/[0-9]*:{out}/lib/ruby/[0-9]*/*-linux*"
                    ":{out}/lib/ruby/vendor_ruby:{out}/lib/ruby/vendor_ruby/[0-9]*"
                }
            )
            for name in ("ruby", *(f"ruby{major}.{minor}" for major in (2, 3) for minor in range(10)))
        }
    ),
    "screen": _on_terminals("screen"),
    "tig": _on_terminals("tig"),
    "tmux": _on_terminals("tmux"),
    "vim": Program(
        wrappers={
            f"bin/{name}": Wrapper(
                default={"VIM": ("{out}/share/vim",), "VIMRUNTIME": ("{out}/share/vim/vim[0-9]*",), **_TERMINAL}
            )
            for name in ("vim", "vim.basic", "vim.tiny", "vim.nox")
        }
    ),
    "wget": Program(
        wrappers={
            "bin/wget": Wrapper(default={"SSL_CERT_FILE": _BUNDLE}, arguments=("--ca-certificate=$SSL_CERT_FILE",))
        }
    ),
}
