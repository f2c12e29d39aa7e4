"""Images handed to the programs that keep them, and got from them: podman (`containers-storage:`) and docker
(`docker-daemon:`).

How these programs store images is theirs to know, so the image goes to them as the archive that all of them read,
through a pipe: nothing is written on the way.  Where podman is missing, skopeo does its part; it must seek in what it
reads, so it is given a file.

    containers-storage    podman load, else skopeo copy
    docker-daemon         docker load
"""

from __future__ import annotations

from dataclasses import dataclass

from lixeval.errors import ImageError
from lixeval.oci import archive
from lixeval.oci.image import Image
from lixeval.oci.layout import Progress, silent
from lixeval.oci.reference import Reference

_PROGRAMS = {"containers-storage": ("podman", "skopeo"), "docker-daemon": ("docker",)}


@dataclass(frozen=True, slots=True)
class _Client:
    name: str
    program: str


def _client(transport: str) -> _Client:
    import shutil  # here and below: images that go elsewhere shall not wait for what only these programs need

    for name in _PROGRAMS[transport]:
        if found := shutil.which(name):
            return _Client(name, found)
    names = " or ".join(_PROGRAMS[transport])
    raise ImageError(
        f"'{transport}:' needs {names}, which is not installed",
        hint=f"install {_PROGRAMS[transport][0]}, or write an archive and load it where it is installed: -o image.tar",
    )


def check(transport: str) -> None:
    """Raise ImageError if there is no program to hand images to."""
    _client(transport)


def hand_over(image: Image, transport: str, reference: Reference, progress: Progress = silent) -> None:
    """Give `image` to the program of a transport, called `reference`; raises ImageError with what it said if it
    fails.
    """
    client = _client(transport)
    if client.name == "skopeo":
        _copy_with_skopeo(image, client.program, reference, progress)
    else:
        _load(image, client, reference, progress)


def fetch(transport: str, name: str, path: str) -> None:
    """Have the program of a transport write its image `name` to the archive `path`; raises ImageError if it fails."""
    import subprocess

    if not name or name.startswith("-"):
        raise ImageError(f"'{transport}:{name}' names no image")
    client = _client(transport)
    words = {
        "podman": ["save", "--quiet", "--output", path, name],
        "docker": ["save", "--output", path, name],
        "skopeo": ["--insecure-policy", "copy", "--quiet", f"containers-storage:{name}", f"docker-archive:{path}"],
    }[client.name]
    done = subprocess.run([client.program, *words], capture_output=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        said = done.stderr[:8192].decode("utf-8", "replace").strip()
        raise ImageError(f"{client.name} does not give the image '{name}': {said or 'it does not say why'}")


def _load(image: Image, client: _Client, reference: Reference, progress: Progress) -> None:
    import subprocess
    import tempfile

    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen([client.program, "load"], stdin=subprocess.PIPE, stdout=said, stderr=said) as process,
    ):
        assert process.stdin is not None
        try:
            # A program that fails early closes the pipe; what it said is worth more than that.
            with process.stdin as pipe:
                archive.stream_archive(image, pipe.fileno(), reference, progress=progress)
        except BrokenPipeError:
            process.wait()
        except BaseException:
            process.kill()
            raise
        if process.wait():
            said.seek(0)
            raise _failed(client.name, said.read(8192))


def _copy_with_skopeo(image: Image, program: str, reference: Reference, progress: Progress) -> None:
    import subprocess

    from lixeval.system.scratch import Scratch

    with Scratch("lixeval-skopeo-") as folder:
        path = f"{folder}/image.tar"
        archive.write_archive(image, path, reference, progress=progress)
        words = ["--insecure-policy", "copy", "--quiet", f"oci-archive:{path}", f"containers-storage:{reference}"]
        done = subprocess.run([program, *words], stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode:
            raise _failed("skopeo", done.stderr)


def _failed(name: str, said: bytes) -> ImageError:
    words = said.decode("utf-8", "replace").strip()
    return ImageError(f"{name} does not take the image: {words or 'it does not say why'}")
