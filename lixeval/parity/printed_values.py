"""Where two printed values part.

    value    = "{ " { name " = " value ";" " " } "}" | "[ " { value " " } "]" | leaf
    name     = identifier | string
    leaf     = string | anything up to a blank or ";" (numbers, paths, <CODE>, «repeated»)

The form is that of `nix-instantiate --eval` (see `runtime.printing`).  Taken apart, a set is a dict, a list a list, and
a leaf the text it is.  Each container knows a hash of what is in it, and so deep ones compare without recursion.
"""

from __future__ import annotations


class Set(dict[str, object]):
    """A printed attribute set."""

    mark = 0

    def finish(self) -> None:
        self.mark = hash(("set", *self, *map(_mark, self.values())))


class Listing(list[object]):
    """A printed list."""

    mark = 0

    def finish(self) -> None:
        self.mark = hash(("list", *map(_mark, self)))


def _mark(tree: object) -> int:
    return tree.mark if isinstance(tree, Set | Listing) else hash(tree)


def parse_printed(text: str) -> object:
    """The tree of a printed value; the whole text as a leaf where it is not in the form."""
    reader = _Reader(text)
    try:
        tree = reader.read()
    except (IndexError, ValueError):
        return text
    return tree if reader.at == len(text) else text


class _Reader:
    """Reads with a stack of its own: printed values may be nested deeply."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def read(self) -> object:
        # What is open: each container, with the name that the next value of a set has.
        around: list[tuple[Set | Listing, str]] = []
        name = ""
        while True:
            value: object
            if self.text.startswith(("{", "["), self.at):
                opened: Set | Listing = Set() if self.text[self.at] == "{" else Listing()
                self.at += 2
                around.append((opened, name))
                name = self._next_name() if isinstance(opened, Set) and not self._closes() else ""
                if not self._closes():
                    continue
                value, name = self._close(around)
            else:
                value = self._leaf()
            while True:
                if not around:
                    return value
                container = around[-1][0]
                if isinstance(container, Set):
                    container[name] = value
                    self._expect("; ")
                else:
                    container.append(value)
                    self._expect(" ")
                if not self._closes():
                    name = self._next_name() if isinstance(container, Set) else ""
                    break
                value, name = self._close(around)

    def _closes(self) -> bool:
        return self.text[self.at] in "}]"

    def _close(self, around: list[tuple[Set | Listing, str]]) -> tuple[object, str]:
        self.at += 1
        container, name = around.pop()
        container.finish()
        return container, name

    def _next_name(self) -> str:
        start = self.at
        if self.text[start] == '"':
            self._string()
        else:
            self.at = self.text.index(" = ", start)
        name = self.text[start : self.at]
        self._expect(" = ")
        return name

    def _expect(self, text: str) -> None:
        if not self.text.startswith(text, self.at):
            raise ValueError(text)
        self.at += len(text)

    def _string(self) -> None:
        self.at += 1
        while self.text[self.at] != '"':
            self.at += 2 if self.text[self.at] == "\\" else 1
        self.at += 1

    def _leaf(self) -> str:
        start = self.at
        if self.text[start] == '"':
            self._string()
        else:
            while self.at < len(self.text) and self.text[self.at] not in " ;":
                self.at += 1
        return self.text[start : self.at]


def first_difference(left: str, right: str) -> tuple[str, str, str]:
    """The attribute path at which two printed values part, and what stands there on both sides.

    The path is the shortest below which all that differs lies: `a.b.2`; the empty one is the whole value.
    """
    one, other = parse_printed(left), parse_printed(right)
    path: list[str] = []
    while True:
        differing: list[str] = []
        if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
            differing = [name for name in one if _mark(one[name]) != _mark(other[name])]
            step = differing[0] if differing else ""
            if differing:
                one, other = one[step], other[step]
        elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            pairs = enumerate(zip(map(_mark, one), map(_mark, other), strict=True))
            numbers = [number for number, (left_mark, right_mark) in pairs if left_mark != right_mark]
            step = str(numbers[0]) if numbers else ""
            differing = [step] if numbers else []
            if numbers:
                one, other = one[numbers[0]], other[numbers[0]]
        if not differing:
            return ".".join(path), brief(one), brief(other)
        path.append(step)


def brief(tree: object, limit: int = 120) -> str:
    """A tree as text again, cut where it is long."""
    out: list[str] = []
    work: list[object] = [tree]
    size = 0
    while work and size <= limit:
        item = work.pop()
        if isinstance(item, dict):
            work.append(_Text("}"))
            for name in reversed(list(item)):
                work += [_Text("; "), item[name], _Text(f"{name} = ")]
            item = _Text("{ ")
        elif isinstance(item, list):
            work.append(_Text("]"))
            for member in reversed(item):
                work += [_Text(" "), member]
            item = _Text("[ ")
        out.append(str(item))
        size += len(out[-1])
    text = "".join(out)
    return text if len(text) <= limit and not work else text[:limit] + "…"


class _Text(str):
    """Punctuation, told apart from leaves."""

    __slots__ = ()
