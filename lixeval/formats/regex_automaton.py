"""Matching as libstdc++ does it, but in time that is bounded.

libstdc++ walks its automaton depth first: a loop goes round once more before it is left, and is not left another way
once that has led to a match; of alternatives both sides are always tried, and the longer match counts, the earlier one
of two that are equally long.  A loop may go round twice without taking a byte.  That decides which match is found and
what its groups hold, so the walk here visits the same places in the same order.

It differs in that it remembers: coming to the same place of the pattern at the same place of the text a second time can
give nothing that the first time has not given already (what the groups hold has no influence), so the result is known.
Hence (places in the pattern) x (bytes of the text) steps are enough where backtracking may need exponentially many.

A place is a state of the automaton, together with how often the loops around it have gone round at this byte, which
matters only in loops whose body can be empty.
"""

from __future__ import annotations

from lixeval.formats.posix_regex import Operation, RegexTooLarge, Syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PLACE_LIMIT = 200_000
EFFORT_LIMIT = 30_000_000
"""Places times bytes of text: what a walk may take at worst, in bytes of memory and (about) in microseconds."""

# What a place asks for.  The operands are numbers of places, except for the bytes of TAKE and the slot of SAVE.
TAKE, LOOP, EITHER, SAVE, START, END, ACCEPT, SKIP = range(8)

# What is to be done on the way back: put a slot's old value back; try the other place if this failed, or in any case;
# remember how it ended, where a first side had failed or had succeeded.
_UNDO, _ELSE, _ALSO, _ENDED, _SUCCEEDED = range(5)

Captures = list[int]
"""For each group, the whole match first: where it begins and ends; -1 if it took no part."""


class Automaton:
    """A pattern that can be matched: its places as (what, first operand, second operand), the first one at 0."""

    __slots__ = ("alternatives", "groups", "memory", "places")

    def __init__(self, syntax: Syntax) -> None:
        self.groups = syntax.groups
        states, guarded = _Builder(syntax).build()
        self.places: list[tuple[int, Any, int]] = _places(states, guarded)
        self.alternatives = any(what == EITHER for what, _, _ in self.places)
        self.memory = bytearray()

    def match(self, text: str) -> Captures | None:
        """The match of the whole text."""
        return _Walk(self, text, whole=True).from_place(0, 0)

    def matches(self, text: str) -> list[Captures]:
        """The matches in a text one after the other, as std::regex_iterator finds them.

        After an empty match the next one begins at the same byte if it is not empty, else later.
        """
        found: list[Captures] = []
        walk = _Walk(self, text, whole=False)
        captures = walk.search(0, line_start=0)
        while captures is not None:
            found.append(captures)
            start, end = captures[0], captures[1]
            if start == end:
                if end == len(text):
                    break
                line_start = 0 if len(found) == 1 else -1
                captures = walk.here_but_not_empty(end, line_start=line_start)
                if captures is not None:
                    continue
                end += 1
            captures = walk.search(end, line_start=-1)
        return found


class _Walk:
    """The walk over one text."""

    __slots__ = ("best", "end", "line_start", "memory", "not_empty", "places", "slots", "stops", "text", "touched")

    def __init__(self, automaton: Automaton, text: str, *, whole: bool) -> None:
        self.places = automaton.places
        self.text = text
        self.slots = 2 * automaton.groups + 2
        size = len(self.places) * (len(text) + 1)
        if size > EFFORT_LIMIT:
            raise RegexTooLarge
        self.memory = bytearray(size)
        """For each place and byte: 0 not visited, 1 without success, 2 with success."""
        self.touched: list[int] = []
        self.stops = whole or not automaton.alternatives
        """Whether the first match that is found is the one."""
        self.end = len(text) if whole else -1
        self.line_start = 0
        self.not_empty = -1
        self.best: Captures | None = None

    def search(self, begin: int, *, line_start: int) -> Captures | None:
        """The first match that begins at a byte from `begin` on; `^` is at `line_start` only."""
        self._forget()
        self.line_start = line_start
        for start in range(begin, len(self.text) + 1):
            captures = self.from_place(0, start)
            if captures is not None:
                return captures
        return None

    def here_but_not_empty(self, begin: int, *, line_start: int) -> Captures | None:
        """The match that begins at a byte and takes some."""
        self._forget()
        self.line_start = line_start
        self.not_empty = begin
        captures = self.from_place(0, begin)
        self.not_empty = -1
        return captures

    def _forget(self) -> None:
        for key in self.touched:
            self.memory[key] = 0
        self.touched.clear()

    def from_place(self, place: int, start: int) -> Captures | None:
        """The match that begins at byte `start`."""
        self.best = None
        places, text, memory = self.places, self.text, self.memory
        length, width = len(text), len(text) + 1
        captures: Captures = [-1] * self.slots
        # (what to do, key in the memory or slot, place or old value, position)
        stack: list[tuple[int, int, int, int]] = []
        push, pop, touch = stack.append, stack.pop, self.touched.append
        position = start
        while True:
            what, first, second = places[place]
            if what == TAKE:
                if position < length and text[position] in first:
                    position += 1
                    place = second
                    continue
                success = False
            elif what == LOOP or what == EITHER:  # noqa: SIM109  # twice as fast, and this is the innermost loop
                key = place * width + position
                known = memory[key]
                if not known:
                    memory[key] = 1
                    touch(key)
                    push((_ELSE if what == LOOP else _ALSO, key, second, position))
                    place = first
                    continue
                success = known == 2
            elif what == SAVE:
                push((_UNDO, first, captures[first], 0))
                captures[first] = position
                place = second
                continue
            elif what == ACCEPT:
                success = self._accept(captures, position)
                if success and self.stops:
                    return self.best
            elif what == SKIP or position == (length if what == END else self.line_start):
                place = second
                continue
            else:
                success = False
            # The way ends here: back to where another one is open.
            while stack:
                task, key, other, back = pop()
                if task == _UNDO:
                    captures[key] = other
                elif task == _ELSE:
                    if not success:
                        push((_ENDED, key, 0, 0))
                        place, position = other, back
                        break
                    memory[key] = 2
                elif task == _ALSO:
                    push((_SUCCEEDED if success else _ENDED, key, 0, 0))
                    place, position = other, back
                    break
                else:
                    success = success or task == _SUCCEEDED
                    if success:
                        memory[key] = 2
            else:
                return self.best

    def _accept(self, captures: Captures, position: int) -> bool:
        """The end of the pattern: whether that is a match; the longest is kept."""
        if (self.end >= 0 and position != self.end) or position == self.not_empty:
            return False
        if self.best is None or position > self.best[1]:
            self.best = list(captures)
        return True


