"""What a derivation asks of a builder of ours, and how the builder's failures are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lixeval.build.builders.builder import BuildContext, BuiltinBuilder
from lixeval.errors import BuildError, ImageError


class Attributes(dict[str, Any]):
    """The attributes of a derivation; a hand-written one may lack something."""

    def __missing__(self, name: str) -> Any:
        raise BuildError(f"attribute '{name}' is missing", hint="nix2container's functions give all that is needed")


def attributes_of(context: BuildContext) -> Attributes:
    """All attributes, which must come as JSON."""
    if context.structured_attrs is None:
        raise BuildError("this builder needs __structuredAttrs", drv_path=context.drv_path)
    return Attributes(context.structured_attrs)


def told(build: Callable[[BuildContext], None]) -> BuiltinBuilder:
    """A builder whose failures, the disk's included, are build failures: they name the derivation and exit with 100."""

    def run(context: BuildContext) -> None:
        try:
            build(context)
        except ImageError as error:
            raise BuildError(error.message, drv_path=context.drv_path, hint=error.hint) from error
        except OSError as error:
            what = f"{error.strerror}: '{error.filename}'" if error.filename else str(error.strerror)
            raise BuildError(what, drv_path=context.drv_path) from error

    return run
