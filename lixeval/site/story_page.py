"""A recorded run as one page that needs nothing but itself: text left, steps with a slider right, boxes below.

    record (docs/record.md) + the site's own style and scripts -> one HTML file

The scripts are those of the site; what programs say is data in a script of JSON and text in the page, never markup.
"""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

from lixeval.site.engine import rewriting_of
from lixeval.site.write import PAGES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.teach.record import Record

_TEMPLATE = Path(__file__).with_name("story.html")
_IMPORTS = re.compile(r"^import .*$", re.MULTILINE)
_EXPORTS = re.compile(r"^export (?=class |function |async )", re.MULTILINE)


def page_of(record: Record, title: str) -> str:
    """The text of the page."""
    script = "\n".join(_inlined((PAGES / name).read_text(encoding="utf-8")) for name in ("highlight.js", "story.js"))
    data = json.dumps(record, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
    told = json.dumps(rewriting_of(record), ensure_ascii=True).replace("<", "\\u003c")
    page = _TEMPLATE.read_text(encoding="utf-8")
    page = page.replace("@STYLE@", (PAGES / "style.css").read_text(encoding="utf-8")).replace("@SCRIPT@", script)
    # What comes from outside last: it is not looked at for further placeholders.
    before, mark, after = page.partition("@RECORD@")
    assert mark
    shown = html.escape(title).encode("utf-8", "replace").decode()
    after = after.replace("@REWRITING@", told)
    return before.replace("@TITLE@", shown) + data + after


def _inlined(module: str) -> str:
    return _EXPORTS.sub("", _IMPORTS.sub("", module))
