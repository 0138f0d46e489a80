"""Chromium as installed on this machine, driven by Playwright, with its calls home switched off."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.servers.need import need

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
FLAGS = (
    "--no-sandbox",  # root may not use it, and only our own pages are opened
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str:
    """Return the path of the browser: CHROMIUM names one, else the first in PATH."""
    named = os.environ.get("CHROMIUM")
    found = [path for name in PROGRAMS if (path := shutil.which(name))]
    for path in [named, *found] if named else found:
        if os.access(path, os.X_OK):
            return path
    return need("no Chromium")


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Start the browser, without a window; Playwright gives it an empty profile."""
    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()
