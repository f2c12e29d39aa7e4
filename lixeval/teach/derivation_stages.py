"""What a derivation becomes, hash by hash, each with the text or bytes that it is the hash of.

    attributes -> environment -> text with hashed inputs -> hash modulo -> fingerprint -> output path
                              -> text of the .drv -> fingerprint -> path of the .drv

Whoever doubts a number recomputes it: sha256 of `hashed`, and for a store path the first 160 bits after folding (byte i
is xored into byte i modulo 20), in Nix's base 32.
"""

from __future__ import annotations

from dataclasses import dataclass

from lixeval.formats import nix32, store_path
from lixeval.formats.byte_text import bytes_of
from lixeval.formats.derivation import (
    UNKNOWN,
    Derivation,
    ModuloHash,
    Output,
    fixed_text,
    hash_modulo,
    identifying_text,
    unparse,
)
from lixeval.formats.hashes import Hash, compress, sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lixeval.formats.store_path import StorePath


@dataclass(slots=True)
class Stage:
    """One hash: what it is called, the text that is hashed, its sha256 in base 16, and what follows from it.

    `of_input` says that it is the hash of an input, which the derivation's own is made of.
    """

    title: str
    hashed: str
    sha256: str
    result: str = ""
    note: str = ""
    of_input: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "hashed": self.hashed,
            "sha256": self.sha256,
            "result": self.result,
            "note": self.note,
        }


def stages(drv_path: StorePath, read: Callable[[StorePath], Derivation]) -> list[Stage]:
    """All stages of a derivation, the hashes of its inputs first; `read` gives the derivations of the store."""
    name = store_path.parse(drv_path).name.removesuffix(".drv")
    derivation = read(drv_path)
    known: dict[StorePath, ModuloHash] = {}
    found = _of_inputs(derivation, read, known)
    fixed = derivation.fixed_output
    if fixed is not None:
        found += _fixed(name, fixed)
    elif all(output.path for output in derivation.outputs.values()):
        found += _own(name, derivation, known)
    else:
        found += map(_placeholder, sorted(derivation.outputs))
    contents = unparse(derivation)
    found.append(_drv(name, drv_path, derivation, contents))
    return found


def _of_inputs(
    derivation: Derivation, read: Callable[[StorePath], Derivation], known: dict[StorePath, ModuloHash]
) -> list[Stage]:
    """The hash modulo of each derivation that this one needs, inputs of inputs first."""
    found: list[Stage] = []
    todo: list[tuple[StorePath, bool]] = [(path, False) for path in sorted(derivation.input_derivations, reverse=True)]
    while todo:
        path, ready = todo.pop()
        if path in known:
            continue
        one = read(path)
        if not ready:
            todo.append((path, True))
            todo += [(inner, False) for inner in sorted(one.input_derivations, reverse=True) if inner not in known]
            continue
        known[path] = hash_modulo(one, known.__getitem__)
        fixed = one.fixed_output
        text = fixed_text(fixed) if fixed is not None else identifying_text(one, known.__getitem__)[0]
        note = "its output is fixed: only that counts" if fixed is not None else "its text, inputs by their hashes"
        title = f"hash modulo of {store_path.parse(path).name}"
        found.append(Stage(title, text, known[path].hash.base16, path, note, of_input=True))
    return found


def _own(name: str, derivation: Derivation, known: dict[StorePath, ModuloHash]) -> list[Stage]:
    masked = derivation.with_outputs(dict.fromkeys(derivation.outputs, UNKNOWN))
    text, _ = identifying_text(masked, known.__getitem__)
    own = Hash("sha256", sha256(bytes_of(text)))
    note = "the text without the outputs' paths, each input .drv replaced by its hash modulo"
    found = [Stage("hash modulo, to find the outputs", text, own.base16, "", note)]
    for output in sorted(derivation.outputs):
        kind, base = f"output:{output}", store_path.output_name(name, output)
        found.append(_path_stage(f"path of the output '{output}'", kind, own, base))
    return found


def _fixed(name: str, output: Output) -> list[Stage]:
    """A fixed output's path follows from its hash and its name."""
    content = output.content_hash
    if output.method == "recursive" and content.algorithm == "sha256":
        return [_path_stage("path of the fixed output", "source", content, name)]
    if output.method == "text":
        return [_path_stage("path of the fixed output", "text", content, name)]
    text = f"fixed:out:{store_path.METHOD_PREFIXES[output.method]}{content.prefixed_base16}:"
    inner = Hash("sha256", sha256(text.encode()))
    note = "what is fetched is known by its own hash; from where does not matter"
    first = Stage("hash of the fixed output", text, inner.base16, "", note)
    return [first, _path_stage("path of the fixed output", "output:out", inner, name)]


def _placeholder(output: str) -> Stage:
    """What stands for an output whose path nobody knows before it is built: it follows from what is in it."""
    text = f"nix-output:{output}"
    digest = sha256(text.encode())
    note = "stands for the output's path, which follows from what is built: nobody knows it before"
    return Stage(f"placeholder of the output '{output}'", text, digest.hex(), f"/{nix32.encode(digest)}", note)


def _drv(name: str, drv_path: StorePath, derivation: Derivation, contents: bytes) -> Stage:
    digest = Hash("sha256", sha256(contents))
    text = contents.decode("utf-8", "surrogateescape")
    kind = ":".join(["text", *derivation.references()])
    shown = store_path.fingerprint(kind, digest, f"{name}.drv")
    return Stage("the .drv", text, digest.base16, drv_path, f"its path is the hash of {shown}")


def _path_stage(title: str, kind: str, inner: Hash, name: str) -> Stage:
    text = store_path.fingerprint(kind, inner, name)
    digest = sha256(bytes_of(text))
    folded = compress(digest)
    note = f"folded to 160 bits {folded.hex()}, in base 32 {nix32.encode(folded)}"
    return Stage(title, text, digest.hex(), store_path.make_store_path(kind, inner, name), note)
