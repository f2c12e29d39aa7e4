"""What commands have opened: left when the command ends, for it may be a function that somebody calls."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol, TypeVar

    class Leaves(Protocol):
        """A store, or a workspace with one."""

        def leave(self) -> None: ...

    Opened = TypeVar("Opened", bound=Leaves)

_OPENED: "list[Leaves]" = []


def opened(one: "Opened") -> "Opened":
    """The store or workspace, which is left with the others."""
    _OPENED.append(one)
    return one


def close_stores() -> None:
    """Let go what commands have opened; whatever was to be registered has been."""
    while _OPENED:
        _OPENED.pop().leave()
