"""lixeval: Nix in Python.

Evaluates Nix expressions, builds what they describe, writes OCI images, on a machine that has no Nix.  The command is
`lixeval.cli`, the library `lixeval.library`, whose functions are here too:

    >>> import lixeval
    >>> lixeval.evaluate("builtins.map (x: x * 2) [ 1 2 3 ]")
    (2, 4, 6)
"""

__version__ = "0.1.0"

__all__ = ["__version__", "build_image", "evaluate", "load"]  # the functions are loaded when asked for


def __getattr__(name: str) -> object:
    """The library's functions, without making every start of the command pay for them."""
    if name in ("evaluate", "load", "build_image"):
        from lixeval import library

        return getattr(library, name)
    raise AttributeError(f"module 'lixeval' has no attribute '{name}'")
