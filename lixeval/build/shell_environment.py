"""What the builder of a derivation has around it when its first phase begins: for `lixeval develop`.

    derivation -> NAME-env, the same but for its builder's arguments -> built: a text of records -> ShellEnvironment
               -> a script for bash, or JSON, as `nix print-dev-env` prints them

The variables that only mean something within a build stay out of the script, and the outputs are folders below the
working folder, in which `installPhase` may write.

Source: C++ nix/develop.cc, whose derivation has another builder; what comes out is compared with real Nix's.
"""

from __future__ import annotations

import re
from pathlib import Path

from lixeval.errors import BuildError, UsageError
from lixeval.formats.derivation import UNKNOWN, Derivation, complete
from lixeval.formats.shell_text import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from lixeval.formats.store_path import StorePath
    from lixeval.store.local import LocalStore

    Value: TypeAlias = str | list[str] | dict[str, str]

_CHECKS = ("allowedReferences", "allowedRequisites", "disallowedReferences", "disallowedRequisites")
_OF_BASH = frozenset(
    (
        *("_", "DIRSTACK", "EPOCHREALTIME", "EPOCHSECONDS", "EUID", "FUNCNAME", "GROUPS", "HISTCMD", "HOSTNAME"),
        *("LINENO", "OPTIND", "PIPESTATUS", "PWD", "RANDOM", "SECONDS", "SHLVL", "SRANDOM"),
    )
)
_OF_THE_BUILD = frozenset(
    (
        *("BASHOPTS", "HOME", "NIX_BUILD_TOP", "NIX_ENFORCE_PURITY", "NIX_LOG_FD", "NIX_REMOTE", "PPID", "SHELL"),
        *("SHELLOPTS", "SSL_CERT_FILE", "TEMP", "TEMPDIR", "TERM", "TMP", "TMPDIR", "TZ", "UID"),
    )
)
_FILES = {"NIX_ATTRS_JSON_FILE": ".attrs.json", "NIX_ATTRS_SH_FILE": ".attrs.sh"}
"""The files of structured attributes, by the variables that say where they are."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FUNCTION = re.compile(r"[^\s\0-\x20\x7f()<>|&;$`'\"\\{}#]+")
_SAVED = ("PATH", "XDG_DATA_DIRS")
_TEMPORARY = ("TMP", "TMPDIR", "TEMP", "TEMPDIR")


def environment_derivation(store: LocalStore, drv_path: StorePath) -> StorePath:
    """The derivation to build for the environment of another one, added to the store.

    Raises UsageError where the builder is no bash.
    """
    drv = store.read_derivation(drv_path)
    if drv.builder.rpartition("/")[2] != "bash":
        raise UsageError("'lixeval develop' only works on derivations that use 'bash' as their builder")
    script = store.add_text("shell-environment.sh", Path(__file__).with_suffix(".sh").read_text())
    name = drv_path.rpartition("/")[2][33:].removesuffix(".drv") + "-env"
    variables = {key: value for key, value in drv.environment.items() if key not in _CHECKS}
    outputs = {output: type(one)(UNKNOWN) for output, one in drv.outputs.items()}
    changed = Derivation(
        outputs,
        drv.input_derivations,
        tuple(sorted({*drv.input_sources, script})),
        drv.platform,
        drv.builder,
        (script,),
        {**variables, "name": name, **dict.fromkeys(outputs, "")},
    )
    return store.add_completed(complete(name, changed, store.modulo_hash))


class ShellEnvironment:
    """`variables` are (type, value) by name, `functions` their texts, `files` those of structured attributes."""

    def __init__(
        self, variables: Mapping[str, tuple[str, Value]], functions: Mapping[str, str], files: Mapping[str, str]
    ) -> None:
        self.variables = variables
        self.functions = functions
        self.files = files

    def outputs(self) -> dict[str, str]:
        """The paths of the outputs, by their names."""
        _, value = self.variables["outputs"]
        if isinstance(value, dict):
            return value
        names = value.split() if isinstance(value, str) else value
        return {name: str(self.variables[name][1]) for name in names}

    def redirected(self, paths: Mapping[str, str]) -> ShellEnvironment:
        """The same with other paths in the place of some."""

        def other(text: str) -> str:
            for old, new in paths.items():
                text = text.replace(old, new)
            return text

        variables = {name: (kind, _mapped(value, other)) for name, (kind, value) in self.variables.items()}
        functions = {name: other(text) for name, text in self.functions.items()}
        return ShellEnvironment(variables, functions, {name: other(text) for name, text in self.files.items()})

    def with_files(self, paths: Mapping[str, str]) -> ShellEnvironment:
        """The same with its files of structured attributes elsewhere: `paths` by the files' names."""
        moved: dict[str, tuple[str, Value]] = {name: ("exported", paths[file]) for name, file in _FILES.items()}
        return ShellEnvironment({**self.variables, **moved}, self.functions, self.files)


