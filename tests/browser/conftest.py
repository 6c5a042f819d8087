"""The demo as a newcomer starts it, and a real browser that looks at it."""

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import pytest

from tests.api.test_serving import free_port

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SWITCHES = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WATCH = """
    window.shifts = 0;
    window.loaded = new Set();
    addEventListener("newslist:load", ({ target }) => {
        loaded.add(target);
        const all = document.querySelectorAll("news-list").length;
        if (loaded.size == all) document.documentElement.setAttribute("data-filled", "");
    });
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.shifts += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture(scope="session")
def chromium() -> str:
    pytest.importorskip("playwright", reason="playwright is not installed: pip install -e .[dev]")
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed")
    return found


@pytest.fixture(scope="session")
def running_demo(chromium, tmp_path_factory) -> Iterator[tuple[str, str]]:
    """Start ``recsys demo`` and give its address, and the key that it prints."""
    call = [sys.executable, "-m", "recsys", "demo", "--port", str(free_port())]
    said = tmp_path_factory.mktemp("demo") / "said"
    with said.open("w") as file:
        process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=file, text=True)
    lines = iter(process.stdout.readline, "")
    address = next((line.strip() for line in lines if "http" in line), "")
    try:
        assert address, f"the demo did not start: {said.read_text()}"
        while not (key := re.search(r"X-API-Key +(\S+)\n", said.read_text())):
            time.sleep(0.01)
        yield re.sub("/demo$", "", address), key[1]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 0


@pytest.fixture(scope="session")
def demo(running_demo) -> str:
    return running_demo[0]


@pytest.fixture(scope="session")
def demo_key(running_demo) -> str:
    return running_demo[1]


@pytest.fixture(scope="session")
def playwright(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def launched(playwright, chromium, tmp_path_factory):
    """Open browsers of any width and scheme, each with a profile of its own."""

    @contextmanager
    def opened(width: int = 1280, scheme: str = "light", **settings):
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"),
            executable_path=chromium,
            args=SWITCHES,
            viewport={"width": width, "height": 900 if width > 400 else 740},
            color_scheme=scheme,
            **settings,
        )
        context.add_init_script(WATCH)
        try:
            yield context
        finally:
            context.close()

    return opened


@pytest.fixture
def browser(launched):
    return launched


@pytest.fixture
def look(demo):
    """Open a page of the demo and wait for its lists; keeps what is said and what is asked."""

    def at(context, path: str):
        page = context.new_page()
        page.said, page.asked = [], []
        page.on("request", lambda request: page.asked.append(request))
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(f"{demo}{path}")
        page.wait_for_selector("[data-filled]")
        return page

    return at


@pytest.fixture
def desk(demo):
    """Open a page of the newsroom; keeps what the console says and what is asked."""

    def at(context, path: str):
        page = context.new_page()
        page.said, page.asked = [], []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(f"{demo}{path}")
        page.wait_for_selector("body[data-ready]")
        return page

    return at


@pytest.fixture(scope="session")
def screenshots() -> Path:
    folder = Path(__file__).parent.parent.parent / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def axe():
    """Say what axe-core finds wrong with a page: a line for each thing, none for a good page."""
    pytest.importorskip("axe_playwright_python", reason="no axe-core: pip install -e .[dev]")
    script = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")

    def wrong_with(page) -> list[str]:
        page.evaluate(script)
        found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        return [
            f"{page.url}: {rule['id']} at {node['target']}: {node['failureSummary']}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]

    return wrong_with
