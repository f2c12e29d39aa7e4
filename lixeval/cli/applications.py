"""Which program is meant by what `lixeval run` is given.

    { type = "app"; program = "/nix/store/…"; }      that file
    a derivation                                     bin/NAME in its output, NAME being
                                                     meta.mainProgram | pname | name without its version
    … with an attribute `lixeval`                    lixeval itself, with these words: an image's copyToRegistry

C++: `UnresolvedApp` in app.cc.
"""

from __future__ import annotations

from lixeval.builtins.versions import parse_drv_name
from lixeval.errors import EvalError
from lixeval.formats.store_path import STORE_DIR
from lixeval.runtime.arguments import attribute, forced_attrs, forced_list
from lixeval.runtime.faults import described
from lixeval.runtime.strings import text_and_context, text_of
from lixeval.runtime.thunks import force

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lixeval.runtime.values import Delayed


_OWN_WORD = "copy"
"""All that an image's programs do; a file that somebody else has written does not call other commands by it."""


class Application:
    """The path of a program, or words for lixeval, and their context: what is to be built before it is there."""

    __slots__ = ("context", "program", "words")

    def __init__(self, program: str, context: Iterable[str], words: Sequence[str] = ()) -> None:
        self.program = program
        self.context = context
        self.words = words


def application_of(value: Delayed, place: str) -> Application:
    """The program that a value means; EvalError, which speaks of `place`, where it means none."""
    found = force(value)
    if found.__class__ is not dict or "type" not in found:
        raise EvalError(f"'{place}' is no derivation and no app, but {described(found)}")
    kind = text_of(force(found["type"]))
    if kind == "derivation":
        return _of_words(found) if "lixeval" in found else _of_derivation(found)
    if kind != "app":
        raise EvalError(f"attribute '{place}' has unsupported type '{kind}'")
    program, context = text_and_context(attribute(found, "program"))
    if not program.startswith(STORE_DIR + "/") or ".." in program.split("/"):
        raise EvalError(f"app program '{program}' is not in the Nix store")
    return Application(program, context)


def _of_words(value: dict[str, Delayed]) -> Application:
    words = [text_and_context(force(word)) for word in forced_list(value["lixeval"])]
    if not words or words[0][0] != _OWN_WORD:
        raise EvalError(f"a program of lixeval's own begins with '{_OWN_WORD}'", hint="other commands are typed")
    return Application("", {element for _, context in words for element in context}, [text for text, _ in words])


def _of_derivation(value: dict[str, Delayed]) -> Application:
    name = main_program(value)
    output = text_of(force(value["outputName"])) if "outputName" in value else "out"
    path, drv_path = (text_of(force(attribute(value, name))) for name in ("outPath", "drvPath"))
    return Application(f"{path}/bin/{name}", [f"!{output}!{drv_path}"])


def main_program(value: dict[str, Delayed]) -> str:
    """The name of a derivation's program."""
    meta = forced_attrs(value["meta"]) if "meta" in value else {}
    if "mainProgram" in meta:
        return text_of(force(meta["mainProgram"]))
    if "pname" in value:
        return text_of(force(value["pname"]))
    name = parse_drv_name(text_of(force(attribute(value, "name"))))
    assert name.__class__ is dict
    return text_of(name["name"])
