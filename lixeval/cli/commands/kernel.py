"""`lixeval kernel`: Nix in Jupyter's notebooks.

lixeval kernel install     tells Jupyter of the kernel
lixeval kernel start       what Jupyter runs
"""

from __future__ import annotations

from importlib.util import find_spec

from lixeval.cli.subcommand import no_words, read
from lixeval.errors import UsageError


def install(arguments: list[str]) -> int:
    """Puts the kernel where Jupyter finds it."""
    line = read("kernel install", arguments)
    no_words(line, "kernel install")
    _expect_ipykernel()
    from lixeval.cli.notebook.spec import install as install_spec

    print(install_spec(line.texts.get("prefix")))
    return 0


def start(arguments: list[str]) -> int:
    """Serves one notebook."""
    line = read("kernel start", arguments)
    no_words(line, "kernel start")
    _expect_ipykernel()
    file = line.texts.get("connection")
    if file is None:
        raise UsageError("lixeval kernel start needs --connection-file", hint="Jupyter itself calls it")
    from lixeval.cli.notebook.kernel import start as start_kernel

    start_kernel(file)
    return 0


def _expect_ipykernel() -> None:
    if find_spec("ipykernel") is None:
        raise UsageError("the kernel needs the Python package ipykernel", hint="pip install 'lixeval[notebook]'")
