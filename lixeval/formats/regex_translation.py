"""Which patterns Python's `re` matches just as libstdc++ does, and in reasonable time; and how they are written there.

`re` backtracks too: it tries alternatives from the left and loops greedily, and takes the first match that it comes
upon.  Where the whole text must match, that is libstdc++'s match as well (see `regex_automaton`).  Where it need not,
it is unless alternatives that begin alike leave a choice, of which libstdc++ would look for the longest.  The two
differ in loops whose body can be empty, so such patterns are not translated.

Backtracking can take very long.  A pattern is unambiguous if each byte of the text can belong to one place of the
pattern only, which the next byte tells; then every way is a dead end at once or the only one.  This is what is worked
out here, bottom up: with what bytes a part can begin, and by what bytes it could still go on where it could also end
(Brüggemann-Klein and Wood, "One-Unambiguous Regular Languages", 1998).  Loops around an ambiguous body are not
translated; ambiguous loops one after the other are, and `effort` says how much work they can be at worst.
"""

from __future__ import annotations

from itertools import repeat

from lixeval.formats.posix_regex import ANY_BYTE, Operation, Syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_LENGTH = 20_000
"""Longer translations than this are not worth it."""


class Translation:
    """A pattern for `re`, with the flag DOTALL."""

    __slots__ = ("choices", "degree", "for_search", "foreign", "pattern", "wasteful")

    def __init__(
        self,
        pattern: str,
        foreign: str,
        for_search: bool,
        degree: int,
        choices: int,
        wasteful: bool,
    ) -> None:
        self.pattern = pattern
        self.foreign = foreign
        """The set of bytes that are in no match, as `re` writes it, "" for none: no way through the pattern
        goes over one."""
        self.for_search = for_search
        """Whether it also finds the same matches in a text; if not, it only tells whether a whole text matches."""
        self.degree = degree
        """Matching n bytes takes up to n**degree steps."""
        self.choices = choices
        """The factor by which parts that can be left out multiply that."""
        self.wasteful = wasteful
        """Whether a search can go through many bytes from one place, fail, and begin again at the next."""

    def effort(self, length: int, *, searching: bool) -> int:
        """The number of steps, at worst, for a text."""
        steps: int = self.choices * max(length, 1) ** max(self.degree, 1)
        return steps * length if searching and self.wasteful else steps

    def effort_between(self, lengths: Iterable[int]) -> int:
        """The same for searching a text, of the lengths that it has between foreign bytes."""
        power = max(self.degree, 1)
        if self.wasteful:
            steps: int = sum(map(pow, lengths, repeat(power + 1)))
        else:
            # Where nothing is between two of them, too, a step is taken.
            steps = sum(map(pow, map(max, lengths, repeat(1)), repeat(power)))
        return self.choices * steps


class _Part:
    """What is known of a part of the pattern."""

    __slots__ = (
        "branches",
        "choices",
        "degree",
        "first",
        "loops",
        "more",
        "nullable",
        "settled_ways",
        "text",
        "tight",
        "unambiguous",
        "wasteful",
        "ways",
    )

    def __init__(
        self,
        text: str,
        tight: bool,
        nullable: bool,
        first: int,
        more: int,
        unambiguous: bool,
        branches: bool,
        loops: bool,
        wasteful: bool,
        degree: int,
        ways: int,
        settled_ways: int,
        choices: int,
    ) -> None:
        self.text = text
        """The part as `re` writes it."""
        self.tight = tight
        """Whether a quantifier can follow the text directly."""
        self.nullable = nullable
        self.first = first
        """The bytes it can begin with, as bits."""
        self.more = more
        """The bytes by which it could go on where it could also end, having taken some."""
        self.unambiguous = unambiguous
        self.branches = branches
        """Whether there is a loop or alternative in it: more than one way through."""
        self.loops = loops
        self.wasteful = wasteful
        """Whether it can fail after a loop has taken bytes."""
        self.degree = degree
        """From one place it takes up to n**degree steps to try all ways through it, of which there are n**ways, for
        loops can end at different bytes, but n**settled_ways if the next byte tells whether it has ended."""
        self.ways = ways
        self.settled_ways = settled_ways
        self.choices = choices


def translated(syntax: Syntax) -> Translation | None:
    """The pattern for `re`, or None where it would not be the same, or could take exponential time."""
    parts: list[_Part] = []
    exhaustive = False
    taken = 0
    for operation in syntax.operations:
        kind = operation.kind
        if kind == "bytes":
            taken |= operation.minimum
            part: _Part | None = _bytes(operation.minimum)
        elif kind == "start" or kind == "end":
            part = _empty(r"\A" if kind == "start" else r"\Z")
        elif kind == "group":
            part = parts.pop()
            part.text, part.tight = f"({part.text})", True
        elif kind == "join" or kind == "either":
            operands = parts[len(parts) - operation.minimum :]
            del parts[len(parts) - operation.minimum :]
            if kind == "join":
                part = _join(operands)
            else:
                part = _either(operands)
                exhaustive = exhaustive or not _exclusive(operands)
        else:
            part = _repeated(parts.pop(), operation)
        if part is None or len(part.text) > MAX_LENGTH or part.choices > 4096:
            return None
        parts.append(part)
    (whole,) = parts
    return Translation(
        whole.text,
        foreign="" if taken == ANY_BYTE else _set_text(ANY_BYTE & ~taken),
        for_search=not whole.nullable and not exhaustive,
        degree=min(whole.degree, 1) if whole.unambiguous else whole.degree,
        choices=1 if whole.unambiguous else whole.choices,
        wasteful=whole.wasteful,
    )


