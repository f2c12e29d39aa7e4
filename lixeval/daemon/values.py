"""What requests and answers are made of: path infos, derivations, what is to be built and what came of it.

    path info       deriver or "", hex sha256, references, time, size, ultimate, signatures, content address or ""
    derived path    a store path | DRV!OUTPUT,OUTPUT | DRV!*
    derivation      outputs (name, path, [method] algorithm, hex hash), sources, platform, builder, arguments,
                    environment
    build result    status, text, how often, not the same each time, start, stop, [cpu user, cpu system: 1.37], outputs

C++: common-protocol.cc, worker-protocol.cc.
"""

from __future__ import annotations

import json

from lixeval.daemon.wire import Reader, number, pairs, text, texts
from lixeval.errors import FormatError
from lixeval.formats import store_path
from lixeval.formats.derivation import Derivation, Output
from lixeval.formats.hashes import Hash
from lixeval.formats.store_path import STORE_DIR, StorePath
from lixeval.store.path_info import PathInfo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_MOST = 1 << 63


def read_path(reader: Reader) -> StorePath:
    """A store path; FormatError for any other text."""
    path = reader.text(4096)
    if not path.startswith(STORE_DIR + "/") or not store_path.is_store_path(path):
        raise FormatError(f"path '{path}' is not in the Nix store")
    return path


def read_optional_path(reader: Reader) -> StorePath | None:
    """A store path, or None where the text is empty."""
    path = reader.text(4096)
    if not path:
        return None
    if not path.startswith(STORE_DIR + "/") or not store_path.is_store_path(path):
        raise FormatError(f"path '{path}' is not in the Nix store")
    return path


def path_info(info: PathInfo) -> bytes:
    """What is known of a path, without its name."""
    return b"".join(
        (
            text(info.deriver or ""),
            text(info.nar_hash.base16),
            texts(info.references),
            number(info.registration_time),
            number(info.nar_size),
            number(info.ultimate),
            texts(info.signatures),
            text(info.ca or ""),
        )
    )


def read_path_info(reader: Reader, path: StorePath) -> PathInfo:
    """The same, of `path`."""
    deriver, nar_hash = read_optional_path(reader), read_hash(reader)
    references = reader.items(lambda: read_path(reader))
    time, size, ultimate = reader.number(), reader.number(), reader.boolean()
    signatures, address = reader.texts(), reader.text(1 << 12)
    if size >= _MOST or time >= _MOST:
        raise FormatError(f"a size of {size} bytes or a time of {time} seconds, of '{path}'")
    return PathInfo(path, nar_hash, size, references, deriver, time, address or None, ultimate, signatures)


def read_hash(reader: Reader) -> Hash:
    """A sha256 in hexadecimal, without a prefix."""
    digits = reader.text(128)
    if len(digits) != 64 or digits.strip("0123456789abcdef"):
        raise FormatError(f"'{digits}' is no SHA-256 in hexadecimal")
    return Hash("sha256", bytes.fromhex(digits))


def split_derived(derived: str) -> tuple[StorePath, tuple[str, ...] | None]:
    """The path, and of a derivation the outputs meant, () for all; None for a path that is meant itself."""
    path, mark, names = derived.partition("!")
    if not path.startswith(STORE_DIR + "/") or not store_path.is_store_path(path):
        raise FormatError(f"path '{path}' is not in the Nix store")
    if not mark:
        return path, None
    return path, () if names == "*" else tuple(names.split(","))


def basic_derivation(derivation: Derivation, sources: Iterable[StorePath]) -> bytes:
    """A derivation whose inputs are all `sources`: those of its own, and the outputs that it uses."""
    outputs = []
    for name, output in sorted(derivation.outputs.items()):
        outputs.append(text(name) + text(output.path) + text(output.hash_algorithm) + text(output.hash))
    return b"".join(
        (
            number(len(outputs)),
            *outputs,
            texts(sorted(sources)),
            text(derivation.platform),
            text(derivation.builder),
            texts(derivation.arguments),
            pairs(sorted(derivation.environment.items())),
        )
    )


def read_basic_derivation(reader: Reader) -> Derivation:
    """A derivation as `basic_derivation` gives it."""

    def output() -> tuple[str, Output]:
        return reader.text(4096), Output(StorePath(reader.text(4096)), reader.text(64), reader.text(512))

    outputs = dict(reader.items(output))
    sources = tuple(reader.items(lambda: read_path(reader)))
    platform, builder, arguments = reader.text(), reader.text(), tuple(reader.texts())
    return Derivation(outputs, {}, sources, platform, builder, arguments, reader.pairs())


BUILT, SUBSTITUTED, ALREADY_VALID, PERMANENT_FAILURE, INPUT_REJECTED, OUTPUT_REJECTED, TRANSIENT_FAILURE = range(7)
CACHED_FAILURE, TIMED_OUT, MISC_FAILURE, DEPENDENCY_FAILED, LOG_LIMIT_EXCEEDED, NOT_DETERMINISTIC = range(7, 13)
RESOLVES_TO_ALREADY_VALID, NO_SUBSTITUTERS = 13, 14
SUCCESSES = frozenset((BUILT, SUBSTITUTED, ALREADY_VALID, RESOLVES_TO_ALREADY_VALID))


class BuildResult:
    """What came of a build: its `status`, what is said of a failure, from when to when (seconds since 1970), and
    `outputs`, name → path, where the daemon says so.
    """

    __slots__ = ("message", "outputs", "start", "status", "stop")

    def __init__(
        self,
        status: int,
        message: str = "",
        start: int = 0,
        stop: int = 0,
        outputs: Mapping[str, StorePath] | None = None,
    ) -> None:
        self.status = status
        self.message = message
        self.start = start
        self.stop = stop
        self.outputs = dict(outputs or {})

    @property
    def is_success(self) -> bool:
        """Whether the outputs are valid now."""
        return self.status in SUCCESSES


def read_build_result(reader: Reader, version: tuple[int, int]) -> BuildResult:
    """A build result as it looks in this version of the protocol."""
    status, message = reader.number(), reader.text()
    reader.number()
    reader.boolean()
    start, stop = reader.number(), reader.number()
    if version >= (1, 37):
        for _ in range(2):
            if reader.number():
                reader.number()
    outputs = {}
    for key, described in reader.pairs().items():
        name = key.rpartition("!")[2]
        outputs[name] = _out_path(described)
    return BuildResult(status, message, start, stop, outputs)


def _out_path(described: str) -> StorePath:
    try:
        base_name = json.loads(described)["outPath"]
        store_path.parse_base_name(base_name)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise FormatError("a realisation without an output path") from None
    return StorePath(f"{STORE_DIR}/{base_name}")


def build_result(result: BuildResult, version: tuple[int, int], key: Callable[[str], str]) -> bytes:
    """The same for sending; `key(output)` names an output as realisations do: `sha256:HASH!OUTPUT`."""
    head = number(result.status) + text(result.message) + number(result.status == BUILT) + number(0)
    head += number(result.start) + number(result.stop)
    if version >= (1, 37):
        head += number(0) + number(0)
    outputs = []
    for name, path in sorted(result.outputs.items()):
        named = key(name)
        described = {
            "dependentRealisations": {},
            "id": named,
            "outPath": path.removeprefix(STORE_DIR + "/"),
            "signatures": [],
        }
        outputs.append((named, json.dumps(described, separators=(",", ":"))))
    return head + pairs(outputs)
