"""Running `git` so that no repository can say what it does.

A repository's configuration names programs: hooks, filters, file system monitors, transports, helpers.  Switching them
off one by one would need a list of all that there are and will be.  So git is never run in a repository that somebody
else has made.  It runs in a private one (`PrivateRepository`), which lixeval writes itself, down to the configuration,
and which borrows nothing of the other but its objects.

    for objects, trees, an index    no configuration but the private one, not the user's nor the machine's either
    for the network                 the user's and the machine's too, since they say how servers are reached

Of the environment only what is listed here is handed on: of git's own variables none, but those by which users say how
servers are reached.  Protocols are a list.  Source: git(1), git-config(1).
"""

from __future__ import annotations

import os
import re
import subprocess

from lixeval.errors import EvalError
from lixeval.formats.byte_text import bytes_of, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROTOCOLS = ("file", "git", "http", "https", "ssh")

_ALWAYS = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_ATTR_NOSYSTEM": "1",
    "LC_ALL": "C",
}
_FROM_THE_MACHINE = ("PATH", "TMPDIR", "LD_LIBRARY_PATH")
_FOR_THE_NETWORK = (
    *("HOME", "USER", "LOGNAME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "TERM", "SUDO_UID"),
    *("SSH_AUTH_SOCK", "SSH_AGENT_PID", "SSH_ASKPASS", "DISPLAY", "WAYLAND_DISPLAY", "GPG_TTY", "KRB5CCNAME"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_SSL_NO_VERIFY"),
    *("GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_ASKPASS", "GIT_PROXY_COMMAND"),
    *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"),
)
_NO_PROGRAMS = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.attributesFile": "/dev/null",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "fetch.recurseSubmodules": "false",
    "submodule.recurse": "false",
    "transfer.bundleURI": "false",
    "fetch.bundleURI": "",
}
"""What the user's configuration says here is not wanted; given on the command line, it wins over all files."""


_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What a server says goes to a terminal."""


_PATIENCE = {"GIT_HTTP_LOW_SPEED_LIMIT": "1", "GIT_HTTP_LOW_SPEED_TIME": "60"}
"""Bytes a second, and for how many seconds less of them is borne: git alone waits for a silent server for ever."""


class GitFailed(EvalError):
    """`git` ended with an error; `complaint` is what it said."""

    def __init__(self, what: str, complaint: str) -> None:
        super().__init__(f"{what}: {complaint}")
        self.complaint = complaint


class PrivateRepository:
    """A bare repository of lixeval's own at `directory`, which is made where there is none.

    `objects` is the folder in which git looks for objects, `settings` further lines of [core] and `hash_name` the hash
    of its objects, where these are another repository's.
    """

    __slots__ = ("_environment", "directory")

    def __init__(
        self,
        directory: str,
        *,
        objects: str | None = None,
        settings: Mapping[str, str] | None = None,
        hash_name: str = "sha1",
    ) -> None:
        self.directory = directory
        _write_skeleton(bytes_of(directory), settings or {}, hash_name)
        self._environment = {**_taken(_FROM_THE_MACHINE), **_encoded(_ALWAYS), b"GIT_DIR": bytes_of(directory)}
        if objects is not None:
            self._environment[b"GIT_OBJECT_DIRECTORY"] = bytes_of(objects)

    def run(self, *arguments: str, given: bytes = b"") -> bytes:
        """What `git ARGUMENTS` prints, without anybody's configuration; GitFailed where it fails."""
        command, environment = self.command(arguments)
        return _run(command, environment, given)

    def command(self, arguments: Sequence[str]) -> tuple[list[bytes], dict[bytes, bytes]]:
        """The words and the environment of a git command that sees no configuration but the private one."""
        environment = {
            **self._environment,
            b"GIT_CONFIG_NOSYSTEM": b"1",
            b"GIT_CONFIG_GLOBAL": b"/dev/null",
            b"HOME": bytes_of(self.directory),
        }
        return [b"git", *map(bytes_of, arguments)], environment

    def run_as_the_user(self, *arguments: str) -> bytes:
        """What `git ARGUMENTS` prints, with what the user's configuration says of servers and credentials."""
        allowed = ":".join(PROTOCOLS)
        environment = {
            **self._environment,
            **_encoded(_PATIENCE),
            **_taken((*_FOR_THE_NETWORK, *_PATIENCE)),
            b"GIT_ALLOW_PROTOCOL": allowed.encode(),
        }
        settings = [word for name, value in _NO_PROGRAMS.items() for word in ("-c", f"{name}={value}")]
        return _run([b"git", *map(bytes_of, (*settings, *arguments))], environment, b"")

    def names(self, *arguments: str, given: bytes = b"") -> list[str]:
        """What a git command with -z prints."""
        return text_of(self.run(*arguments, given=given)).split("\0")[:-1]


def settings_in(private: PrivateRepository, content: bytes) -> list[tuple[str, str]]:
    """The names and values in a configuration file of which these are the bytes; what it includes is not read.

    Names are in git's own form, sections and keys in lower case: ("submodule.NAME.url", "…").
    """
    listed = private.names("config", "--file", "-", "--no-includes", "-z", "--list", given=content)
    return [(name, value) for name, _, value in (entry.partition("\n") for entry in listed)]


def _taken(names: Sequence[str]) -> dict[bytes, bytes]:
    return {name.encode(): os.environb[name.encode()] for name in names if name.encode() in os.environb}


def _encoded(variables: Mapping[str, str]) -> dict[bytes, bytes]:
    return {name.encode(): value.encode() for name, value in variables.items()}


def _run(command: list[bytes], environment: Mapping[bytes, bytes], given: bytes) -> bytes:
    try:
        done = subprocess.run(command, input=given, capture_output=True, env=environment, cwd="/", check=False)
    except FileNotFoundError:
        raise no_git() from None
    except OSError as error:  # Python in WebAssembly has no processes
        raise no_git(error.strerror or str(error)) from None
    if done.returncode:
        complaint = _CONTROLS.sub("?", done.stderr.decode("utf-8", "replace")).strip()
        verb = next(word for word in command[1:] if not word.startswith(b"-") and b"=" not in word)
        raise GitFailed(f"git {text_of(verb)} failed", complaint or f"exit code {done.returncode}")
    return done.stdout


def no_git(reason: str = "") -> EvalError:
    """The error where there is no such program, or another `reason` for which it cannot be run."""
    message = "cannot run 'git', which fetching from Git needs"
    return EvalError(f"{message}: {reason}") if reason else EvalError(message, hint="install git")


def _write_skeleton(directory: bytes, settings: Mapping[str, str], hash_name: str) -> None:
    """What makes a folder a repository; `git init` would copy the templates, and hooks, that somebody set up."""
    for name in (b"", b"/objects", b"/refs"):
        os.makedirs(directory + name, mode=0o700, exist_ok=True)
    core = {"repositoryformatversion": "0" if hash_name == "sha1" else "1", "bare": "true", **settings}
    lines = ["[core]", *(f"\t{name} = {value}" for name, value in core.items())]
    if hash_name != "sha1":
        lines += ["[extensions]", f"\tobjectformat = {hash_name}"]
    for name, text in ((b"/config", "\n".join((*lines, ""))), (b"/HEAD", "ref: refs/heads/none\n")):
        if not os.path.lexists(directory + name):
            with open(directory + name, "x", encoding="ascii") as file:
                file.write(text)
