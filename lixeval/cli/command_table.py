"""The one table of commands: what each does, what it takes, which module does it.

A command takes groups of options (`cli.option_table`) and options of its own.  Its help, its part of the man page and
of shell completion are made of its entry (`output.help`, `output.completion`).
"""

from __future__ import annotations

from lixeval.cli.command import COMMANDS_PACKAGE as _C
from lixeval.cli.command import DERIVATION_WORDS, EVALUATING, IMAGE_WORDS, JSON, OPENING_IMAGES, Command
from lixeval.cli.flake_command_table import FLAKE_COMMANDS
from lixeval.cli.lesson_command_table import LESSON_COMMANDS
from lixeval.cli.main_command import MAIN
from lixeval.cli.option_table import (
    ADDED,
    IMAGES,
    INPUT,
    NUMBER,
    REGISTRY,
    Option,
)
from lixeval.cli.store_command_table import STORE_COMMANDS
from lixeval.cli.use_command_table import USE_COMMANDS
from lixeval.environment.setting_table import BUILDING, EVALUATION, FETCHING, MESSAGES, STORE

_ALGORITHM = Option("--type --algo --hash-algo", "algorithm", "sha256 (default), sha512, sha1, md5", takes="ALGORITHM")
_HASH_FORMS = (
    Option("--sri", "sri", "as sha256-BASE64 (default)"),
    Option("--base16", "base16", "in hexadecimal"),
    Option("--base32", "nix32", "in Nix's base 32"),
    Option("--base64", "base64", "in base 64"),
    Option("--format", "format", "base16, nix32, base64 or sri", takes="FORM"),
)

