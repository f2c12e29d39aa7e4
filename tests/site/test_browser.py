"""The site in a browser: headless Chromium runs programs, goes through steps, follows links, and works offline."""

from __future__ import annotations

import functools
import http.server
import os
import re
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lixeval.site.write import CDN, write_site

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (extra 'browser')")
axe_module = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PYODIDE = os.environ.get("LIXEVAL_PYODIDE", "")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""

pytestmark = [
    pytest.mark.skipif(not PYODIDE, reason="LIXEVAL_PYODIDE names no folder with npm's package pyodide"),
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium"),
]

ENDLESS = "let l = builtins.genList (x: x) 99999; in builtins.foldl' (a: b: builtins.foldl' (c: d: c + d) a l) 0 l"
DEEP = "builtins.deepSeq (let f = n: if n == 0 then null else { n = f (n - 1); }; in f 9000) 1"
TOO_DEEP = f"builtins.seq (builtins.length (builtins.genList (x: throw x) 600000)) ({DEEP})"
"""What is nested deeply beside so much that it may not all be kept."""
NESTED = "if true then " * 1500 + "1" + " else 0" * 1500
LONG = 60_000
"""Milliseconds that a busy machine may take."""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    (site / "other.html").write_text("<!doctype html><title>Other</title><body></body>")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=os.fspath(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_api.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(LONG)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that complains of nothing."""
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []


def visit(page: Page, address: str) -> None:
    """Opens the page and waits until its first program has run."""
    page.goto(address)
    page.wait_for_selector(".steps")


def run(page: Page, program: str) -> str:
    """What the page says of a program."""
    page.fill("#program", program)
    page.evaluate("document.querySelector('#result').hidden = true")
    page.click("#run")
    page.wait_for_selector("#result:not([hidden])")
    said: str = page.inner_text("#result")
    return said


def marked(page: Page, selector: str) -> str:
    """What is marked, piece by piece."""
    page.wait_for_selector(selector, state="attached")
    return "".join(page.locator(selector).all_inner_texts())


def accessibility(page: Page) -> list[str]:
    """What axe finds wrong."""
    results = axe_module.Axe().run(page)
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in results.response["violations"]]


def test_a_program_its_steps_and_ways_through_them(page: Page, address: str) -> None:
    visit(page, address)
    assert page.inner_text("#result") == "[ 4 2 ]"
    page.focus(".steps")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    assert "[ _ _ ]" in page.inner_text(".rewriting [aria-current]")
    page.fill("#program", 'let x = 1 + 1; y = throw "never"; in x * x')
    page.click("#steps")
    page.locator(".said", has_text="1 of 10").wait_for()
    assert page.inner_text("#result") == "4"
    assert "Never asked for: y at 1:20" in page.inner_text("#story")
    assert "1 + 1  →  2" in page.inner_text(".rewriting")
    page.keyboard.press("ArrowRight")
    assert "x is put off: 1 + 1" in page.inner_text(".said")
    assert "x = _" in page.inner_text(".graph")
    page.keyboard.press("n")
    assert "x is asked for" in page.inner_text(".said")
    assert marked(page, "#paint mark.now") == "1 + 1"
    page.keyboard.press("ArrowUp")
    assert "x, of a let, is 2" in page.inner_text(".said")
    page.keyboard.press("End")
    assert "x = 2" in page.inner_text(".graph")
    page.get_by_label("To the first step").click()
    page.select_option("select", "x")
    assert "x is asked for" in page.inner_text(".said")
    page.hover(".box:has-text('x =')")
    assert marked(page, "#paint mark.over") == "1 + 1"


def test_errors_are_underlined_where_they_are(page: Page, address: str) -> None:
    visit(page, f"{address}?embed")
    assert "attribute 'b' missing" in run(page, "{ a = 1; }.b")
    assert marked(page, "#paint mark.fault") == "b"
    assert "unexpected end of file" in run(page, "1 +")
    assert page.locator("#paint mark.fault").count() > 0
    story = 'let boom = throw "no"; a = boom + 1; in a'
    page.fill("#program", story)
    page.click("#steps")
    page.wait_for_selector(".steps")
    page.focus(".steps")
    page.keyboard.press("End")
    assert "fails" in page.inner_text(".said")
    assert "It fails: no" in page.inner_text("#story")


def test_completion_by_keyboard(page: Page, address: str) -> None:
    visit(page, f"{address}?embed")
    page.wait_for_load_state("networkidle")
    page.fill("#program", "")
    page.focus("#program")
    page.keyboard.type("builtins.concatS")
    page.wait_for_selector("#complete:not([hidden])")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.input_value("#program") == "builtins.concatStringsSep"


def test_by_keyboard_alone(page: Page, address: str) -> None:
    """Nothing but keys: to the program, a run, its steps, a run that is stopped, lessons, the manual."""
    visit(page, address)
    press = page.keyboard.press
    press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    press("Enter")
    press("Control+a")
    page.keyboard.type("let x = 1 + 1; in x * x")
    press("Control+Enter")
    page.locator("#result", has_text="4").wait_for()
    tab_to(page, "steps")
    press("Enter")
    page.locator(".said", has_text="1 of ").wait_for()
    tab_to(page, "", ".steps")
    press("ArrowRight")
    assert "2 of " in page.inner_text(".said")
    press("End")
    press("ArrowLeft")
    press("Home")
    assert "1 of " in page.inner_text(".said")
    tab_to(page, "program", back=True)
    press("Control+a")
    page.keyboard.insert_text(ENDLESS)
    press("Control+Enter")
    page.locator("#state", has_text="Running").wait_for()
    tab_to(page, "stop")
    press("Enter")
    page.locator("#result", has_text="Stopped").wait_for()
    tab_to(page, "", "[data-view=lessons]", back=True)
    press("Enter")
    page.wait_for_selector(".course button")
    tab_to(page, "", ".course button")
    press("Enter")
    page.wait_for_selector("#lesson:not([hidden])")
    tab_to(page, "", "[data-view=manual]", back=True)
    press("Enter")
    page.wait_for_selector(".entry")
    tab_to(page, "find")
    page.keyboard.type("groupBy")
    page.locator("#found", has_text=re.compile("^[1-9] of ")).wait_for()


def tab_to(page: Page, identifier: str, selector: str = "", *, back: bool = False) -> None:
    """Presses Tab until an element has the keys; each on the way can be seen to have them."""
    wanted = selector or f"#{identifier}"
    for _ in range(150):
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"Tab never comes to {wanted}")


def test_a_link_carries_program_and_step(page: Page, context: BrowserContext, address: str) -> None:
    visit(page, f"{address}?embed")
    page.fill("#program", 'let a = "ü😀"; in [ a (1 + 1) ]')
    page.click("#steps")
    page.wait_for_selector(".steps")
    page.focus(".steps")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    said = page.inner_text(".said")
    page.evaluate("document.querySelector('#embed').click()")
    page.wait_for_selector("#share:not([hidden])")
    frame = page.input_value("#address")
    assert frame.startswith('<iframe src="http')
    other = context.new_page()
    other.goto(f"{address}other.html")
    other.evaluate("html => { document.body.innerHTML = html; }", frame)
    inside = other.frame_locator("iframe")
    inside.locator(".said").wait_for()
    assert inside.locator(".said").inner_text() == said
    assert not inside.locator(".top").is_visible()
    assert inside.locator("#whole").is_visible()


def test_a_broken_link_is_told_and_breaks_nothing(page: Page, address: str) -> None:
    visit(page, f"{address}?embed")
    for hash in ("#1.AAAA", "#1.q1ZKy", "#0.e30", "#1.%20", "#0.bnVsbA", "#1.eNpLTEoGAAJNASc"):
        page.evaluate("hash => { location.hash = hash; }", hash)
        page.wait_for_selector("#notice:not([hidden])")
        assert "This link cannot be read" in page.inner_text("#notice")
        assert page.input_value("#program").startswith("let")
        page.evaluate("document.querySelector('#notice').hidden = true")
    assert run(page, "1 + 1") == "2"


def test_what_never_ends_is_stopped_and_nothing_typed_is_lost(page: Page, address: str) -> None:
    visit(page, f"{address}?embed")
    assert run(page, "1 + 1") == "2"
    page.fill("#program", ENDLESS)
    page.click("#run")
    page.locator("#state", has_text="Running").wait_for()
    page.click("#stop")
    page.locator("#result", has_text="Stopped").wait_for()
    assert page.input_value("#program") == ENDLESS
    assert run(page, "1 + 2") == "3"
    assert run(page, "builtins.length (builtins.genList (x: x + 1) 1000000)") == "1000000"
    assert "max-call-depth exceeded" in run(page, "let f = n: f (n + 1); in f 0")
    assert "error" in run(page, "builtins.length (builtins.genList (x: x) 400000000)")
    assert run(page, "1 + 3") == "4"


def test_an_engine_that_crashes_is_loaded_again(context: BrowserContext, address: str) -> None:
    page = context.new_page()  # whose console tells of the crash
    visit(page, f"{address}?embed")
    assert run(page, DEEP) == "1"
    assert run(page, NESTED) == "1"
    assert run(page, "let a = 1; in " * 3000 + "a") == "1"
    assert "[E0105]" in run(page, "let a = 1; in " * 8000 + "a")
    assert "nested too deeply for a browser" in run(page, TOO_DEEP)
    assert page.input_value("#program") == TOO_DEEP
    assert run(page, "1 + 1") == "2"


class Cdn(Quiet):
    """Answers for Pyodide's public CDN."""

    def translate_path(self, path: str) -> str:
        return os.path.join(PYODIDE, os.path.basename(path))

    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()


@pytest.fixture
def cdn(tmp_path: Path) -> Iterator[int]:
    """The port of a server that the CDN's name can be led to."""
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=cdn", "-days", "2"]
    subprocess.run([*words, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cdn)
    ways = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ways.load_cert_chain(certificate, key)
    server.socket = ways.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl to make a certificate")
def test_without_pyodide_the_site_takes_it_from_the_cdn(tmp_path: Path, cdn: int, browser: Browser) -> None:
    folder = tmp_path / "public"
    write_site(os.fspath(folder))
    host = CDN.split("/")[2]
    words = ["--no-sandbox", f"--host-resolver-rules=MAP {host}:443 127.0.0.1:{cdn}", "--ignore-certificate-errors"]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=os.fspath(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    chromium = browser.browser_type.launch(executable_path=CHROMIUM, args=words)
    context = chromium.new_context()
    context.set_default_timeout(LONG)
    page = context.new_page()
    visit(page, f"http://127.0.0.1:{server.server_port}/")
    assert page.inner_text("#result") == "[ 4 2 ]"
    page.evaluate("navigator.serviceWorker.ready")
    context.set_offline(True)
    page.reload()
    page.wait_for_selector(".steps")
    assert page.inner_text("#result") == "[ 4 2 ]"
    chromium.close()
    server.shutdown()
    server.server_close()


def test_it_works_offline_after_the_first_visit(page: Page, context: BrowserContext, address: str) -> None:
    visit(page, address)
    page.evaluate("navigator.serviceWorker.ready")
    context.set_offline(True)
    page.reload()
    page.wait_for_selector(".steps")
    assert page.inner_text("#result") == "[ 4 2 ]"
    page.click("[data-view=lessons]")
    page.wait_for_selector(".course")
    context.set_offline(False)


def test_lessons_and_manual(page: Page, address: str) -> None:
    page.goto(address)
    page.click("[data-view=lessons]")
    page.click("text=What is never asked is never computed")
    page.fill("#prediction", "a b")
    page.click("#check")
    page.wait_for_selector(".verdict.wrong")
    page.fill("#prediction", "c a")
    page.keyboard.press("Enter")
    page.wait_for_selector(".verdict.right")
    page.click("text=See the steps")
    page.wait_for_selector(".steps")
    page.click("[data-view=lessons]")
    assert "1 of 88 solved" in page.inner_text("#course")
    page.click("text=Right, but not by asking for everything")
    page.fill("#program", page.input_value("#program").replace("???", "builtins.deepSeq config config.port"))
    page.click("#check")
    page.wait_for_selector(".verdict.wrong")
    assert "right value, but you forced secret" in page.inner_text(".verdict")
    page.click("[data-view=manual]")
    page.fill("#find", "concatStringsSep")
    page.click("#builtin-concatStringsSep button")
    page.wait_for_selector("#result:not([hidden])")
    assert page.inner_text("#result").startswith('"')


def test_a_phone_a_screen_reader_light_and_dark(browser: Browser, address: str) -> None:
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport={"width": 400, "height": 800}, color_scheme=scheme, has_touch=True)
        context.set_default_timeout(LONG)
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector(".steps")
        for view in ("program", "lessons", "manual"):
            page.click(f"[data-view={view}]")
            page.wait_for_selector({"program": ".steps", "lessons": ".course", "manual": ".entry"}[view])
            assert page.evaluate("document.documentElement.scrollWidth") == 400
            assert accessibility(page) == []
        page.click("[data-view=lessons]")
        page.click("text=What is never asked is never computed")
        page.wait_for_selector("#lesson:not([hidden])")
        assert accessibility(page) == []
        page.click("[data-view=program]")
        assert "missing" in run(page, "{ a = 1; }.b")
        page.click("#embed")
        page.wait_for_selector("#share:not([hidden])")
        assert page.evaluate("document.documentElement.scrollWidth") == 400
        assert accessibility(page) == []
        page.goto(f"{address}?embed")
        page.wait_for_selector("#result:not([hidden])")
        page.tap("#steps")
        page.wait_for_selector(".steps")
        page.tap("[aria-label='One step on']")
        assert "2 of " in page.inner_text(".said")
        assert accessibility(page) == []
        context.close()


def test_a_browser_without_webassembly_is_told_so(page: Page, address: str) -> None:
    page.add_init_script("delete globalThis.WebAssembly")
    page.goto(address)
    page.wait_for_selector("#notice:not([hidden])")
    assert "no WebAssembly" in page.inner_text("#notice")
    page.click("[data-view=lessons]")
    page.wait_for_selector(".course")


def test_a_recorded_run_is_a_page_of_its_own(page: Page, tmp_path: Path) -> None:
    from lixeval.cli import main

    program = tmp_path / "program.nix"
    program.write_text('let f = n: n + 1; x = f 1; in\n[ x x "</script>" ]\n')
    assert main(["explain", os.fspath(program), "--strict", "--html", os.fspath(tmp_path / "story.html")]) == 0
    page.goto((tmp_path / "story.html").as_uri())
    page.wait_for_selector(".steps")
    page.keyboard.press("End")
    assert "x = 2" in page.inner_text(".graph")
    assert page.locator(".box", has_text="x = 2").count() == 1  # one box under two names
    page.hover(".box:has-text('x = 2')")
    assert marked(page, "#text mark.over") == "f 1"
    assert accessibility(page) == []