class _State:
    """A state of the automaton; `other` is where a loop's body or the first alternative begins.

    The argument is the set of bytes, the slot, or whether a loop's body can be empty."""

    __slots__ = ("argument", "following", "other", "what")

    def __init__(self, what: int, following: int = -1, other: int = -1, argument: Any = None) -> None:
        self.what = what
        self.following = following
        self.other = other
        self.argument = argument


class _Part:
    """An operand: the states from `low` on, entered at `start`, left at `end`; whether it can take no byte."""

    __slots__ = ("end", "low", "nullable", "start")

    def __init__(self, low: int, start: int, end: int, nullable: bool) -> None:
        self.low = low
        self.start = start
        self.end = end
        self.nullable = nullable


class _Builder:
    """Makes the states of a pattern, in the arrangement of libstdc++."""

    __slots__ = ("guarded", "parts", "states", "syntax")

    def __init__(self, syntax: Syntax) -> None:
        self.syntax = syntax
        self.states: list[_State] = []
        self.parts: list[_Part] = []
        self.guarded: set[int] = set()
        """Loops that can be come to again without a byte taken in between, by a way through their body."""

    def build(self) -> tuple[list[_State], set[int]]:
        begin = self._add(_State(SAVE, argument=0))
        for operation in self.syntax.operations:
            self._apply(operation)
        (part,) = self.parts
        end = self._add(_State(SAVE, argument=1))
        accept = self._add(_State(ACCEPT))
        self.states[begin].following = part.start
        self.states[part.end].following = end
        self.states[end].following = accept
        return self.states, self.guarded

    def _add(self, state: _State) -> int:
        self.states.append(state)
        return len(self.states) - 1

    def _single(self, state: _State, nullable: bool) -> None:
        number = self._add(state)
        self.parts.append(_Part(number, number, number, nullable))

    def _apply(self, operation: Operation) -> None:
        kind = operation.kind
        if kind == "bytes":
            self._single(_State(TAKE, argument=_members(operation.minimum)), False)
        elif kind == "start":
            self._single(_State(START), True)
        elif kind == "end":
            self._single(_State(END), True)
        elif kind == "join":
            self._join(operation.minimum)
        elif kind == "either":
            self._either(operation.minimum)
        elif kind == "group":
            self._group(operation.minimum)
        elif kind == "repeat":
            self._repeat(self.parts.pop(), operation.minimum, operation.maximum)
        else:
            part = self.parts.pop()
            self.parts.append(self._looped(part, kind))

    def _join(self, count: int) -> None:
        if count == 0:
            self._single(_State(SKIP), True)
            return
        parts = self.parts[-count:]
        del self.parts[-count:]
        for index in range(1, count):
            self.states[parts[index - 1].end].following = parts[index].start
        nullable = all(part.nullable for part in parts)
        self.parts.append(_Part(parts[0].low, parts[0].start, parts[-1].end, nullable))

    def _either(self, count: int) -> None:
        parts = self.parts[-count:]
        del self.parts[-count:]
        joined = parts[0]
        for part in parts[1:]:
            end = self._add(_State(SKIP))
            self.states[joined.end].following = end
            self.states[part.end].following = end
            start = self._add(_State(EITHER, following=part.start, other=joined.start))
            joined = _Part(joined.low, start, end, joined.nullable or part.nullable)
        self.parts.append(joined)

    def _group(self, number: int) -> None:
        part = self.parts.pop()
        begin = self._add(_State(SAVE, following=part.start, argument=2 * number))
        end = self._add(_State(SAVE, argument=2 * number + 1))
        self.states[part.end].following = end
        self.parts.append(_Part(part.low, begin, end, part.nullable))

    def _looped(self, part: _Part, kind: str) -> _Part:
        """`star`, `plus` or `optional` of a part."""
        loop = self._add(_State(LOOP, other=part.start, argument=part.nullable))
        if kind == "optional":
            end = self._add(_State(SKIP))
            self.states[part.end].following = end
            self.states[loop].following = end
            return _Part(part.low, loop, end, True)
        self.states[part.end].following = loop
        if part.nullable:
            self._guard(part.low)
        if kind == "plus":
            return _Part(part.low, part.start, loop, part.nullable)
        return _Part(part.low, loop, loop, True)

    def _guard(self, low: int) -> None:
        """The states from `low` on can go round without taking a byte, and so can the loops in them."""
        for index in range(low, len(self.states)):
            if self.states[index].what == LOOP and self.states[index].argument:
                self.guarded.add(index)

    def _repeat(self, part: _Part, minimum: int, maximum: int) -> None:
        """`minimum` copies of a part, then a loop of it or copies that each can be left out with all that follow."""
        optional = maximum - minimum if maximum >= 0 else 1
        if minimum + optional == 0:
            del self.states[part.low :]
            self.guarded = {index for index in self.guarded if index < part.low}
            self._single(_State(SKIP), True)
            return
        copies = [part]
        high = len(self.states)
        for _ in range(minimum + optional - 1):
            copies.append(self._copy(part, high))
        start = end = self._add(_State(SKIP))
        for copy in copies[:minimum]:
            self.states[end].following = copy.start
            end = copy.end
        if maximum < 0:
            loop = self._looped(copies[-1], "star")
            self.states[end].following = loop.start
            end = loop.end
        else:
            done = self._add(_State(SKIP))
            for copy in copies[minimum:]:
                choice = self._add(_State(LOOP, following=done, other=copy.start, argument=part.nullable))
                self.states[end].following = choice
                end = copy.end
            self.states[end].following = done
            end = done
        self.parts.append(_Part(part.low, start, end, part.nullable or minimum == 0))

    def _copy(self, part: _Part, high: int) -> _Part:
        """A second set of the states from `part.low` to `high`."""
        offset = len(self.states) - part.low
        for index in range(part.low, high):
            state = self.states[index]
            following = state.following + offset if state.following >= 0 and index != part.end else -1
            other = state.other + offset if state.other >= 0 else -1
            self._add(_State(state.what, following, other, state.argument))
            if index in self.guarded:
                self.guarded.add(index + offset)
        return _Part(part.low + offset, part.start + offset, part.end + offset, part.nullable)