def _empty(text: str) -> _Part:
    return _Part(text, True, True, 0, 0, True, False, False, False, 0, 0, 0, 1)


def _bytes(bits: int) -> _Part:
    return _Part(_set_text(bits), True, False, bits, 0, True, False, False, False, 0, 0, 0, 1)


def _set_text(bits: int) -> str:
    """A set of bytes as `re` writes it."""
    if bits == ANY_BYTE:
        return "."
    if bits & (bits - 1) == 0:
        return _byte_text(bits.bit_length() - 1) if bits else "(?!)"
    # Bytes that are not in the set, where that is shorter to say; there is no byte 0 in a text.
    negated = bits.bit_count() > 128
    if negated:
        bits = ANY_BYTE & ~bits
        if not bits:
            return "."
    ranges: list[str] = []
    code = 0
    while code < 256:
        if bits >> code & 1:
            end = code
            while end < 255 and bits >> (end + 1) & 1:
                end += 1
            ranges.append(_byte_text(code) if end == code else f"{_byte_text(code)}-{_byte_text(end)}")
            code = end
        code += 1
    return f"[{'^' if negated else ''}{''.join(ranges)}]"


def _byte_text(code: int) -> str:
    character = chr(code)
    return character if character.isascii() and character.isalnum() else f"\\x{code:02x}"


def _join(parts: list[_Part]) -> _Part:
    if not parts:
        return _empty("(?:)")
    if len(parts) == 1:
        return parts[0]
    text = "".join(part.text for part in parts)
    nullable, first, more, unambiguous, wasteful, loops = True, 0, 0, True, False, False
    degree, choices = 0, 1
    for part in parts:
        unambiguous = unambiguous and part.unambiguous and not more & part.first
        if nullable:
            unambiguous = unambiguous and not first & part.first
            first |= part.first
        wasteful = wasteful or part.wasteful or (loops and not part.nullable)
        more = part.more | (more | part.first if part.nullable else 0)
        nullable = nullable and part.nullable
        loops = loops or part.loops
        choices *= part.choices
    branches = any(part.branches for part in parts)
    degree, ways, settled_ways = _work(parts, unambiguous)
    return _Part(
        text, False, nullable, first, more, unambiguous, branches, loops, wasteful, degree, ways, settled_ways, choices
    )


def _work(parts: list[_Part], unambiguous: bool) -> tuple[int, int, int]:
    """How much work parts are one after the other: as a whole's `degree`, `ways` and `settled_ways`."""
    # From the last to the first: by what bytes, if any, what comes after each begins, and whether that can be nothing.
    following, open_ended = 0, True
    ways_of: list[int] = []
    open_ways = 0
    for part in reversed(parts):
        ways_of.append(part.ways if part.more & following else part.settled_ways)
        open_ways += part.ways if open_ended else ways_of[-1]
        following = part.first | (following if part.nullable else 0)
        open_ended = open_ended and part.nullable
    degree = settled_ways = 0
    for part, ways in zip(parts, reversed(ways_of), strict=True):
        degree = max(degree, settled_ways + part.degree)
        settled_ways += ways
    if unambiguous:
        return min(degree, 1), min(open_ways, 1), 0
    return degree, open_ways, settled_ways


def _exclusive(parts: list[_Part]) -> bool:
    """Whether the next byte tells which of several alternatives can match; none of them may be empty."""
    taken = 0
    for part in parts:
        if part.nullable or taken & part.first:
            return False
        taken |= part.first
    return True


def _either(parts: list[_Part]) -> _Part:
    first = more = choices = 0
    for part in parts:
        first |= part.first
        more |= part.more
        choices += part.choices
    return _Part(
        f"(?:{'|'.join(part.text for part in parts)})",
        True,
        any(part.nullable for part in parts),
        first,
        more,
        _exclusive(parts) and all(part.unambiguous for part in parts),
        True,
        any(part.loops for part in parts),
        any(part.wasteful for part in parts),
        max(part.degree for part in parts),
        max(part.ways for part in parts),
        max(part.settled_ways for part in parts),
        1 if _exclusive(parts) and choices == len(parts) else choices,
    )


def _repeated(body: _Part, operation: Operation) -> _Part | None:
    """A part with a quantifier; None where `re` would do something else, or for too long."""
    minimum, maximum = {"star": (0, -1), "plus": (1, -1), "optional": (0, 1)}.get(
        operation.kind, (operation.minimum, operation.maximum)
    )
    if body.nullable:
        return None
    text = body.text if body.tight else f"(?:{body.text})"
    text = f"(?:{text}{_quantifier(minimum, maximum)})"
    if maximum == 0:
        # The groups inside are still counted.
        return _empty(text)
    again = body.unambiguous and not body.more & body.first
    once = maximum == 1
    if not once and body.branches and not again:
        return None
    loops = not once and maximum != minimum
    more = body.more | (body.first if maximum != minimum and not once else 0)
    degree, ways, settled_ways, choices = body.degree, body.ways, body.settled_ways, body.choices
    if loops:
        degree, ways, settled_ways, choices = 1, 1, 0, 1
    elif minimum == 0:
        choices = choices + 1
    return _Part(
        text,
        True,
        minimum == 0,
        body.first,
        more,
        body.unambiguous if once else again,
        body.branches or maximum != minimum,
        loops or body.loops,
        body.wasteful or (body.loops and not once),
        degree,
        ways,
        settled_ways,
        choices,
    )


def _quantifier(minimum: int, maximum: int) -> str:
    if (minimum, maximum) == (0, -1):
        return "*"
    if (minimum, maximum) == (1, -1):
        return "+"
    if (minimum, maximum) == (0, 1):
        return "?"
    return f"{{{minimum},{maximum if maximum >= 0 else ''}}}"
