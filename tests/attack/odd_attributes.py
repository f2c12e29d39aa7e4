"""Attributes that are missing or odd, for whatever a builder inside lixeval asks for.

Nobody lists what that is: a builder is called until it asks for nothing new, each time with something that will do for
what it has asked for so far.  Then each of these is left out, and made odd.  So a new builder is tried like the others.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lixeval.build.builders.builder import BuildContext, Builtin, BuiltinBuilder
from lixeval.build.builders.shapes import Shape
from lixeval.errors import LixevalError
from lixeval.formats.store_path import StorePath
from lixeval.system.network import set_offline
from lixeval.system.removing import remove_tree

WORDS = (
    *(
        "",
        "x",
        "\0",
        "\n",
        "/",
        "..",
        "/../x",
        "-1",
        "0",
        "9" * 5000,
        "1e999",
        "nan",
        "[]",
        "{}",
        "null",
        '"',
        "\udcff",
    ),
    *(
        "file:///etc/passwd",
        "http://[",
        "/nix/store/../../etc",
        "/nix/store",
        "true 5 1",
        "x" * 100_000,
        "\x1b]0;x\x07",
    ),
)
"""What an environment variable may say, and a string of a structured attribute."""
VALUES: tuple[Any, ...] = (
    *(None, 0, -1, 2**70, 1.5, True, float("nan"), [], [None], [[]], ["x"], ["\0"], ["/"], [{}], {}, {"": None}),
    *({"a": []}, {"..": "x"}, {"a/b\0": "x"}, [["x"] * 1000], {"a": {"a": {"a": {}}}}),
)
_MOST_ROUNDS = 20


class Noted(dict[str, str]):
    """An environment that knows what it was asked for."""

    asked: set[str]

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self.asked.add(str(name))
        return super().__contains__(name)


@dataclass(frozen=True, slots=True)
class NotedContext(BuildContext):
    """A build that knows which structured attributes it was asked for, and what they must look like."""

    wanted: dict[str, Shape] = field(default_factory=dict)

    def asked(self, **wanted: Shape) -> dict[str, Any]:
        self.wanted.update(wanted)
        return BuildContext.asked(self, **wanted)


def _fitting(shape: Shape) -> Any:
    """A value that such an attribute may have."""
    candidates: tuple[Any, ...] = ("x", 1, True, [], {}, None)
    for value in candidates:
        try:
            shape(value, "")
        except LixevalError:
            continue
        return value
    raise AssertionError("a shape that nothing fits: add a value here")


class Trials:
    """All that is tried of one builder, in the folder `top`; `context` is what its builds are like."""

    def __init__(
        self,
        builder: BuiltinBuilder,
        context: Mapping[str, Any],
        whole: Mapping[str, Any],
        variables: Mapping[str, str],
        top: str,
    ) -> None:
        self._build = builder.build if isinstance(builder, Builtin) else builder
        self._outside = builder.ask_outside if isinstance(builder, Builtin) else None
        self._context = context
        self._top = top
        self._variables: dict[str, str] = dict(variables)
        self._attributes: dict[str, Any] = dict(whole)
        self._is_structured = bool(whole)
        self.count = 0

    def run(self) -> Iterator[str]:
        """What has come out that is no error of lixeval's."""
        yield from self._found_out()
        names = (*self._variables, *(self._attributes if self._is_structured else ()))
        for name in names:
            values: tuple[Any, ...] = WORDS if name in self._variables else (*WORDS, *VALUES)
            yield from self._call(name, lambda given, name=name: given.pop(name))  # type: ignore[misc]
            for value in values:
                yield from self._call(name, lambda given, name=name, value=value: given.update({name: value}))  # type: ignore[misc]

    def _found_out(self) -> Iterator[str]:
        """Learns what the builder asks for."""
        for _ in range(_MOST_ROUNDS):
            before = len(self._variables) + len(self._attributes)
            asked: set[str] = set()
            wanted: dict[str, Shape] = {}
            yield from self._call("", lambda given: None, asked, wanted)
            for name in sorted(asked - self._variables.keys()):
                self._variables[name] = "x"
            for name, shape in wanted.items():
                self._is_structured = True
                self._attributes.setdefault(name, _fitting(shape))
            if len(self._variables) + len(self._attributes) == before:
                return

    def _call(
        self,
        name: str,
        change: Callable[[dict[str, Any]], object],
        asked: set[str] | None = None,
        wanted: dict[str, Shape] | None = None,
    ) -> Iterator[str]:
        """One build, whose attributes are changed."""
        variables, attributes = Noted(self._variables), {**self._attributes, "outputs": {"out": "/nix/store/x"}}
        variables.asked = set() if asked is None else asked
        given: dict[str, Any] = variables if name in self._variables else attributes
        change(given)
        self.count += 1
        out = f"{self._top}/{self.count}"
        os.mkdir(out)
        try:
            if self._outside is not None:
                self._outside(attributes if self._is_structured else variables)
            self._build(
                NotedContext(
                    **self._context,
                    drv_path=StorePath("/nix/store/x.drv"),
                    outputs={"out": f"{out}/out"},
                    environment=variables,
                    structured_attrs=attributes,
                    log=lambda line: None,
                    temporary_directory=out,
                    wanted={} if wanted is None else wanted,
                )
            )
        except (LixevalError, OSError):
            pass
        except Exception:
            yield f"{name}: {given.get(name)!a:.80}: {traceback.format_exc()}"
        finally:
            remove_tree(out)


def trials(*given: Any) -> list[str]:
    """What was wrong, and at the end how many builds were tried; to be called in a process of its own, as `Trials`."""
    set_offline(True)
    all_of_them = Trials(*given)
    return [*all_of_them.run(), str(all_of_them.count)]
