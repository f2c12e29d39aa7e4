"""What builders that are programs have tried, to get out of the sandbox or to leave something behind.

Each is a shell script (with /usr of the machine, python3 too) that may do what it likes; it writes `fled` to its output
where it has got what it should not.  OUTSIDE is a folder of the user's with a file `secret` that all may
read, and a file `victim` that all may write; INPUT is a store path among the inputs, FOREIGN one that is not.
"""

# ruff: noqa: E501 (scripts are read in one line)

from __future__ import annotations

from dataclasses import dataclass

FLED = "fled"


@dataclass(frozen=True)
class Attempt:
    """`refused` is in the error where the outputs must not be taken over; `advisory` names what it is known by."""

    name: str
    script: str
    refused: str | None = None
    advisory: str = ""


def python(code: str) -> str:
    """A script that runs Python, and notes that it got through unless there was an exception."""
    body = "\n".join("    " + line for line in code.strip().splitlines())
    return f"python3 - <<'END'\nimport os\ntry:\n{body}\n    open(os.environ['out'], 'w').write('{FLED}')\nexcept Exception as error:\n    print(error)\nEND\n[ -e $out ] || echo held > $out"


def reading(path: str) -> str:
    """A script that reads a file of the machine."""
    return f"if cat {path} 2>&1; then echo {FLED} > $out; else echo held > $out; fi"


