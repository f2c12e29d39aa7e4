"""Records what real Nix (2.26.3) makes of the cases: `python record_locks.py 'COMMAND THAT RUNS nix'`."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

from tests.fetchers import lock_cases

FEATURES = ["--extra-experimental-features", "nix-command flakes"]


def main() -> None:
    nix = [*shlex.split(sys.argv[1]), *FEATURES, "--flake-registry", "", "flake"]
    recorded: dict[str, list[dict[str, object]]] = {}
    who = {f"GIT_{one}_{what}": "a@b.c" for one in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    dates = {f"GIT_{one}_DATE": f"{lock_cases.TIME} +0000" for one in ("AUTHOR", "COMMITTER")}
    for name, case in lock_cases.CASES.items():
        lock_cases.make(case)
        recorded[name] = []
        for step in case.steps:
            if lock_cases.prepare(step):
                continue
            words = [lock_cases.filled(word) for word in step]
            cache = lock_cases.ROOT.with_name("lixeval-flake-cache")
            environment = {**os.environ, **who, **dates, "XDG_CACHE_HOME": str(cache), "TZ": "UTC"}
            done = subprocess.run(
                [*nix, *words],
                cwd=lock_cases.ROOT / "main" if (lock_cases.ROOT / "main").is_dir() else lock_cases.ROOT,
                capture_output=True,
                text=True,
                env=environment,
                check=False,
            )
            lock_cases.settle()
            plain = lock_cases.said(done.stderr)
            recorded[name].append({"code": done.returncode, "locks": lock_cases.lock_files(), "said": plain})
            if done.returncode:
                print(name, step, done.stderr)
    Path(__file__).with_name("recorded").joinpath("locks.json").write_text(
        json.dumps(recorded, indent=1, ensure_ascii=False) + "\n"
    )


main()
