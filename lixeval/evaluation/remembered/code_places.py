"""Where code stands, by which a heap names it: that of Nix files in a piece, lixeval's own in a module.

Files and pieces arrive while values are written, as what another heap keeps is read: what is not found is looked for
in those that came since.
"""

from __future__ import annotations

import sys
from types import FunctionType

from lixeval.runtime.code_info import codes_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    from lixeval.evaluation.compiled_file import CompiledFile
    from lixeval.evaluation.evaluator import Evaluator

    Place = tuple[CompiledFile, str, int]
    """A file, one of its pieces, and which of the piece's codes or nodes."""


class CodePlaces:
    """The places of what one evaluator has loaded."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._own = _own_codes()
        self._codes: dict[int, Place] = {}
        self._nodes: dict[int, Place] = {}
        self._files: dict[int, CompiledFile] = {}
        self._with_codes: set[int] = set()
        self._with_nodes: set[tuple[int, str]] = set()

    def own(self, code: CodeType) -> tuple[str, str, int] | None:
        """The module and the function of lixeval's own code, and which of the codes in that; None for a Nix file's."""
        return self._own.get(id(code))

    def code(self, code: CodeType) -> Place | None:
        """The place of a Nix file's compiled code; None for lixeval's own."""
        found = self._codes.get(id(code))
        if found is None and id(code) not in self._own:
            for file in self._evaluator.compiled:
                for piece, module in file.modules.items():
                    if id(module) not in self._with_codes:
                        self._with_codes.add(id(module))
                        for number, inner in enumerate(codes_in(module)):
                            self._codes[id(inner)] = (file, piece, number)
            found = self._codes.get(id(code))
        return found

    def node(self, node: tuple[Any, ...]) -> Place:
        """The place of a node that is walked."""
        found = self._nodes.get(id(node))
        if found is None:
            for file in self._evaluator.compiled:
                for piece in file.modules:
                    if (id(file), piece) not in self._with_nodes:
                        self._with_nodes.add((id(file), piece))
                        for number, each in enumerate(file.nodes(piece)):
                            self._nodes[id(each)] = (file, piece, number)
            found = self._nodes[id(node)]
        return found

    def file(self, space: dict[str, Any]) -> CompiledFile | None:
        """The file that has a namespace; None if it is not known."""
        if id(space) not in self._files:
            self._files = {id(file.space): file for file in self._evaluator.compiled}
        return self._files.get(id(space))


def _own_codes() -> dict[int, tuple[str, str, int]]:
    """For each function of lixeval's, and each that one of these makes: its module, its name, which of the codes."""
    found: dict[int, tuple[str, str, int]] = {}
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("lixeval.") and module is not None:
            for name, function in list(vars(module).items()):
                if function.__class__ is FunctionType and function.__module__ == module_name:
                    for place, code in enumerate(codes_in((function.__code__,))):
                        found.setdefault(id(code), (module_name, name, place))
    return found
