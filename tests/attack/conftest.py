"""The workshops of the build tests."""

from tests.build.conftest import isolated_workshop, make_workshop, workshop

__all__ = ["isolated_workshop", "make_workshop", "workshop"]
