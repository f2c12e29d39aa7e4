"""`lixeval nix2container SUBCOMMAND …`: the original binary's subcommands and flags, to the byte of what they write.

    layers-from-reproducible-storepaths OUT.json GRAPH.json [LAYERS.json …]
    layers-from-non-reproducible-storepaths OUT.json GRAPH.json [LAYERS.json …] --tar-directory DIR
    image OUT.json CONFIG.json LAYERS.json [LAYERS.json …]
    image-from-dir OUT.json DIR
    image-from-manifest OUT.json MANIFEST.json BLOBS.json

So it can stand where that binary stands: in a derivation that real Nix builds.  Nothing here is better than the
original; what lixeval does better belongs to its own functions.  Flags may come before, between and after the
positional arguments, as `--name value` or `--name=value`.

A failure is one message on stderr without a newline and exit code 1; 2 where the original panics.  A command line that
cannot be understood gives "Error: …" and the usage.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from lixeval.containers import build_layer, image_json, layers_json
from lixeval.containers.build_layer import LayerArguments
from lixeval.containers.failure import Nix2containerError
from lixeval.containers.image_json import ImageRecord
from lixeval.errors import ImageError
from lixeval.oci import digest as digests
from lixeval.oci import go_json, go_time
from lixeval.system import atomic
from lixeval.system.machines import go_architecture

PROGRAM = "lixeval nix2container"

_LAYER_FLAGS = ("ignore", "rewrites", "perms", "history", "max-layers")
_FLAG_HELP = {
    "ignore": "a path to leave out",
    "rewrites": "JSON file: [{path, regex, repl}], what becomes of the names of the files under a path",
    "perms": "JSON file: [{path, regex, mode?, uid?, gid?, uname?, gname?}]",
    "history": "JSON file: the history entry of every layer",
    "max-layers": "how many layers to make at most (default 1)",
    "tar-directory": "where the tars of the layers are written",
    "from-image": "the image.json of the base image",
    "arch": "Go's name of the processor (default: this machine's)",
    "created": "RFC 3339 time (default 0001-01-01T00:00:00Z)",
    "store": "the folder that has the nix/store of the paths (default /)",
}


@dataclass(slots=True)
class _Arguments:
    """A command line as the subcommand reads it; `debug` is accepted and says nothing more."""

    positional: list[str] = field(default_factory=list)
    flags: dict[str, str] = field(default_factory=dict)

    def real(self, path: str) -> str:
        """Where the bytes of a logical path are."""
        return self.flags.get("store", "").rstrip("/") + path


class _WrongCommandLine(Exception):
    """What cobra answers with "Error: …" and the usage."""


def _log(message: str) -> None:
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    quoted = message.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    print(f'time="{moment}" level=info msg="{quoted}"', file=sys.stderr)


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        what = "read" if isinstance(error, IsADirectoryError) else "open"
        raise Nix2containerError(f"{what} {path}: {(error.strerror or '').lower()}") from None


def _write(path: str, data: bytes) -> None:
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            with open(path, "wb") as stream:  # a pipe or a device
                stream.write(data)
        else:
            atomic.write_file(path, data)
    except OSError as error:
        raise Nix2containerError(f"open {path}: {(error.strerror or '').lower()}") from None


# -- the subcommands ---------------------------------------------------------------------------------------------------


def _layers(arguments: _Arguments, tar_directory: str | None) -> None:
    out, graph_file, *parent_files = arguments.positional
    flags = arguments.flags
    layers = build_layer.build_layers(
        LayerArguments(
            graph=layers_json.graph_from_json(go_json.parse(_read(graph_file))),
            parents=[layer for file in parent_files for layer in layers_json.parse(_read(file))],
            perms=layers_json.perms_from_json(go_json.parse(_read(flags["perms"]))) if flags.get("perms") else (),
            rewrites=layers_json.rewrites_from_json(go_json.parse(_read(flags["rewrites"])))
            if flags.get("rewrites")
            else (),
            history=layers_json.history_from_json(go_json.parse(_read(flags["history"])))
            if flags.get("history")
            else layers_json.NO_HISTORY,
            max_layers=_integer("max-layers", flags.get("max-layers", "1")),
            ignore=flags.get("ignore", ""),
            real=arguments.real,
            blobs=tar_directory,
            tar_directory=tar_directory,
            log=_log,
        )
    )
    _write(out, layers_json.unparse(layers))
    _log(f"Layers have been written to {out}")


def _reproducible(arguments: _Arguments) -> None:
    _layers(arguments, None)


def _non_reproducible(arguments: _Arguments) -> None:
    # Without a folder the original does what it does for reproducible paths.
    _layers(arguments, arguments.flags.get("tar-directory") or None)


def _image(arguments: _Arguments) -> None:
    out, config_file, *layer_files = arguments.positional
    flags = arguments.flags
    _log(f"Getting image configuration from {config_file}")
    config = go_json.parse(_read(config_file))
    base = image_json.parse(_read(flags["from-image"])) if flags.get("from-image") else None
    if base is not None:
        _log(f"Using base image {flags['from-image']} containing {len(base.layers)} layers")
    layers = [layer for file in layer_files for layer in layers_json.parse(_read(file))]
    image = image_json.build(
        config,
        layers,
        base,
        flags.get("arch", go_architecture()),
        flags.get("created", image_json.FIRST_MOMENT),
    )
    _write_image(out, image)


def _image_from_dir(arguments: _Arguments) -> None:
    out, directory = arguments.positional[:2]

    def place(digest: str) -> str:
        return f"{directory}/{digests.encoded(digest)}"

    image = image_json.from_manifest(
        _read(f"{directory}/manifest.json"), lambda digest: _read(place(digest)), place, compatible=True
    )
    _write_image(out, image)


def _image_from_manifest(arguments: _Arguments) -> None:
    out, manifest_file, blobs_file = arguments.positional[:3]
    manifest = _read(manifest_file)
    blobs = go_json.parse(_read(blobs_file))
    if not isinstance(blobs, go_json.Object):
        raise Nix2containerError(
            f"json: cannot unmarshal {go_json.kind(blobs)} into Go value of type map[string]string"
        )

    def place(digest: str) -> str:
        return str(blobs.get(digests.encoded(digest), ""))

    _write_image(out, image_json.from_manifest(manifest, lambda digest: _read(place(digest)), place, compatible=True))


def _write_image(out: str, image: ImageRecord) -> None:
    _write(out, image.to_bytes())
    _log(f"Image has been written to {out}")


@dataclass(frozen=True, slots=True)
class _Subcommand:
    run: Callable[[_Arguments], None]
    positional: str
    least: int
    flags: tuple[str, ...]
    what: str


SUBCOMMANDS = {
    "image": _Subcommand(
        _image,
        "OUT.json CONFIG.json LAYERS.json...",
        3,
        ("from-image", "arch", "created"),
        "an image.json of a configuration and layers",
    ),
    "image-from-dir": _Subcommand(
        _image_from_dir, "OUT.json DIR", 2, (), "an image.json of what skopeo copied to a dir: folder"
    ),
    "image-from-manifest": _Subcommand(
        _image_from_manifest, "OUT.json MANIFEST.json BLOBS.json", 3, (), "an image.json of a manifest and its blobs"
    ),
    "layers-from-non-reproducible-storepaths": _Subcommand(
        _non_reproducible,
        "OUT.json GRAPH.json [LAYERS.json...]",
        2,
        (*_LAYER_FLAGS, "tar-directory"),
        "a layers.json, the tars of its layers kept",
    ),
    "layers-from-reproducible-storepaths": _Subcommand(
        _reproducible, "OUT.json GRAPH.json [LAYERS.json...]", 2, _LAYER_FLAGS, "a layers.json"
    ),
}


# -- the command line --------------------------------------------------------------------------------------------------

_LONGEST_NUMBER = 80
_GO_INTEGER = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]*|[1-9][0-9_]*)\Z")


def _integer(flag: str, text: str) -> int:
    """A number by the rules of Go literals, in which 010 is eight."""
    if not _GO_INTEGER.match(text):
        raise _WrongCommandLine(_invalid(flag, text, f'strconv.ParseInt: parsing "{text}": invalid syntax'))
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-").replace("_", "").lower()
    if digits.startswith("0") and digits[1:].isdecimal():
        digits = "0o" + digits[1:]
    number = sign * int(digits, 0) if len(digits) < _LONGEST_NUMBER else 2**64
    if not -(2**63) <= number < 2**63:
        raise _WrongCommandLine(_invalid(flag, text, f'strconv.ParseInt: parsing "{text}": value out of range'))
    return number


def _invalid(flag: str, text: str, reason: str) -> str:
    return f'invalid argument "{text}" for "--{flag}" flag: {reason}'


def _check_value(flag: str, text: str) -> None:
    """Values are judged where they stand on the command line, before anything is read."""
    if flag == "max-layers":
        _integer(flag, text)
    elif flag == "created":
        try:
            go_time.normalise(text)
        except ImageError as error:
            raise _WrongCommandLine(_invalid(flag, text, error.message)) from None


def _parse(subcommand: _Subcommand, words: list[str]) -> _Arguments:
    arguments = _Arguments()
    known = {*subcommand.flags, "store"}
    waiting = iter(words)
    for word in waiting:
        if word == "--":
            arguments.positional += waiting
        elif not word.startswith("-") or word == "-":
            arguments.positional.append(word)
        elif word not in ("-d", "--debug"):
            name, equals, value = word.removeprefix("--").partition("=")
            if not word.startswith("--"):
                raise _WrongCommandLine(f"unknown shorthand flag: '{word[1]}' in {word}")
            if name not in known:
                raise _WrongCommandLine(f"unknown flag: --{name}")
            if not equals:
                value = next(waiting, "\0")
                if value == "\0":
                    raise _WrongCommandLine(f"flag needs an argument: --{name}")
            _check_value(name, value)
            arguments.flags[name] = value
    if len(arguments.positional) < subcommand.least:
        raise _WrongCommandLine(
            f"requires at least {subcommand.least} arg(s), only received {len(arguments.positional)}"
        )
    return arguments


def _usage(name: str, subcommand: _Subcommand) -> str:
    flags = [*subcommand.flags, "store"]
    width = max(map(len, flags))
    lines = [f"Usage:\n  {PROGRAM} {name} {subcommand.positional} [flags]", "", "Flags:"]
    lines += [f"  --{flag.ljust(width)}   {_FLAG_HELP[flag]}" for flag in flags]
    return "\n".join(lines)


def _help() -> str:
    lines = [f"usage: {PROGRAM} SUBCOMMAND ARGUMENTS", ""]
    for name, subcommand in SUBCOMMANDS.items():
        lines += [f"  {name}", f"      {subcommand.what}"]
    return "\n".join(lines)


def run(words: list[str]) -> int:
    """Runs one subcommand; the exit code."""
    words = list(words)
    while words[:1] in (["-d"], ["--debug"]):
        words.pop(0)
    if not words or words[0] in ("-h", "--help", "help"):
        print(_help())
        return 0
    subcommand = SUBCOMMANDS.get(words[0])
    if subcommand is None:
        print(f'Error: unknown command "{words[0]}" for "{PROGRAM}"\n{_help()}', file=sys.stderr)
        return 1
    if "-h" in words or "--help" in words:
        print(f"{subcommand.what}\n\n{_usage(words[0], subcommand)}")
        return 0
    try:
        subcommand.run(_parse(subcommand, words[1:]))
    except _WrongCommandLine as error:
        print(f"Error: {error}\n{_usage(words[0], subcommand)}\n", file=sys.stderr)
        return 1
    except ImageError as error:
        sys.stderr.write(error.message)
        return error.status if isinstance(error, Nix2containerError) else 1
    return 0
