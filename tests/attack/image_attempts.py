"""What an image, a registry or a base image may try on whoever reads, copies or pushes: the table of attempts.

Each row is (name, door, CVE or "", what must happen).  `must` is a pattern of the error, or "harmless": it succeeds
without having reached anything that is not the image's.  test_images.py carries them out, and makes what each name
stands for.

SECRET is a file of the user's, which no door may show, copy or change; nothing may take long.
"""

from __future__ import annotations

from typing import NamedTuple

UP = "../../../../../../../../../.."


class Attempt(NamedTuple):
    """One row of the table."""

    name: str
    door: str
    cve: str
    must: str


# -- archives and layouts: `inspect`, `validate`, `copy` ---------------------------------------------------------------

TARS = (
    Attempt("a member called ../secret", "archive", "CVE-2001-1267", "harmless"),
    Attempt("a member with an absolute name", "archive", "CVE-2016-6321", "harmless"),
    Attempt("a symbolic link out, then a member behind it", "archive", "CVE-2007-4559", "harmless"),
    Attempt("a hard link to a file outside", "archive", "CVE-2025-4330", "harmless"),
    Attempt("300 headers for all members, of a megabyte each", "archive", "", "bytes of headers for all members"),
    Attempt("300 headers for one member", "archive", "", "headers before a member"),
    Attempt("100,000 short records in each of 40 headers", "archive", "", "bytes of headers for all members"),
    Attempt("a record of length 0", "archive", "CVE-2019-20907", "bad record"),
    Attempt("a record that goes on behind its header", "archive", "CVE-2022-48303", "bad record"),
    Attempt("a header that says it has a negative size", "archive", "CVE-2025-8194", "size"),
    Attempt("a file with holes without an end", "archive", "CVE-2018-20482", ""),
    Attempt("a member of 2^62 bytes", "archive", "", ""),
    Attempt("a member whose name has 100,000 bytes", "archive", "", "extended header|name of more than"),
    Attempt("a link that leads to itself", "archive", "", "no member|holds no image"),
    Attempt("a manifest.json of 100 MB", "archive", "CVE-2023-25153", "is larger than"),
)

PACKED = (
    Attempt("a layer that unpacks to 1.3 GB of zeros", "layer", "CVE-2017-16539", "unpacks to more than"),
    Attempt("200,000 members of gzip in a layer", "layer", "", "harmless"),
    Attempt("50,000 empty files in a small layer", "layer", "", "harmless"),
    Attempt("100,000 names as deep as they get in a layer", "layer", "", "components|name of more than"),
    Attempt("a layer that ends in the middle of its gzip", "layer", "", "breaks off"),
)

LAYOUTS = (
    Attempt("a blob that is a link to SECRET", "layout", "CVE-2021-29136", "leads out of it"),
    Attempt("index.json is a link to SECRET", "layout", "", "leads out of it|no readable"),
    Attempt("the folder of blobs is a link", "layout", "", "leads out of it"),
    Attempt("a digest that is a path", "layout", "CVE-2024-3727", "is not a digest"),
    Attempt("a layer's digest that is a path", "layout", "CVE-2024-3727", "is not a digest"),
    Attempt("an algorithm that is a path", "layout", "CVE-2024-3727", "is not a digest"),
    Attempt("a manifest that is an index as well", "layout", "CVE-2021-41190", "index"),
    Attempt("a blob with other bytes of the same size", "layout", "", "is another one|damaged|and not"),
    Attempt("a layer with other bytes of the same size", "layout", "", "is another one|damaged|and not"),
    Attempt("indexes within indexes", "layout", "", "deep|lie within one another|more than"),
)

WRITTEN = (
    Attempt("its folder of blobs leads out", "layout that is written to", "", "is a link"),
    Attempt("the folder of its digests leads out", "layout that is written to", "", "is a link"),
    Attempt("its index.json leads out", "layout that is written to", "", "no readable index.json"),
    Attempt("its index.json leads to zeros", "layout that is written to", "", "no readable index.json"),
    Attempt("its index.json is a pipe", "layout that is written to", "", "it is no file"),
    Attempt("its index.json has 3 GB", "layout that is written to", "", "not a JSON document"),
    Attempt("its index.json nests 100,000 lists", "layout that is written to", "", "nested too deeply"),
    Attempt("its index.json names a path as digest", "layout that is written to", "CVE-2024-3727", "not a digest"),
    Attempt("its oci-layout is a pipe", "layout that is written to", "", "is not an OCI image layout"),
    Attempt("its oci-layout leads to another's", "layout that is written to", "", "is not an OCI image layout"),
    Attempt("its blobs are links out", "layout that is written to", "", "harmless"),
    Attempt("its blobs are pipes", "layout that is written to", "", "harmless"),
    Attempt("its blobs are others of the same size", "layout that is written to", "", "harmless"),
)
"""What lies where an image is to be written, by `--to oci:DIR` or `copy`; what succeeds is sound afterwards."""