ATTEMPTS = [
    # Files of the machine
    Attempt("a file of the user's", reading("OUTSIDE/secret")),
    Attempt("a file above the root", reading("/../../../../../..OUTSIDE/secret")),
    Attempt("a file through the root of process 1", reading("/proc/1/rootOUTSIDE/secret")),
    Attempt(
        "a file through the root of any process",
        "for p in /proc/[0-9]*; do cat ${p}/rootOUTSIDE/secret && echo fled > $out; done; [ -e $out ] || echo held > $out",
    ),
    Attempt(
        "a file through the working folder of any process",
        "for p in /proc/[0-9]*; do cat ${p}/cwd/../../../../../../..OUTSIDE/secret && echo fled > $out; done; [ -e $out ] || echo held > $out",
    ),
    Attempt(
        "a descriptor that was left open",
        python("found = [name for name in os.listdir('/proc/self/fd') if int(name) > 3]\nassert found"),
    ),
    Attempt(
        "a folder that a descriptor leads out of",
        python(
            "fds = [int(name) for name in os.listdir('/proc/self/fd')]\nopen([f'/proc/self/fd/{fd}/../../../../../../OUTSIDE/secret' for fd in fds if os.path.isdir(f'/proc/self/fd/{fd}')][-1])"
        ),
    ),
    Attempt("another store path", reading("FOREIGN")),
    Attempt("the store's database", reading("/nix/var/nix/db/db.sqlite")),
    Attempt("shadow", reading("/etc/shadow")),
    Attempt(
        "a second chroot",
        python(
            "os.mkdir('x'); os.chroot('x'); [os.chdir('..') for _ in range(50)]; os.chroot('.'); open('OUTSIDE/secret')"
        ),
    ),
    Attempt(
        "a mount of the root's device",
        python("import ctypes\nassert ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0"),
    ),
    Attempt(
        "a mount in namespaces of one's own",
        "unshare -rm sh -c 'mount -o remount,rw,bind INPUT && echo evil > INPUT'; unshare -rm sh -c 'umount -l INPUT && cat OUTSIDE/secret && echo fled > '$out; [ -e $out ] || echo held > $out",
    ),
    # The inputs
    Attempt("writing to an input", "if echo evil >> INPUT; then echo fled > $out; else echo held > $out; fi"),
    Attempt(
        "an input made writable",
        "if chmod u+w INPUT && echo evil >> INPUT; then echo fled > $out; else echo held > $out; fi",
    ),
    Attempt("an input removed", "if rm -f INPUT; then echo fled > $out; else echo held > $out; fi"),
    Attempt(
        "an input replaced",
        "echo evil > /nix/store/new; if mv -f /nix/store/new INPUT; then echo fled > $out; else echo held > $out; fi",
    ),
    Attempt(
        "an input by a hard link",
        "if ln INPUT $out; then chmod u+w $out && echo evil >> $out; else echo held > $out; fi",
    ),
    Attempt(
        "a file of the machine by a hard link",
        "if ln /usr/bin/env $out; then echo fled >> $out; else echo held > $out; fi",
    ),
    # The outputs
    Attempt("a device as output", "mknod $out c 1 3 || echo held > $out"),
    Attempt("a device in the output", "mkdir $out; mknod $out/disk b 8 0 || echo held > $out/file"),
    Attempt("a pipe as output", "mkfifo $out", "unsupported type"),
    Attempt("a pipe in the output", "mkdir $out; mkfifo $out/pipe", "unsupported type"),
    Attempt(
        "a socket as output",
        python("import socket\nsocket.socket(socket.AF_UNIX).bind(os.environ['out'])").replace(
            "open(os", "0 and open(os"
        ),
        "unsupported type",
    ),
    Attempt("a program with the set-user-id bit", "echo held > $out; chmod 6755 $out", None, "CVE-2024-38531"),
    Attempt("a link as output", "ln -s OUTSIDE/secret $out"),
    Attempt(
        "links in the output, to be changed in their place",
        "mkdir $out; ln -s OUTSIDE/victim $out/file; ln -s OUTSIDE $out/folder",
    ),
    Attempt(
        "an output replaced by a link while it is taken over",
        "mkdir $out; (sleep 0.2; rmdir $out; ln -s OUTSIDE $out) & true",
    ),
    Attempt(
        "links in the build's folder, to be followed when it is removed",
        "ln -s OUTSIDE link; mkdir -p deep; ln -s OUTSIDE deep/link; chmod 0 deep; echo held > $out",
        None,
        "CVE-2025-46415, CVE-2025-46416, CVE-2025-52991",
    ),
    Attempt("an unreadable output", "mkdir -p $out/a; echo held > $out/a/b; chmod 0 $out/a/b $out/a $out"),
    # Processes
    Attempt(
        "a process of the machine, seen",
        'if [ "$(ls -d /proc/[0-9]* | wc -l)" -gt 8 ]; then echo fled > $out; else echo held > $out; fi',
    ),
    Attempt(
        "a process of the machine, traced",
        python("import ctypes\nassert ctypes.CDLL(None).ptrace(16, PARENT, 0, 0) == 0"),
    ),
    Attempt("a process of the machine, killed", python("os.kill(PARENT, 9)")),
    Attempt("all processes killed", "echo held > $out; kill -9 -1 || true"),
    Attempt("a process that stays", "setsid sh -c 'sleep 627.5 & sleep 627.5' >/dev/null 2>&1 & echo held > $out"),
    Attempt(
        "the environment of lixeval",
        "if cat /proc/[0-9]*/environ | grep -a ATTACK_SECRET; then echo fled > $out; else echo held > $out; fi",
    ),
    # The machine
    Attempt(
        "the kernel's settings",
        "if echo evil > /proc/sys/kernel/core_pattern; then echo fled > $out; else echo held > $out; fi",
    ),
    Attempt(
        "the kernel's settings, by namespaces of one's own",
        "if unshare -r sh -c 'echo evil > /proc/sys/kernel/core_pattern'; then echo fled > $out; else echo held > $out; fi",
    ),
    Attempt(
        "the kernel's trigger", "if echo h > /proc/sysrq-trigger; then echo fled > $out; else echo held > $out; fi"
    ),
    Attempt(
        "devices",
        "if ls /dev/sd* /dev/vd* /dev/nvme* /dev/mem /dev/kmem /dev/kmsg /dev/mapper 2>/dev/null | grep -q .; then echo fled > $out; else echo held > $out; fi",
    ),
    Attempt("sys", "if [ -e /sys/kernel ]; then echo fled > $out; else echo held > $out; fi"),
    Attempt(
        "root",
        python("assert int(open('/proc/self/uid_map').read().split()[1]) == 0 and os.geteuid() == 0"),
        None,
        "CVE-2025-53819",
    ),
    Attempt(
        "a set-user-id program of the machine",
        python("import subprocess\nassert subprocess.run(['su', '-c', 'true'], stdin=-3).returncode == 0"),
    ),
    Attempt("the machine's network", python("import socket\nsocket.create_connection(('127.0.0.1', PORT), 2)")),
    Attempt(
        "an abstract socket of the machine", python("import socket\nsocket.socket(socket.AF_UNIX).connect('\\0NAME')")
    ),
    Attempt(
        "a socket of the machine in its file system",
        python("import socket\nsocket.socket(socket.AF_UNIX).connect('OUTSIDE/socket')"),
    ),
    # What is left besides bytes and modes
    Attempt(
        "an extended attribute in the output",
        python("open(os.environ['out'], 'w').close()\nos.setxattr(os.environ['out'], 'user.evil', b'x')").replace(
            "open(os.environ['out'], 'w').write('fled')", "pass"
        ),
    ),
    Attempt(
        "an access control list in the output",
        python(
            "import struct\nopen(os.environ['out'], 'w').close()\nos.setxattr(os.environ['out'], 'system.posix_acl_access', struct.pack('<I' + 'HHI' * 5, 2, 1, 6, 2**32 - 1, 2, 7, 1234, 4, 4, 2**32 - 1, 16, 7, 2**32 - 1, 32, 4, 2**32 - 1))"
        ).replace("open(os.environ['out'], 'w').write('fled')", "pass"),
    ),
    Attempt(
        "a list for what is put into the output later",
        python(
            "import struct\nos.mkdir(os.environ['out'])\nos.setxattr(os.environ['out'], 'system.posix_acl_default', struct.pack('<I' + 'HHI' * 5, 2, 1, 6, 2**32 - 1, 2, 7, 1234, 4, 4, 2**32 - 1, 16, 7, 2**32 - 1, 32, 4, 2**32 - 1))"
        ).replace("open(os.environ['out'], 'w').write('fled')", "pass"),
    ),
    Attempt(
        "a program with a capability",
        python(
            "open(os.environ['out'], 'w').close()\nos.setxattr(os.environ['out'], 'security.capability', bytes.fromhex('0100000200000020000000000000000000000000'))"
        ).replace("open(os.environ['out'], 'w').write('fled')", "pass"),
    ),
    Attempt(
        "a set-user-id program while the build goes on",
        "cp /bin/true $out; chmod 4755 $out; sleep 0.3; rm $out; echo held > $out",
        None,
        "CVE-2024-38531",
    ),
    Attempt("a name that is no text", "mkdir $out; printf held > \"$out/$(printf 'a\\377\\nb')\""),
    Attempt(
        "3,000 folders in one another in the output",
        python(
            "os.mkdir(os.environ['out']); os.chdir(os.environ['out'])\nfor _ in range(3000): os.mkdir('d'); os.chdir('d')"
        ).replace("open(os.environ['out'], 'w').write('fled')", "pass"),
        "name too long|nested too deeply",
        "CVE-2021-3997",
    ),
    Attempt(
        "3,000 folders in one another in the build's folder",
        python("for _ in range(3000): os.mkdir('d'); os.chdir('d')").replace("fled", "held"),
        None,
        "CVE-2021-3997",
    ),
    # The terminal, and the log
    Attempt(
        "typing into the terminal",
        python("import fcntl, termios\nfcntl.ioctl(os.open('/dev/tty', os.O_RDWR), termios.TIOCSTI, b'x')"),
        None,
        "CVE-2017-5226",
    ),
    Attempt(
        "typing into what it was started from",
        python("import fcntl, termios\nfcntl.ioctl(0, termios.TIOCSTI, b'x')"),
        None,
        "CVE-2017-5226",
    ),
    Attempt(
        "what is selected on a console",
        python("import fcntl\nfcntl.ioctl(1, 0x541C, bytes([3]))"),
        None,
        "CVE-2023-28100",
    ),
    Attempt(
        "a log that stands still",
        "python3 -c 'import termios; termios.tcflow(1, termios.TCOOFF)'; echo held > $out",
    ),
    Attempt("a log that is closed", "exec >&- 2>&-; sleep 0.3; echo held > $out"),
    Attempt("a log of one line of 30 MB", "head -c 30000000 /dev/zero | tr '\\0' x; echo held > $out"),
    # Other doors of the kernel
    Attempt(
        "a file by its handle",
        python(
            "import ctypes\nlibc = ctypes.CDLL(None)\nhandle = ctypes.create_string_buffer(b'\\x80\\0\\0\\0' + bytes(132)); where = ctypes.c_int()\nassert libc.name_to_handle_at(-100, b'/', handle, ctypes.byref(where), 0) == 0\nroot = os.open('/', os.O_RDONLY)\nassert libc.open_by_handle_at(root, handle, os.O_RDONLY) >= 0"
        ),
        None,
        "CVE-2014-3519",
    ),
    Attempt(
        "the program that started it, overwritten",
        "for p in /proc/[0-9]*; do if python3 -c \"open('$p/exe', 'r+b')\"; then echo fled > $out; fi; done; [ -e $out ] || echo held > $out",
        None,
        "CVE-2019-5736",
    ),
    Attempt(
        "a working folder that leads out",
        "for p in /proc/[0-9]*/cwd; do (cd $p/../../../../.. && cat ./OUTSIDE/secret) && echo fled > $out; done; [ -e $out ] || echo held > $out",
        None,
        "CVE-2024-21626",
    ),
    Attempt(
        "a /proc of its own",
        "unshare -Urpf --mount-proc sh -c 'cat /proc/1/rootOUTSIDE/secret && echo fled' > answer 2>&1; cp answer $out || echo held > $out",
    ),
    Attempt("a device in namespaces of its own", python("assert os.system('unshare -r mknod x b 8 0') == 0")),
    Attempt("the machine's clock", python("import time\ntime.clock_settime(time.CLOCK_REALTIME, time.time())")),
    Attempt(
        "the machine's name",
        "hostname evil 2>/dev/null; python3 -c 'import socket; socket.sethostname(\"evil\")'; echo held > $out",
    ),
    Attempt(
        "the priority of a process of the machine",
        python("os.setpriority(os.PRIO_PROCESS, PARENT, 19)"),
    ),
    Attempt(
        "the limits of a process of the machine",
        python("import resource\nresource.prlimit(PARENT, resource.RLIMIT_CORE, (0, 0))"),
    ),
    Attempt("a descriptor of a process of the machine", python("os.pidfd_open(PARENT)")),
    Attempt(
        "the memory of a process of the machine",
        python(
            "import ctypes\nassert ctypes.CDLL(None).process_vm_readv(PARENT, ctypes.create_string_buffer(16), 1, ctypes.create_string_buffer(16), 1, 0) > 0"
        ),
    ),
    Attempt("a core that is left", "echo held > $out; ulimit -c unlimited 2>/dev/null; sh -c 'kill -SEGV $$'; true"),
    Attempt(
        "the keys of the user's session",
        python("import ctypes\nassert ctypes.CDLL(None).syscall(250, 10, -3, b'user', b'NAME', 0) >= 0"),
    ),
]


