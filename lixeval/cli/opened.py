"""The stores that commands have opened: closed when the command ends, for it may be a function that somebody calls."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.store.local import LocalStore

_OPENED: "list[LocalStore]" = []


def opened(store: "LocalStore") -> "LocalStore":
    """The store, which is closed with the others."""
    _OPENED.append(store)
    return store


def close_stores() -> None:
    """Let go what commands have opened; whatever was to be registered has been."""
    while _OPENED:
        _OPENED.pop().leave()