COMMANDS: tuple[Command, ...] = (
    MAIN,
    Command(
        "copy",
        _C + "commands.copy",
        "brings an image, or store paths, from one place to others",
        usage=("IMAGE DESTINATION... [options]", "PATH... --to PLACE", "PATH... --from PLACE [--to STORE]"),
        about="IMAGE may be what building an image gives as well: an image.json, or a link to one. What is read stays "
        "what it is: manifests and digests are those of the source where the destination can hold them. --creds and "
        "the like are for the destination, or for both where they are in one registry.",
        words=(
            *IMAGE_WORDS,
            (
                "DESTINATION",
                "oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:REF], dir:DIR, docker://HOST/NAME[:TAG], "
                "containers-storage:[REF], docker-daemon:[REF], or the name of an archive",
            ),
            ("PATH", "a store path, a link to one, or a file that gives one: it is copied with all that it refers to"),
            ("PLACE", "a CACHE or a STORE"),
            ("STORE", "daemon, unix:///SOCKET, ssh-ng://HOST, local?root=DIR; --from and --to may be two of them"),
            (
                "CACHE",
                "file://DIR or http(s)://HOST/..., and options behind a ?: compression=xz|zstd|gzip|bzip2|none, "
                "compression-level=N, secret-key=FILE; separated by &",
            ),
        ),
        groups=(IMAGES, *OPENING_IMAGES),
        own=(
            Option("--all -a", "all", "the images of all platforms, and what else the name leads to"),
            Option(
                "--multi-arch", "multi-arch", "the same, as skopeo says it", takes="WHICH", choices=("all", "system")
            ),
            Option("--from", "from", "fetches store paths from a binary cache, or another store", takes="PLACE"),
            Option("--no-check-sigs", "no-check-sigs", "takes from stores what nobody vouches for"),
            Option("--substitute-on-destination -s", "substitute", "a daemon fetches first what it can"),
            Option("--dry-run", "dry-run", "with --from: says what would be fetched"),
            Option("--preserve-digests", "same", "fails where the image would get another digest"),
            Option("--src-creds", "src-creds", "who you are to the registry of IMAGE", takes="NAME:PASSWORD"),
            Option("--src-authfile", "src-authfile", "where that is kept", takes="FILE"),
            Option("--src-tls-verify=false", "src-insecure", "trusts any certificate of the registry of IMAGE"),
            Option("--src-tls-verify --src-tls-verify=true", "src-tls", "its certificate must be right"),
        ),
        examples=(
            "lixeval copy result docker://localhost:5000/app:v1",
            "lixeval copy docker://localhost:5000/app:v1 oci:layout:v1 --all",
            "lixeval copy result --to 'file:///srv/cache?secret-key=cache.key'",
            "lixeval copy result --to ssh-ng://root@host --no-check-sigs",
        ),
    ),
    Command(
        "daemon",
        _C + "commands.daemon",
        "a Nix daemon for a store of ours",
        usage=("[--socket PATH] [--store ROOT]", "--stdio [--store ROOT]"),
        about="Nix and lixeval use a store of ours by it: nix build --store unix://PATH, nix copy, remote "
        "building. allowed-users may connect and trusted-users are trusted, as Nix has it; so is who runs it. A socket "
        "that systemd passes is used.",
        groups=(STORE, BUILDING, FETCHING, MESSAGES),
        own=(
            Option(
                "--socket",
                "socket",
                "where to listen (default: nix/var/nix/daemon-socket/socket in the store)",
                takes="PATH",
            ),
            Option("--stdio", "stdio", "one client at standard input and output, as ssh-ng:// calls it"),
            Option("--force-untrusted", "untrusted", "trusts nobody, whoever it is"),
        ),
        examples=(
            "lixeval daemon --socket /tmp/socket &",
            "nix build --store 'unix:///tmp/socket?root=/home/me/.local/share/lixeval' ...",
            "nix copy --to 'ssh-ng://host?remote-program=lixeval daemon' ...",
        ),
    ),
    Command(
        "diff",
        _C + "commands.diff",
        "where two derivations, or two images, part",
        usage=("A B [--all] [--json]", "IMAGE IMAGE [--files] [--json] [--images]"),
        about="Shows why two derivations are not the same: what differs by itself in the deepest of their inputs that "
        "differ. Of images configuration, layers, paths and files are compared. Exit codes: 0 the same; 1 different, "
        "or an error.",
        words=(
            (
                "A, B",
                "a .drv file, a path that one has made (or a link to it, such as result), or a Nix file: "
                "FILE#ATTRIBUTE, FILE -A ATTRIBUTE (for both), -E EXPRESSION",
            ),
            *IMAGE_WORDS,
        ),
        groups=OPENING_IMAGES,
        own=(
            Option("--all -a --files", "all", "everything that differs by itself, in all inputs; all files of images"),
            Option("--images", "images", "compares images where both names could be derivations (two Nix files)"),
            Option("--json", "json", "as JSON, with the whole of each value"),
        ),
        examples=("lixeval diff old.nix new.nix -A hello", "lixeval diff app-v1.tar app-v2.tar --files"),
    ),
    Command(
        "embedded",
        _C + "commands.embedded",
        "where lixeval's own package set and functions are",
        about="Prints where lixeval's own Nix files are, and where it leaves what it knows of the host's packages.",
        groups=(MESSAGES,),
        own=(
            Option(
                "--nix",
                "nix",
                "the arguments with which nix-instantiate uses them: -I nixpkgs=... --arg nix2container '...'",
            ),
        ),
        examples=("nix-instantiate image.nix $(lixeval embedded --nix)",),
    ),
    Command(
        "index",
        _C + "commands.index",
        "images of several platforms under one name",
        usage=("IMAGE IMAGE... --to DESTINATION [--to DESTINATION...]",),
        about="Puts images of several platforms under one name, of which every client then takes the one that fits it.",
        words=IMAGE_WORDS,
        groups=(IMAGES, *OPENING_IMAGES),
        examples=(
            "lixeval index amd64.tar arm64.tar --to docker://localhost:5000/app:v1",
            "lixeval index image.nix#amd64 image.nix#arm64 --to oci:layout:v1",
        ),
    ),
    Command(
        "inspect",
        _C + "commands.inspect",
        "what is in an image, layer by layer, and why",
        usage=("IMAGE [--against IMAGE] [--json] [--html FILE] [--paths]", "IMAGE --why PATH [--json]"),
        about="Shows the layers of an image with their sizes, the store paths in each and why they are there, its "
        "configuration, and what is big. Why a path is where it is: explicit (named in deps, copyToRoot or config), "
        "popular (a layer of its own, for many need it), rest (with what was left, in the last layer).",
        words=IMAGE_WORDS,
        groups=OPENING_IMAGES,
        own=(
            Option("--against", "against", "also: which layers one who has that need not get again", takes="IMAGE"),
            Option("--paths", "paths", "all paths of each layer, not only the biggest"),
            Option("--why", "why", "only why this store path is there, and who needs it", takes="PATH"),
            JSON,
            Option("--html", "html", "writes a page with areas for layers, paths and files", takes="FILE"),
        ),
        examples=(
            "lixeval inspect image.tar",
            "lixeval inspect image.nix --against docker://localhost:5000/app:v1",
            "lixeval inspect oci:layout:v1 --html image.html",
            "lixeval inspect image.nix --why glibc",
        ),
    ),
    Command(
        "manifest",
        _C + "commands.manifest",
        "the manifest of an image in a registry",
        usage=("docker://HOST/NAME[:TAG]",),
        about="Prints a manifest as it is there; it is what pullImageFromManifest takes as imageManifest.",
        groups=(REGISTRY, MESSAGES),
        own=(
            Option("--os", "os", "which image of an index (default: linux)", takes="OS"),
            Option("--arch", "arch", "and for which processor, in Go's names (default: this one)", takes="ARCH"),
        ),
    ),
    Command(
        "eval",
        _C + "commands.evaluate",
        "a value as `nix eval` prints it",
        usage=("FILE#ATTRIBUTE", "FLAKE#ATTRIBUTE", "-f FILE [ATTRIBUTE]", "--expr EXPRESSION [ATTRIBUTE]"),
        about="Evaluates all of a value and prints it on one line; an attribute that fails shows as such. An "
        "EXPRESSION is evaluated purely, unless --impure is given. No function is called.",
        groups=EVALUATING,
        own=(
            Option("--file -f", "file", "the file to evaluate; words are attributes of it", takes="FILE"),
            Option("--apply", "apply", "prints what this function makes of the value", takes="EXPR"),
            Option("--json", "json", "as JSON"),
            Option("--raw", "raw", "a string as it is, without quotes and newline"),
            Option("--write-to", "write-to", "writes strings as files, sets as folders of them", takes="PATH"),
            Option("--read-only", "read-only", "does not write to the store"),
        ),
        examples=("lixeval eval image.nix#config --json", "lixeval eval -f . --apply builtins.attrNames"),
    ),
    Command("hash", "", "hashes and their notations", usage=("SUBCOMMAND ...",), groups=(MESSAGES,)),
    Command(
        "hash file",
        _C + "commands.hash",
        "the hash of a file's bytes",
        function="of_file",
        usage=("FILE...",),
        groups=(MESSAGES,),
        own=(_ALGORITHM, *_HASH_FORMS),
    ),
    Command(
        "hash path",
        _C + "commands.hash",
        "the hash of a path's NAR",
        function="of_path",
        usage=("PATH...",),
        groups=(MESSAGES,),
        own=(_ALGORITHM, *_HASH_FORMS),
    ),
    Command(
        "hash convert",
        _C + "commands.hash",
        "a hash in another notation",
        function="convert",
        usage=("[--hash-algo ALGO] [--from FORM] [--to FORM] HASH...",),
        groups=(MESSAGES,),
        own=(
            Option("--hash-algo", "algorithm", "if the hash does not say: sha256, ...", takes="ALGORITHM"),
            Option("--from", "from", "the notation that it must have", takes="FORM"),
            Option("--to", "to", "base16, nix32, base64 or sri (default)", takes="FORM"),
        ),
        examples=("lixeval hash convert --hash-algo sha256 --to nix32 5891b5b5...",),
    ),
    *(
        Command(
            f"hash to-{form}",
            _C + "commands.hash",
            f"a hash as {form}",
            function=f"to_{form}",
            usage=("[--type ALGORITHM] HASH...",),
            groups=(MESSAGES,),
            own=(_ALGORITHM,),
        )
        for form in ("base16", "base32", "base64", "sri")
    ),
    Command(
        "prefetch-url",
        _C + "commands.prefetch",
        "downloads a file to the store and prints its hash",
        function="of_url",
        usage=("URL [HASH]",),
        about="Prints the hash as nix-prefetch-url does: in nix32, of the file, or with --unpack of the tree in it. "
        "With a HASH it is an error if it has another.",
        groups=(EVALUATION, FETCHING, STORE, MESSAGES),
        own=(
            Option("--type --hash-algo", "algorithm", "sha256 (default), sha512, sha1, md5", takes="ALGORITHM"),
            Option("--name", "name", "what it is called in the store", takes="NAME"),
            Option("--unpack", "unpack", "an archive: its contents are stored and hashed"),
            Option("--executable", "executable", "a program: its NAR is hashed"),
            Option("--print-path", "print-path", "prints the store path too"),
        ),
        examples=("lixeval prefetch-url --unpack https://example.org/source.tar.gz",),
    ),
    Command(
        "prefetch-git",
        _C + "commands.prefetch",
        "fetches a repository to the store and prints what fetchgit takes",
        function="of_git",
        usage=("URL [REVISION]",),
        about="Prints the JSON object that nixpkgs' nix-prefetch-git prints.",
        groups=(EVALUATION, FETCHING, STORE, MESSAGES),
        own=(
            Option("--url", "url", "the repository", takes="URL"),
            Option("--rev", "rev", "a revision, branch or tag (default: HEAD)", takes="REVISION"),
            Option("--name", "name", "what it is called in the store", takes="NAME"),
            Option("--fetch-submodules", "submodules", "with its submodules"),
        ),
    ),
    Command("config", "", "the settings in force", usage=("SUBCOMMAND ...",), groups=(MESSAGES,)),
    Command(
        "config show",
        _C + "commands.config",
        "all settings, or the value of one",
        function="show",
        usage=("[NAME]",),
        about="Prints what nix.conf ($NIX_CONF_DIR, ~/.config/nix, $NIX_USER_CONF_FILES), $NIX_CONFIG and options make "
        "of the settings, each overriding the one before.",
        groups=(EVALUATION, BUILDING, FETCHING, STORE, MESSAGES),
        own=(Option("--json", "json", "as JSON"),),
    ),
    Command(
        "help",
        _C + "commands.help",
        "the help of a command, or this list",
        usage=("[COMMAND]",),
        groups=(MESSAGES,),
        own=(Option("--man", "man", "the man page, for man -l"),),
        examples=("lixeval help store gc", "lixeval help --man > lixeval.1"),
    ),
    Command(
        "version",
        _C + "commands.help",
        "which lixeval this is",
        function="version",
        groups=(MESSAGES,),
    ),
    Command(
        "completion",
        _C + "commands.help",
        "the completion script for a shell",
        function="completion",
        usage=("bash|zsh|fish",),
        groups=(MESSAGES,),
        examples=(
            'eval "$(lixeval completion bash)"',
            "lixeval completion zsh > ~/.zfunc/_lixeval",
            "lixeval completion fish > ~/.config/fish/completions/lixeval.fish",
        ),
    ),
    Command(
        "nix2container",
        _C + "commands.nix2container",
        "the original program's subcommands and flags",
        usage=("SUBCOMMAND ...",),
        groups=(),
    ),
    Command(
        "parity",
        _C + "commands.parity",
        "compares with real Nix",
        usage=(
            "FILE... [options]",
            "-E EXPRESSION [options]",
            "--suite FOLDER [options]",
            "--generate N [--seed S] [--size NODES]",
        ),
        about="Evaluates with lixeval and with real Nix, and compares what they print, lazily and strictly, and "
        "whether they succeed. Exit code: 0 if all is the same, 1 if anything differs.",
        groups=(INPUT, MESSAGES),
        own=(
            Option("--suite", "suites", "every .nix file in it or its folders", kind=ADDED, takes="FOLDER"),
            Option("--drv", "drv", "also the derivations, down to the field that differs"),
            Option("--parse", "parse", "the parsed form instead of values"),
            Option(
                "--generate", "generate", "N random programs; those that differ are made small", kind=NUMBER, takes="N"
            ),
            Option("--seed", "seed", "which programs (default: 0)", kind=NUMBER, takes="S"),
            Option("--size", "size", "how large (default: 40)", kind=NUMBER, takes="NODES"),
            Option("--messages", "messages", "the wording of errors counts too"),
            Option("--nix", "nix", "the words to put before nix-instantiate", takes="COMMAND"),
            Option("--timeout", "timeout", "for one evaluation (default: 60)", kind=NUMBER, takes="SECONDS"),
            JSON,
        ),
    ),
    Command(
        "repl",
        _C + "commands.repl",
        "expressions one by one",
        usage=("[FILE...] [-E EXPRESSION] [options]",),
        about="Evaluates expressions as they are entered; the attributes of each FILE and EXPRESSION are variables "
        "from the start. In it, :? lists the commands. Tab completes variables, attributes and paths; the history is "
        "kept in $XDG_STATE_HOME/lixeval. Through a pipe it reads lines and prints only what they give.",
        groups=EVALUATING,
    ),
    *USE_COMMANDS,
    Command(
        "sbom",
        _C + "commands.sbom",
        "the bill of materials of an image",
        usage=("IMAGE [--format spdx|cyclonedx] [-o FILE]",),
        about="Tells which store paths are in an image, with names, versions, hashes and what each needs, in a form "
        "for other programs. To put it beside the image in a layout or a registry: lixeval FILE --to oci:DIR --sbom "
        "spdx.",
        words=IMAGE_WORDS,
        groups=OPENING_IMAGES,
        own=(
            Option("--format", "format", "spdx (2.3, default) or cyclonedx (1.5), both as JSON", takes="FORM"),
            Option("-o --output", "output", "where it is written (default: standard output)", takes="FILE"),
        ),
        examples=("lixeval sbom image.nix -o image.spdx.json", "lixeval sbom image.tar --format cyclonedx"),
    ),
    Command(
        "show-derivation",
        _C + "commands.show_derivation",
        "derivations as JSON",
        usage=("[--recursive] INSTALLABLE...",),
        about="Prints derivations as JSON, as `nix derivation show` does.",
        words=DERIVATION_WORDS,
        groups=EVALUATING,
        own=(Option("--recursive -r", "recursive", "the derivations that they need as well"),),
        examples=("lixeval show-derivation image.nix --arg tag v1", "lixeval show-derivation -r result | jq keys"),
    ),
    Command(
        "validate",
        _C + "commands.validate",
        "recomputes every digest, size, media type and diff id of an image",
        usage=("IMAGE... [--json] [--quiet]",),
        about="Reads every layer to its end, and compares what the documents say of one another; of a layout or an "
        "archive all images in it are examined. Exit codes: 0 sound; 1 not, or an error.",
        words=IMAGE_WORDS,
        groups=OPENING_IMAGES,
        own=(JSON,),
        examples=("lixeval validate image.tar", "lixeval validate docker://localhost:5000/app:v1"),
    ),
    Command(
        "why",
        _C + "commands.why",
        "why one store path depends on another",
        usage=("PACKAGE DEPENDENCY [--all] [--derivation] [--json]",),
        about="Shows the references that lead from one store path to another, and the files in which they are found, "
        "as `nix why-depends --precise` does. Exit codes: 0 it depends; 1 it does not, or an error.",
        words=(
            (
                "PACKAGE, DEPENDENCY",
                "a store path (or a link to it, such as result), or a Nix file: FILE#ATTRIBUTE, FILE -A ATTRIBUTE, -E "
                "EXPRESSION; PACKAGE is built first where it is not there",
            ),
        ),
        groups=EVALUATING,
        own=(
            Option("--all -a", "all", "every way, with every file; without it a shortest way"),
            Option("--brief", "brief", "without the files"),
            Option("--precise", "precise", "with the files (default)"),
            Option("--derivation", "derivation", "why the one's derivation needs the other's, to build"),
            Option("--json", "json", "all steps on all ways as one object"),
        ),
        examples=(
            "lixeval why result /nix/store/...-glibc-2.41",
            "lixeval why --all 'image.nix#config' ./pkgs.nix#openssl",
        ),
    ),
    Command(
        "why-not-remembered",
        _C + "commands.why_not_remembered",
        "what is kept of a command line, and what has changed since",
        usage=("FILE [options]", "-E EXPRESSION [options]"),
        about="Tells of `lixeval FILE [options]` whether its result is known, else whether what it takes of its "
        "library is, and names the first thing that is not as it was. Nothing is evaluated. Exit codes: 0 the result "
        "is known; 1 it is not, or an error.",
        words=MAIN.words,
        groups=MAIN.groups,
        examples=("lixeval why-not-remembered --instantiate image.nix -I nixpkgs=/srv/nixpkgs",),
        expressions_follow=True,
    ),
    *FLAKE_COMMANDS,
    *LESSON_COMMANDS,
    *STORE_COMMANDS,
)
"""All commands; MAIN is what runs where none is named."""

_BY_NAME = {command.name: command for command in COMMANDS}


def command_named(name: str) -> Command:
    """The command of a name; KeyError where there is none."""
    return _BY_NAME[name]