CONFIGS = (
    "null",
    "[]",
    '"x"',
    "1.5",
    '{"architecture":5,"os":"linux","rootfs":{"type":"layers","diff_ids":[DIFF]}}',
    '{"architecture":"amd64","os":1.5,"rootfs":{"type":"layers","diff_ids":[DIFF]}}',
    '{"architecture":"amd64","os":"linux","rootfs":[]}',
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":{"a":1}}}',
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[1.5]}}',
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["../../x"]}}',
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[DIFF]},"config":{"Env":[1.5]}}',
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[DIFF]},"config":{"Labels":{"a":1e3}}}',
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[DIFF]},"config":{"Cmd":"x"}}',
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[DIFF]},"config":{"New":1.5}}',
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[DIFF]},"config":{"New":1e999}}',
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[DIFF]},"config":{"New":DIGITS}}',
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[DIFF]},"config":{"New":"\\ud800"}}',
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[DIFF]},"config":{"New":DEEP}}',
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[DIFF]},"config":{"New":NaN}}',
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[DIFF]},"config":{"\\u0000":"\\u0000"}}',
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[DIFF]},"created":1.5}',
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[DIFF]},"history":[{"created":5}]}',
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[DIFF]},"history":{"a":"b"}}',
    '{"architecture":"\\u001b[31m","os":"linux","rootfs":{"type":"layers","diff_ids":[DIFF]},"created":"\\u0007"}',
)
"""Config documents of which every reader has to make a clean error, or nothing of it."""

# -- registries: `copy`, `--to`, `pullImage` ---------------------------------------------------------------------------

REGISTRY = (
    Attempt("never answers", "registry", "", "has not answered in"),
    Attempt("sends one byte of a header now and then", "registry", "", "drips"),
    Attempt("sends one byte of a manifest now and then", "registry", "", "drips"),
    Attempt("sends one byte of a blob now and then", "registry", "", "drips"),
    Attempt("says a manifest is longer than it is", "registry", "", "broke off after|stood still|nothing more"),
    Attempt("says a length that is no number", "registry", "", "has sent nothing more|digest|drips"),
    Attempt("sends a manifest without an end", "registry", "CVE-2023-25153", "is larger than"),
    Attempt("sends a token without an end", "registry", "", "is larger than"),
    Attempt("sends an error without an end", "registry", "", "HTTP status 500"),
    Attempt("sends a blob that is longer than its descriptor", "registry", "", "sends more than"),
    Attempt("sends headers without an end", "registry", "", "not HTTP|drips|broke"),
    Attempt("sends something that is not HTTP", "registry", "", "not HTTP|it was closed"),
    Attempt("redirects for ever", "registry", "", "redirects more than"),
    Attempt("redirects the token for ever", "registry", "", "redirects more than"),
    Attempt("asks for a token again and again", "registry", "", "HTTP status 401"),
    Attempt("gives a manifest with another digest than it says", "registry", "", "with the digest"),
    Attempt("gives a digest that is a path", "registry", "CVE-2024-3727", "is not a digest"),
    Attempt("gives an index that is a manifest as well", "registry", "CVE-2021-41190", "index"),
    Attempt("gives layers with urls elsewhere", "registry", "CVE-2020-15157", "HTTP status 404"),
    Attempt("nests a manifest 100,000 deep", "registry", "", "nested too deeply"),
)

LEADING = (
    "http://[",
    "http://[::1",
    "http://a:b:c/",
    "http://localhost:99999/x",
    "http://localhost:0/x",
    "http://localhost:-1/x",
    "http://" + "a" * 300 + "/x",
    "http://" + "a." * 200 + "/x",
    "http://..//x",
    "http://\u00e4.example/x".encode().decode("latin-1"),
    "http:///x",
    "http:",
    "https://exa mple/x",
    "file://host/x",
    "file:///etc/shadow",
    "ftp://host/x",
    "data:,x",
    "javascript:x",
    "gopher://localhost:70/x",
    "http://host.example/x",
    "//[",
    "//host.example:70000/x",
)
"""Where Location and realm may lead; each is an error, at once."""

