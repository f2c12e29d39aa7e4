"""Working directories in every state, and what real Nix makes of them.

    python tests/fetchers/working_trees.py [NAME...]      records anew, all or those of these names

Each scenario of `recorded/working_trees.json` is a script that changes a repository which BASE has made, and what Nix
2.26 answers to the EXPRESSIONS: names and kinds in the tree, what is known of it, its name in the store.
LIXEVAL_TEST_NIX is a command to put before nix-instantiate, for a Nix that is not on the PATH.

Left out, since lixeval differs on purpose: rules of export-ignore in a changed .gitattributes are no rules of a commit
(Nix mixes both, so that a locked revision is not always the same); a split index is read.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support import real_nix

RECORDED = Path(__file__).parent / "recorded" / "working_trees.json"

BASE = r"""
git init -q -b main .
mkdir -p d e/f g left-out
echo a > a; echo x > d/x; echo y > e/f/y; echo z > g/z; echo s > s; chmod +x s; echo x > left-out/x
ln -s a l; ln -s g ld; printf 'left-out export-ignore\n' > .gitattributes; echo '*.o' > .gitignore
git add .; git commit -qm one
"""

SHOWN = """
  let list = path: builtins.mapAttrs (name: kind: if kind == "directory" then list (path + "/${name}") else kind)
        (builtins.readDir path);
      tree = builtins.fetchGit %s;
  in [ (list tree.outPath) (removeAttrs tree [ "outPath" ]) (baseNameOf tree.outPath) ]
"""
EXPRESSIONS = {
    "as it is": "{ url = @DIRECTORY@; }",
    "HEAD": '{ url = @DIRECTORY@; ref = "HEAD"; }',
    "all": "{ url = @DIRECTORY@; exportIgnore = false; }",
}


def expression(kind: str, directory: str) -> str:
    """The expression of that kind for a working directory."""
    return SHOWN % EXPRESSIONS[kind].replace("@DIRECTORY@", directory)


def make(directory: Path, script: str) -> None:
    """Makes the working directory of a scenario with that script."""
    directory.mkdir(parents=True)
    who = {"NAME": "a", "EMAIL": "a@x", "DATE": "2024-01-02T03:04:05Z"}
    identity = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}
    environment = {**os.environ, **identity, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    script = f"umask 022; {BASE}{script}"
    subprocess.run(["bash", "-e", "-c", script], cwd=directory, env=environment, check=True, capture_output=True)


def answer(asked: str) -> object:
    """What Nix prints, or the message of its error."""
    command = [*real_nix.prefix(), "nix-instantiate", "--eval", "--strict", "--json"]
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "XDG_CACHE_HOME": cache}
        done = subprocess.run([*command, "-E", asked], capture_output=True, env=environment, check=False)
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").splitlines()
        return [line.strip() for line in lines if line.lstrip().startswith("error:")][-1]
    return json.loads(done.stdout)


def main() -> None:
    recorded = json.loads(RECORDED.read_text())
    for scenario, known in recorded.items():
        if sys.argv[1:] and scenario not in sys.argv[1:]:
            continue
        with tempfile.TemporaryDirectory() as place:
            directory = os.path.realpath(place) + "/w"
            make(Path(directory), known["script"])
            for kind in known["answers"]:
                told = json.dumps(answer(expression(kind, directory)))
                known["answers"][kind] = json.loads(told.replace(directory, "@DIRECTORY@"))
    RECORDED.write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    main()
