"""lixeval's side of a comparison: a worker process, so that a crash or an endless loop is an outcome like any other."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from collections.abc import Sequence

from lixeval.parity.real_nix import About
from lixeval.parity.subjects import Outcome, Subject


class OwnNix:
    """lixeval as a worker; `store` is the root of the store that derivations are written to (None: the machine's)."""

    def __init__(self, about: About, *, store: str | None = None, timeout: float = 60.0) -> None:
        self.about = about
        self.store = store
        self.timeout = timeout
        self._worker: subprocess.Popen[bytes] | None = None

    def outcomes(self, mode: str, subjects: Sequence[Subject]) -> list[Outcome]:
        """The outcome of each subject in a mode, in order."""
        return [self._outcome(mode, subject) for subject in subjects]

    def read(self, path: str) -> bytes:
        """A file of the store."""
        from lixeval.store.local import LocalStore

        with open(LocalStore(self.store).real(path), "rb") as file:
            return file.read()

    def close(self) -> None:
        """Ends the worker."""
        if self._worker is not None:
            self._worker.kill()
            self._worker.communicate()
            self._worker = None

    def _outcome(self, mode: str, subject: Subject) -> Outcome:
        request = {
            "mode": mode,
            "file": subject.file,
            "text": subject.text,
            "directory": subject.directory,
            "attribute": subject.attribute,
            "arguments": subject.arguments,
            "search_path": subject.search_path,
            "nix_path": subject.nix_path,
        }
        worker = self._started()
        assert worker.stdin is not None and worker.stdout is not None
        worker.stdin.write(json.dumps(request).encode("ascii") + b"\n")
        worker.stdin.flush()
        answered = select.poll()  # of any file, where select takes only the first 1024
        answered.register(worker.stdout, select.POLLIN)
        if not answered.poll(self.timeout * 1000):
            self.close()
            return Outcome("timeout", "took too long")
        line = worker.stdout.readline()
        if not line:
            code = worker.wait()
            self.close()
            return Outcome("crash", f"the process ended with {code}")
        reply = json.loads(line)
        return Outcome(reply["status"], reply["text"])

    def _started(self) -> subprocess.Popen[bytes]:
        if self._worker is None:
            self._worker = subprocess.Popen(
                [sys.executable, "-X", "utf8", "-m", "lixeval.parity.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            about = {
                "version": self.about.version,
                "system": self.about.system,
                "experimental": sorted(self.about.experimental),
                "store": self.store,
            }
            assert self._worker.stdin is not None
            self._worker.stdin.write(json.dumps(about).encode("ascii") + b"\n")
        return self._worker