DESTINATIONS = (
    "docker://localhost:99999/x",
    "docker://localhost:0/x",
    "docker://localhost:/x",
    "docker://[::1/x",
    "docker://[zz]:5000/x",
    "docker://a..b/x",
    "docker://-a.b/x",
    "docker://" + "a" * 64 + ".b/x",
    "docker://user:secret@host.example/x",
    "docker:///x",
    "docker://",
    "docker:x",
    "docker://localhost:5000/",
    "docker://localhost:5000/UP",
    "docker://localhost:5000/a//b",
    "docker://localhost:5000/../x",
    "docker://localhost:5000/x:" + "t" * 129,
    "docker://localhost:5000/x@sha256:zz",
    "docker://localhost:5000/x@md5:00",
    "docker://localhost:5000/x y",
    "docker://localhost:5000/x\x1b[31m",
    "nosuch:thing",
    "containers-storage",
    "docker-daemon",
    "oci",
    "oci:",
    "oci:x:bad tag",
    "containers-storage:Upper",
    "ostree:x",
    "s3://x/y",
)
"""Destinations that are none: an error before anything is built."""

# -- base images: `fromImage`, `copy` of an image.json -----------------------------------------------------------------

LAYER_PATHS = (
    Attempt("SECRET", "image.json", "", "no file of its closure"),
    Attempt("/etc/passwd", "image.json", "", "no file of its closure"),
    Attempt("/nix/store/../../etc/passwd", "image.json", "", "no file of its closure"),
    Attempt(f"/nix/store/{UP}/etc/passwd", "image.json", "", "no file of its closure"),
    Attempt("/nix/store", "image.json", "", "no file of its closure"),
    Attempt("/nix/store/", "image.json", "", "no file of its closure"),
    Attempt("/nix/store/.links/x", "image.json", "", "no file of its closure"),
    Attempt("INPUT/link", "image.json", "", "no file of its closure"),
    Attempt("INPUT/folder/../link", "image.json", "", "is not in the Nix store"),
    Attempt(f"INPUT/{UP}/etc/passwd", "image.json", "", "is not in the Nix store"),
    Attempt("INPUT", "image.json", "", "does not exist"),
    Attempt("INPUT/other", "image.json", "", "has the digest|is damaged"),
    Attempt("FOREIGN/layer", "image.json", "", "no file of its closure"),
    Attempt("relative", "image.json", "", "no file of its closure"),
    Attempt("INPUT/layer\x00x", "image.json", "", "no file of its closure"),
)
"""What `layer-path` of a stranger's image.json may say.  INPUT is in its closure, FOREIGN valid and not."""

ODD = (
    *("null", "true", "false", "0", "-1", "1.5", "1e308", "DIGITS", "DEEP", '""', '"x"', '"\\ud800"', '"\\u0000"'),
    *('"\\u001b]0;x\\u0007"', '"../../etc"', "[]", "[[]]", "[null]", "[5]", "{}", '{"": ""}', '{"a": null}'),
    *('{"a": 5}', '{"../x": {}}', '[{"a": 1}]', '"2024-13-45T99:99:99Z"', '"0000-00-00T00:00:00Z"'),
    *('"sha256:' + "0" * 64 + '"', '"SHA256:' + "A" * 64 + '"'),
)
"""What each member of a base image's image.json may be instead."""

WHITEOUTS = (
    ("etc/.wh.", "takes away nothing that has a name"),
    ("etc/.wh..", "takes away nothing that has a name"),
    ("etc/.wh...", "takes away nothing that has a name"),
    (".wh...", "takes away nothing that has a name"),
    (".wh.", "takes away nothing that has a name"),
    ("../.wh.etc", "leads out of the image"),
    ("etc/../../.wh.etc", "leads out of the image"),
    ("../.wh..wh..opq", "leads out of the image"),
    (".wh.etc/passwd", None),
    ("etc/.wh.passwd", None),
    (".wh..wh..opq", None),
    ("etc/.wh..wh.plnk", None),
)
"""Members of a layer that take something away of those below, and what is told of them; None is as it should be."""