def _members(bits: int) -> frozenset[str]:
    return frozenset(chr(code) for code in range(256) if bits >> code & 1)


def _places(states: list[_State], guarded: set[int]) -> list[tuple[int, Any, int]]:
    """The places that can be come to: states, guarded loops with the number of rounds (0, 1, 2) at the same byte.

    The rounds of all guarded loops make one number, a digit to the base of 3 for each.
    """
    digit = {loop: 3**index for index, loop in enumerate(sorted(guarded))}
    numbers: dict[tuple[int, int], int] = {(0, 0): 0}
    waiting = [(0, 0)]
    places: list[tuple[int, Any, int]] = []

    def number(state: int, rounds: int) -> int:
        while states[state].what == SKIP:
            state = states[state].following
        key = (state, rounds)
        found = numbers.get(key)
        if found is None:
            if len(numbers) > PLACE_LIMIT:
                raise RegexTooLarge
            found = numbers[key] = len(numbers)
            waiting.append(key)
        return found

    for index, rounds in waiting:
        state = states[index]
        if state.what == TAKE:
            places.append((TAKE, state.argument, number(state.following, 0)))
        elif state.what == LOOP:
            unit = digit.get(index)
            if unit is None:
                places.append((LOOP, number(state.other, rounds), number(state.following, rounds)))
            elif rounds // unit % 3 < 2:
                places.append((LOOP, number(state.other, rounds + unit), number(state.following, rounds)))
            else:
                places.append((SKIP, None, number(state.following, rounds)))
        elif state.what == EITHER:
            places.append((EITHER, number(state.other, rounds), number(state.following, rounds)))
        elif state.what == ACCEPT:
            places.append((ACCEPT, None, 0))
        else:
            places.append((state.what, state.argument, number(state.following, rounds)))
    return places
