"""Python functions under construction, and what is known at each point in them.

A `Unit` is a module-level function: the code of one thunk.  A `Frame` is one Python function body: a unit's own, or
that of a `def` (a Nix lambda) nested in it.  Variables have one name in the whole file; a frame finds a binding

- as its own local, or as a closure variable of the frames around it in the same unit;
- else in the unit's environment: the unit captures it, and whoever makes the cell puts it there.

`forced` holds the bindings known to be values, not cells, at the current point; `looked` those whose cell, if they had
one, was not evaluated when it was looked at; `renamed` those whose value stands in a local of this frame because the
variable itself belongs to an outer `def`; `selected` the variables that hold what was selected from one of this frame,
and `sets` those that certainly hold a set.  All follow the flow: a branch or an inner function starts from what was
known before it, and what it learns ends with it.  They are dicts, which know what came last, and shared: taking back
what was learnt takes as long as learning it, where a copy for each branch and function would make long texts take the
square of their length.  Only names given here (`renamed`) are a function's own, since an inner one can look them up but
not assign them.
"""

from __future__ import annotations

import _ast as ast

from lixeval.compiler import pyast as py

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Binding:
    """One bound name: the Python variable `local` in `frame` holds its value or cell.

    `constant` marks a name bound to a literal, whose value is in `value`.
    `arity` > 0 marks a known function: the variable holds its Python code, called directly with `arity` arguments;
    `forces` are then the parameters (counted from 0) that the body forces before anything else, in this order.
    `takes` and `forces` say the same of a function whose variable holds a cell, as where that shows.
    `confined` marks a known function that is nothing but called so: what it forces first it gets forced.
    `wrapper` is the binding of the same function as a Nix value, where it has to be one (arity 2 and more).
    `member_of` marks a name that is read from a set each time (a recursive set with `__overrides`).
    """

    __slots__ = (
        "arity",
        "confined",
        "constant",
        "forces",
        "frame",
        "local",
        "member_of",
        "name",
        "takes",
        "value",
        "wrapper",
    )

    def __init__(self, name: str, local: str, frame: Frame | None = None, *, member_of: Binding | None = None) -> None:
        self.name = name
        self.local = local
        self.frame = frame
        self.constant = False
        self.value: Any = None
        self.arity = 0
        self.takes = 0
        self.confined = False
        self.forces: tuple[int, ...] = ()
        self.wrapper: Binding | None = None
        self.member_of = member_of


class Unit:
    """A module-level function; `captures` are the outer units' bindings that it needs, in its environment's order.

    Of a known function the environment of a piece holds the value; `unwrapped` are those whose code is wanted too.
    """

    __slots__ = ("captures", "identifier", "unwrapped")

    def __init__(self, identifier: str, captures: dict[Binding, None] | None = None) -> None:
        self.identifier = identifier
        self.captures = {} if captures is None else captures
        self.unwrapped: dict[Binding, None] = {}


