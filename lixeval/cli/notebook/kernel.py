"""The kernel: a cell is one expression or binding, or several lines of them and of `:` commands, as in the REPL.

    cell -> lines -> session.answer -> stdout | error with its place

`:steps EXPR` shows the run of an expression as a page within the notebook: text, steps, boxes.
"""

from __future__ import annotations

import html
import re
from typing import Any

from ipykernel.kernelbase import Kernel

from lixeval import __version__
from lixeval.cli.notebook.answers import Answered, NotebookSession

_WORD = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_'.-]*$")


class NixKernel(Kernel):  # type: ignore[misc]  # ipykernel need not be there
    """What Jupyter speaks to; the class attributes are its protocol's."""

    implementation = "lixeval"
    implementation_version = __version__
    language_info = {  # noqa: RUF012  # as ipykernel has it
        "name": "nix",
        "mimetype": "text/x-nix",
        "file_extension": ".nix",
        "pygments_lexer": "nix",
        "codemirror_mode": "nix",
    }
    banner = "Nix, by lixeval; :? lists the commands"

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.nix = NotebookSession(self._say)

    async def do_execute(
        self, code: str, silent: bool, store_history: bool = True, *others: Any, **keywords: Any
    ) -> dict[str, Any]:
        """Answers a cell; the first error ends it."""
        for answered in self.nix.answers(code):
            if answered.error is not None:
                return self._failed(answered.error, silent)
            if not silent:
                self._show(answered)
        return {"status": "ok", "execution_count": self.execution_count, "payload": [], "user_expressions": {}}

    async def do_complete(self, code: str, cursor_pos: int) -> dict[str, Any]:
        """What could stand in place of the word before the cursor."""
        found = _WORD.search(code[:cursor_pos])
        word = found[0] if found is not None else ""
        matches = list(self.nix.completions(code[:cursor_pos], word))
        return {
            "status": "ok",
            "matches": matches,
            "cursor_start": cursor_pos - len(word),
            "cursor_end": cursor_pos,
            "metadata": {},
        }

    async def do_inspect(self, code: str, cursor_pos: int, *others: Any, **keywords: Any) -> dict[str, Any]:
        """The documentation of the builtin at the cursor."""
        found = _WORD.search(code[:cursor_pos])
        rest = re.match(r"[a-zA-Z0-9_'.-]*", code[cursor_pos:])
        text = self.nix.documentation((found[0] if found else "") + (rest[0] if rest else ""))
        data = {"text/plain": text} if text else {}
        return {"status": "ok", "found": bool(text), "data": data, "metadata": {}}

    async def do_is_complete(self, code: str) -> dict[str, Any]:
        """Whether Enter ends the cell."""
        return {"status": "incomplete", "indent": ""} if self.nix.is_unfinished(code) else {"status": "complete"}

    def _show(self, answered: Answered) -> None:
        if answered.page is not None:
            page = html.escape(answered.page)
            # Its scripts are a page's of its own: they reach nothing of the notebook.
            frame = f'<iframe sandbox="allow-scripts" srcdoc="{page}" width="100%" height="620" title="Steps"></iframe>'
            content = {"data": {"text/html": frame, "text/plain": answered.text}, "metadata": {}}
            self.send_response(self.iopub_socket, "display_data", content)
        elif answered.text:
            self._stream("stdout", answered.text)

    def _say(self, text: str) -> None:
        self._stream("stderr", text + "\n")

    def _stream(self, name: str, text: str) -> None:
        self.send_response(self.iopub_socket, "stream", {"name": name, "text": text})

    def _failed(self, error: tuple[str, str, str], silent: bool) -> dict[str, Any]:
        name, message, report = error
        content = {"ename": name, "evalue": message, "traceback": report.split("\n")}
        if not silent:
            self.send_response(self.iopub_socket, "error", content)
        return {"status": "error", "execution_count": self.execution_count, **content}


def start(connection_file: str) -> None:
    """Serves one notebook, until Jupyter ends it."""
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(argv=["-f", connection_file], kernel_class=NixKernel)
