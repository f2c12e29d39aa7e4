"""The workshops of the build tests."""

from tests.support.workshop import isolated_workshop, make_workshop, workshop

__all__ = ["isolated_workshop", "make_workshop", "workshop"]