class Frame:
    """A function body under construction; statements go to the end of `block`."""

    __slots__ = (
        "_before",
        "block",
        "cells",
        "definitions",
        "forced",
        "frozen",
        "guards",
        "looked",
        "once",
        "outer",
        "parent",
        "renamed",
        "renamed_around",
        "selected",
        "sets",
        "touched",
        "unit",
    )

    def __init__(
        self,
        unit: Unit,
        parent: Frame | None,
        *,
        forced: dict[Binding, None] | None = None,
        renamed: dict[Binding, str] | None = None,
        once: bool = False,
        outer: Frame | None = None,
    ) -> None:
        self.unit = unit
        self.parent = parent
        self.block: list[ast.stmt] = []
        self.forced: dict[Binding, None] = {} if forced is None else forced
        self.looked: dict[Binding, None] = {}
        self.renamed: dict[Binding, str] = {}
        self.renamed_around: dict[Binding, str] = {} if renamed is None else renamed
        """The same of the functions around, whose locals this one cannot assign."""
        self.selected: dict[tuple[object, ...], str] = {}
        """By the variable, the name, and what else tells how it was selected (see `compiler.selection`)."""
        self.sets: dict[str, None] = {}
        self.cells: dict[Binding, ast.List | None] = {}
        """Bindings whose variable holds a cell, whatever has run before; of its own bindings the fresh cell itself."""
        self.outer = outer
        """Of a unit the function that makes its cell: what holds a cell there then does so here at first."""
        self.touched: set[Binding] = set()
        """Bindings whose variable may hold a cell no more, as it did in `outer`."""
        self.frozen: set[Binding] = set()
        """Bindings whose variable is to go on holding a cell, for functions in this one and for units, which do not
        ask: the cell of a unit may be made after what is emitted later.
        """
        self.guards = 0
        """How many `guarded` blocks the end of `block` is in."""
        self.definitions = 0
        """How many `def`s are in it."""
        self.once = once
        """Whether it runs hardly more than once: then what of it can be is walked (`walked`)."""
        self._before = self.known()

    def known(self) -> tuple[int, int, int, int, int]:
        """How much is known here, for `forget`."""
        return len(self.forced), len(self.looked), len(self.renamed), len(self.selected), len(self.sets)

    def forget(self, before: tuple[int, int, int, int, int]) -> None:
        """Takes back what was learnt since `known` gave that."""
        forced, looked, renamed, selected, sets = before
        while len(self.forced) > forced:
            self.forced.popitem()
        while len(self.looked) > looked:
            self.looked.popitem()
        while len(self.renamed) > renamed:
            self.renamed.popitem()
        while len(self.selected) > selected:
            self.selected.popitem()
        while len(self.sets) > sets:
            self.sets.popitem()

    def emit(self, statement: ast.stmt) -> None:
        self.block.append(statement)

    def taken(self) -> list[ast.stmt]:
        """The finished body.  The frame, which bindings of pieces to come refer to, does not keep it alive."""
        self.forget(self._before)
        self.cells.clear()
        self.touched.clear()
        self.outer = None
        block, self.block = self.block, []
        return block

    def reference(self, binding: Binding) -> str:
        """The Python variable that holds a binding here, captured from outside the unit if need be."""
        renamed = self.renamed.get(binding) or self.renamed_around.get(binding)
        if renamed is not None:
            return renamed
        if binding.frame is None or binding.frame.unit is not self.unit:
            unit = self.unit
            if binding.wrapper is not None and binding.wrapper in unit.captures and binding not in unit.captures:
                unit.unwrapped.setdefault(binding)
            else:
                unit.captures.setdefault(binding)
        return binding.local

    def owns(self, binding: Binding) -> bool:
        """Whether the binding's variable is a local of this very function, so that it can be assigned."""
        if binding in self.frozen:
            return False
        if binding.frame is self:
            return True
        return self.parent is None and (binding.frame is None or binding.frame.unit is not self.unit)

    def force(self, at: py.At, binding: Binding) -> str:
        """The variable that holds a binding's value, forced at this point if it is not known to be."""
        variable = self.reference(binding)
        if binding in self.forced:
            return variable
        is_cell = self._loses_cell(binding)
        held = variable
        if not self.owns(binding) and binding not in self.renamed:
            self.renamed[binding] = variable = variable + "_f"
        # Somebody else has mostly evaluated already what comes from outside, as the functions a file begins with.
        is_known = binding.frame is not self
        if is_cell:
            self.emit(py.assign(at, variable, py.asked(at, held, is_known=is_known)))
        else:
            if held != variable:
                self.emit(py.assign(at, variable, py.name(at, held)))
            self.emit(py.force_known(at, variable) if is_known else py.force(at, variable))
        self.forced.setdefault(binding)
        return variable

    def holds_cell(self, binding: Binding) -> bool:
        """Whether the variable of a binding certainly holds a cell, be it evaluated or not."""
        frame: Frame | None = self
        around: list[Frame] = []
        while frame is not None and binding not in frame.touched:
            if binding in frame.cells:
                for each in around:
                    each.frozen.add(binding)
                return True
            frame = frame.outer or frame.parent
            if frame is not None:
                around.append(frame)
        return False

    def hands_cell(self, binding: Binding) -> bool:
        """Whether the variable of a binding certainly holds a cell, which it then does for all of this function."""
        if not self.holds_cell(binding):
            return False
        self.frozen.add(binding)
        return True

    def _loses_cell(self, binding: Binding) -> bool:
        """Takes note that the variable of a binding may get the value; whether it certainly held a cell."""
        if not self.holds_cell(binding):
            return False
        self.cells.pop(binding, None)
        self.touched.add(binding)
        return True

    def look(self, at: py.At, binding: Binding) -> str:
        """The variable that holds a binding's value or cell; no longer a cell that is evaluated already."""
        variable = self.reference(binding)
        if binding in self.forced or binding in self.looked:
            return variable
        self._loses_cell(binding)
        if not self.owns(binding) and binding not in self.renamed:
            own = variable + "_f"
            self.emit(py.assign(at, own, py.name(at, variable)))
            self.renamed[binding] = variable = own
        self.emit(py.look(at, variable))
        self.looked.setdefault(binding)
        return variable

    def branch(self) -> _Branch:
        """A block of its own for code that may not run; what it learns is forgotten afterwards."""
        return _Branch(self)

    def guarded(self) -> _Guarded:
        """A block of its own for code that runs in any case: what it learns holds afterwards."""
        return _Guarded(self)

    def nested(self, *, once: bool = False) -> Frame:
        """The frame of a nested `def`."""
        renamed = {**self.renamed_around, **self.renamed} if self.renamed else self.renamed_around
        return Frame(self.unit, self, forced=self.forced, renamed=renamed, once=once and self.once)

    def of_unit(self, unit: Unit) -> Frame:
        """The frame of a unit whose cell is made here."""
        return Frame(unit, None, forced=self.forced, once=self.once, outer=self)


class _Branch:
    """See `Frame.branch`.  A generator that is made a context takes three times as long, and there are thousands."""

    __slots__ = ("_before", "_frame", "_outer")

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._outer, self._before = frame.block, frame.known()

    def __enter__(self) -> list[ast.stmt]:
        block: list[ast.stmt] = []
        self._frame.block = block
        return block

    def __exit__(self, *_error: object) -> None:
        self._frame.block = self._outer
        self._frame.forget(self._before)


class _Guarded:
    """See `Frame.guarded`."""

    __slots__ = ("_frame", "_outer")

    def __init__(self, frame: Frame) -> None:
        self._frame, self._outer = frame, frame.block

    def __enter__(self) -> list[ast.stmt]:
        block: list[ast.stmt] = []
        self._frame.block = block
        self._frame.guards += 1
        return block

    def __exit__(self, *_error: object) -> None:
        self._frame.guards -= 1
        self._frame.block = self._outer