@dataclass(frozen=True)
class Handed:
    """What a fixed output's builder makes of its output `out`, and which descriptors it hands to a process outside,
    which writes `evil` by them, and by maps of them, when the output is registered.
    """

    name: str
    make: str
    descriptors: str = "os.open(out, os.O_RDWR)"


_WRITE = "open(out, 'w').write('good')"

HANDED = (
    Handed("a file", _WRITE),
    Handed("a file that it appends to", _WRITE, "os.open(out, os.O_WRONLY | os.O_APPEND)"),
    Handed("a file that it reads, opened anew by /proc", _WRITE, "os.open(out, os.O_RDONLY)"),
    Handed("a file by a path alone", _WRITE, "os.open(out, os.O_PATH)"),
    Handed(
        "a file that it moved into its place",
        "open('x', 'w').write('good'); fd = os.open('x', os.O_RDWR); import shutil; shutil.move('x', out)",
        "fd",
    ),
    Handed(
        "a file that had no name",
        "fd = os.open(os.path.dirname(out), os.O_TMPFILE | os.O_RDWR, 0o644); os.write(fd, b'good')\n"
        "os.link(f'/proc/self/fd/{fd}', out, src_dir_fd=fd, follow_symlinks=True)",
        "fd",
    ),
    Handed(
        "a file under a lock",
        _WRITE + "; import fcntl; fd = os.open(out, os.O_RDWR); fcntl.flock(fd, fcntl.LOCK_EX)",
        "fd",
    ),
    Handed("the folder around it", _WRITE, "os.open(os.path.dirname(out), os.O_RDONLY), os.open(out, os.O_RDWR)"),
    Handed("its build's folder", _WRITE, "os.open('.', os.O_RDONLY), os.open(out, os.O_RDWR)"),
    Handed("its log", _WRITE, "os.open('/proc/self/fd/1', os.O_RDWR), os.open(out, os.O_RDWR)"),
)
