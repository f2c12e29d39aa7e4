"""The failures of layer and image building, told as the original program tells them."""

from __future__ import annotations

from lixeval.errors import ImageError


class Nix2containerError(ImageError):
    """`message` is what nix2container prints, `status` the exit code of its process: 1, or 2 where it panics."""

    def __init__(self, message: str, *, hint: str | None = None, status: int = 1) -> None:
        super().__init__(message, hint=hint)
        self.status = status