def _mapped(value: Value, change: Callable[[str], str]) -> Value:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [change(item) for item in value]
    return {change(key): change(item) for key, item in value.items()}


def read(text: str) -> ShellEnvironment:
    """The environment that the records tell of; BuildError where they are none, or name what bash has no name for."""
    fields = iter(text.split("\0")[:-1])
    variables: dict[str, tuple[str, Value]] = {}
    functions: dict[str, str] = {}
    files: dict[str, str] = {}
    try:
        for kind in fields:
            name = next(fields)
            values = [next(fields) for _ in range(int(next(fields)))]
            if kind == "function":
                functions[_named(_FUNCTION, name)] = _body(values[0])
            elif kind == "file":
                files[name] = values[0]
            elif _named(_VARIABLE, name) not in _OF_BASH and not name.startswith(("BASH_", "COMP_")):
                variables[name] = (kind, _value(kind, values))
        there = ShellEnvironment(variables, functions, files)
        there.outputs()
    except (StopIteration, ValueError, LookupError, RuntimeError):
        raise BuildError("the builder did not say which environment it has") from None
    if files and set(files) != set(_FILES.values()):
        raise BuildError("the builder did not say which environment it has")
    return there


def _named(pattern: re.Pattern[str], name: str) -> str:
    if pattern.fullmatch(name) is None:
        raise ValueError(name)
    return name


def _value(kind: str, values: list[str]) -> Value:
    if kind == "array":
        return values
    return dict(zip(values[::2], values[1::2], strict=True)) if kind == "associative" else values[0]


def _body(text: str) -> str:
    """What stands between the braces of `NAME () { ... }`, as bash prints it."""
    return text[text.index("{") + 1 : text.rindex("}")]


def to_json(environment: ShellEnvironment) -> dict[str, object]:
    """As `nix print-dev-env --json`."""
    found: dict[str, object] = {
        "bashFunctions": dict(environment.functions),
        "variables": {name: {"type": kind, "value": value} for name, (kind, value) in environment.variables.items()},
    }
    if environment.files:
        found["structuredAttrs"] = dict(environment.files)
    return found


def to_script(environment: ShellEnvironment) -> str:
    """As `nix print-dev-env`: what gives a bash this environment, and runs its shellHook."""
    lines = ["unset shellHook"]
    for name in _SAVED:
        lines += [f"{name}=${{{name}:-}}", f'nix_saved_{name}="${name}"']
    for name, (kind, value) in sorted(environment.variables.items()):
        if name not in _OF_THE_BUILD:
            lines += _declaration(name, kind, value)
    for name, body in sorted(environment.functions.items()):
        lines.append(f"{name} ()\n{{\n{body}}}")
    lines += [f'{name}="${name}${{nix_saved_{name}:+:$nix_saved_{name}}}"' for name in _SAVED]
    lines.append('export NIX_BUILD_TOP="$(mktemp -d -t nix-shell.XXXXXX)"')
    lines += [f'export {name}="$NIX_BUILD_TOP"' for name in _TEMPORARY]
    lines.append('eval "${shellHook:-}"')
    return "\n".join(lines) + "\n"


def _declaration(name: str, kind: str, value: Value) -> list[str]:
    if isinstance(value, str):
        return [f"{name}={quoted(value)}", *([f"export {name}"] if kind == "exported" else [])]
    if isinstance(value, list):
        return [f"declare -a {name}=({''.join(f'{quoted(item)} ' for item in value)})"]
    items = "".join(f"[{quoted(key)}]={quoted(value[key])} " for key in sorted(value))
    return [f"declare -A {name}=({items})"]
