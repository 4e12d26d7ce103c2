# SPDX-License-Identifier: Apache-2.0
"""The browser application in Debian's Chromium, driven by Playwright."""

import contextlib
import os
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "web/node_modules/axe-core/axe.min.js"

ENGLISH, PORTUGUESE = "en", "pt-BR"
WIDE, NARROW = (1440, 900), (360, 740)

# Counts what is asked for and not answered. An answer that goes on, as the events of a chat, is one that has begun.
COUNT_REQUESTS = """
    const send = window.fetch
    window.requestsOpen = 0
    window.fetch = async (...words) => {
        window.requestsOpen++
        try { return await send(...words) } finally { window.requestsOpen-- }
    }"""
# Says true when nothing was going on at several looks one after another.
IS_SETTLED = """() => {
    const busy = document.querySelector('#content [aria-busy=true], #content [class*=loading]') !== null
    window.looksQuiet = window.requestsOpen > 0 || busy ? 0 : (window.looksQuiet ?? 0) + 1
    return window.looksQuiet >= 5
}"""


def need_page(netguru):
    """Skips where the program was built without the page, which must not happen unnoticed."""
    if b'id="page"' in netguru.client().get("/").body:
        return
    if os.environ.get("CI") and os.environ.get("NETGURU_WEB") != "false":
        raise AssertionError("the program was built without the page")
    pytest.skip("the program was built without the page")


class Tab:
    """A tab: a page of Playwright, and what the page said to the console."""

    def __init__(self, page, address):
        self.page, self.address = page, address
        self.complaints = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))

    def _hear(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def open(self, path):
        self.page.goto(f"http://{self.address}{path}")
        return self

    def path(self):
        return self.page.url.removeprefix(f"http://{self.address}")

    def sign_in(self, email, password):
        self.open("/")
        self.page.get_by_label("E-mail").fill(email)
        self.page.locator("input[type=password]").fill(password)
        self.page.locator("button[type=submit]").click()
        self.shell()
        return self

    def demo(self):
        """Signs in as the demo account by its one click."""
        self.open("/")
        self.page.get_by_role("button", name=re.compile("demo")).click()
        self.shell()
        return self

    def shell(self):
        """Waits for the frame of the page: one is signed in."""
        self.page.locator("#content").wait_for()

    def settled(self):
        """Waits until nothing loads any more."""
        self.page.evaluate("() => { window.looksQuiet = 0 }")
        self.page.wait_for_function(IS_SETTLED, polling=60)
        return self

    def axe(self):
        """The violations that axe-core finds, in words."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(
            "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
            ".map(v => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map(n => n.html.slice(0, 200)).join(' | ')}`)"
        )
        return found

    def overflow(self):
        """How many pixels the page is wider than its window."""
        return self.page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")


class Browser:
    def __init__(self, chromium):
        self.chromium = chromium

    @contextlib.contextmanager
    def user(self, netguru, language=ENGLISH, theme="light", size=WIDE):
        """A person with a browser of their own: tab() opens a tab, of the server or of another address."""
        context = self.chromium.new_context(
            locale=language, color_scheme=theme, reduced_motion="reduce", viewport={"width": size[0], "height": size[1]}
        )
        context.add_init_script(COUNT_REQUESTS)
        context.set_default_timeout(int(os.environ.get("PAGE_TIMEOUT", "60000")))
        try:
            yield lambda address=netguru.address: Tab(context.new_page(), address)
        finally:
            context.close()


@contextlib.contextmanager
def open_browser(netguru):
    """The fixture `browser`: one Chromium for the tests of a module."""
    need_page(netguru)
    program = shutil.which("chromium")
    assert program, "./dev install test installs chromium"
    with sync_playwright() as playwright:
        # The sandbox of Chromium refuses to run as root.
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        chromium = playwright.chromium.launch(executable_path=program, args=flags)
        yield Browser(chromium)
        chromium.close()
