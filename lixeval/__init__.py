"""lixeval: Nix in Python.

Evaluates Nix expressions, builds what they describe, writes OCI images, on a machine that has no Nix.  The command is
`lixeval.cli`, the library `lixeval.library`, whose functions are here too:

    >>> import lixeval
    >>> lixeval.evaluate("builtins.map (x: x * 2) [ 1 2 3 ]")
    (2, 4, 6)
"""

TYPE_CHECKING = False  # type checkers know the name; importing it from typing would cost every start
if TYPE_CHECKING:
    from lixeval.errors import LixevalError
    from lixeval.library import AttributeSet, Derivation, Function, List, Session, build_image, evaluate, explain, load

__version__ = "0.1.0"

__all__ = [
    "AttributeSet",
    "Derivation",
    "Function",
    "List",
    "LixevalError",
    "Session",
    "__version__",
    "build_image",
    "evaluate",
    "explain",
    "load",
]


def __getattr__(name: str) -> object:
    """What the library has, without making every start of the command pay for it."""
    if name in __all__:
        from lixeval import library

        return getattr(library, name)
    raise AttributeError(f"module 'lixeval' has no attribute '{name}'")
