"""Record what real Nix builds from builds.nix, as golden files: `python record.py` rewrites golden/.

    golden/NAME.drv        the derivations that are built, and those they need
    golden/NAME/OUTPUT     the contents of the outputs
    golden/NAME/log        what the builder printed
    golden/versions        by which Nix

Real Nix is found as the tests find it: the command prefix in LIXEVAL_TEST_NIX, else on PATH.  Its sandbox must work.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.support import real_nix

HERE = Path(__file__).parent
HOST = "/bin /usr /lib /lib64"
OPTIONS = ["--option", "sandbox", "true", "--option", "sandbox-fallback", "false", "--option", "substitute", "false"]
OPTIONS += ["--option", "sandbox-paths", HOST, "--option", "build-users-group", "", "--cores", "2"]
NAMES = ("environment", "fixed", "surroundings", "graph", "structured")


def nix(*arguments: str) -> str:
    """What a command of real Nix prints."""
    prefix = real_nix.prefix()
    environment = {**os.environ, "LIXEVAL_IMPURE": "of the caller"}
    environment.pop("http_proxy", None)
    return subprocess.run(
        [*prefix, *arguments], check=True, stdout=subprocess.PIPE, text=True, env=environment
    ).stdout.strip()


def main() -> None:
    golden = HERE / "golden"
    shutil.rmtree(golden, ignore_errors=True)
    golden.mkdir()
    (golden / "versions").write_text(nix("nix-build", "--version") + "\n")
    with tempfile.TemporaryDirectory() as root:
        store = ["--store", root]
        for name in NAMES:
            drv_path = nix("nix-instantiate", *store, str(HERE / "builds.nix"), "-A", name)
            nix("nix-store", *store, "--realise", drv_path, *OPTIONS)
            (golden / name).mkdir()
            outputs = nix("nix-store", *store, "--query", "--outputs", drv_path).split()
            for output in outputs:
                suffix = output.partition(f"-{name}")[2].lstrip("-") or "out"
                shutil.copyfile(root + output, golden / name / suffix)
            log = nix("nix-store", *store, "--read-log", drv_path)
            if log:
                (golden / name / "log").write_text(log + "\n")
            for path in nix("nix-store", *store, "--query", "--requisites", drv_path).split():
                if path.endswith(".drv"):
                    shutil.copyfile(root + path, golden / path[11 + 33 :])
        subprocess.run(["chmod", "-R", "u+w", root, str(golden)], check=True)


if __name__ == "__main__":
    main()
