"""How the failures of a builder of ours are told."""

from __future__ import annotations

from dataclasses import replace

from lixeval.build.builders.builder import BuildContext, BuildFunction, Builtin, BuiltinBuilder
from lixeval.errors import BuildError, ImageError


def told(builder: BuiltinBuilder) -> BuiltinBuilder:
    """The same builder, whose failures are told as those of builds."""
    if isinstance(builder, Builtin):
        return replace(builder, build=_told(builder.build))
    return _told(builder)


def _told(build: BuildFunction) -> BuildFunction:
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
