"""A real browser on the running product. Any console error, failed request or axe violation fails the journey."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect, sync_playwright

from reviewdesk import demo, demo_data
from reviewdesk.accounts.service import person_at_command_line
from reviewdesk.audit.policy import BUILT_IN
from reviewdesk.db import unit_of_work
from reviewdesk.settings import Settings
from tests.builders import PASSWORD, Bench, Org, Someone
from tests.live import Live, running

PROJECT = Path(__file__).parents[2]
AXE = PROJECT / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = PROJECT / "build" / "screenshots"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
PATIENCE = 60_000  # milliseconds until something must be there: a machine with much to do fails no journey
expect.set_options(timeout=PATIENCE)
TALLEST = 2200  # pixels of a long page that a screenshot keeps
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--font-render-hinting=none",
]
AXE_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All journeys have their mark. One process runs them, as they share the servers (`TOGETHER`)."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.journey)


@pytest.fixture(scope="package")
def live(application: Flask, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The product as processes of its own, on the database of the test's builders."""
    with running(settings, tmp_path_factory.mktemp("live")) as processes:
        yield processes


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium; on a developer's machine without one the journeys are skipped, in CI they fail."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is needed for the journeys")
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@dataclass
class Citizen(Someone):
    """A person of the demo, whose password is the demo's."""

    password: str = demo.PASSWORD


@dataclass
class Town:
    """The demo's two organisations, with batches imported and audited, and cases decided and entrusted."""

    people: dict[str, Citizen]
    ids: dict[str, Any]


@pytest.fixture(scope="package")
def town(live: Live, application: Flask, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """The demo, made once by the real workers."""
    with application.app_context():
        demo_data.found()
        demo_data.upload(tmp_path_factory.mktemp("demo"))
        demo_data.decide()
        people = {player.role: _citizen(player) for cast in (demo.FIRM, demo.PLATFORM) for player in cast.people}
        return Town(people, _ids(people["senior_reviewer"]))


def _citizen(player: demo.Player) -> Citizen:
    actor = person_at_command_line(player.email)
    assert actor.org_id is not None
    assert actor.person_id is not None
    return Citizen(actor.org_id, actor.person_id, player.email, player.name, actor.roles)


def _ids(senior: Citizen) -> dict[str, Any]:
    """One thing of each kind that a page can show."""
    with unit_of_work(senior.actor) as work:
        first = "SELECT {id} FROM {table} WHERE {where} ORDER BY 1 LIMIT 1"
        wanted = {
            "batch_id": ("batches", f"name = '{demo_data.WORKBOOKS[0].name}'"),
            "case_id": ("cases", "state = 'in_review' AND verdict = 'blocked'"),
            "entrustment_id": ("entrustments", "state = 'accepted'"),
            "event_id": ("events", "old IS NOT NULL"),
            "mapping_id": ("mappings", "version = 1"),
        }
        return {"policy": BUILT_IN, "section": "checks"} | {
            name: work.execute(first.format(id=name, table=table, where=where)).scalar_one()
            for name, (table, where) in wanted.items()
        }


@dataclass
class Visitor:
    """Somebody at a browser, and everything that went wrong there."""

    live: Live
    context: BrowserContext
    page: Page
    size: str
    complaints: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)

    def sign_in(self, who: Someone) -> "Visitor":
        """Sign in through the page."""
        self.page.goto(self.live.url + "/sign-in")
        self.page.locator("#email").fill(who.email)
        self.page.locator("#password").fill(who.password if isinstance(who, Citizen) else PASSWORD)
        self.page.locator("#password").press("Enter")
        self.page.wait_for_url(lambda url: urlsplit(url).path == "/")
        return self

    def open(self, path: str) -> Page:
        """Go to a page of the product."""
        answer = self.page.goto(self.live.url + path)
        assert answer is not None
        assert answer.status < 400 or answer.status in self.expected, f"{path}: {answer.status}"
        return self.page

    def shows(self, path: str) -> bool:
        """Go to an address and say whether it is a page, and not a file or a fragment of one."""
        answer = self.context.request.get(self.live.url + path, max_redirects=0)
        whole = answer.headers.get("content-type", "").startswith("text/html") and "<html" in answer.text()
        if answer.status == 200 and whole:
            self.open(path)
            return True
        assert answer.status < 400, f"{path}: {answer.status}"
        return False

    def look(self, name: str, *, axe: bool = True) -> None:
        """Take a screenshot, run axe, and insist that nothing is wider than the screen."""
        self.page.wait_for_load_state("networkidle")
        SHOTS.mkdir(parents=True, exist_ok=True)
        tall = self.page.evaluate("document.documentElement.scrollHeight") if self.size == "phone" else 0
        frame = SIZES[self.size] | {"x": 0, "y": 0, "height": min(max(tall, SIZES[self.size]["height"]), TALLEST)}
        self.page.screenshot(path=str(SHOTS / f"{name}-{self.size}.png"), full_page=True, clip=frame)  # type: ignore[arg-type]
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            self.complaints.append(f"{name} ({self.size}): the page is {wide}px wider than the screen")
        if axe:
            self.complaints += [f"{name} ({self.size}): {violation}" for violation in violations(self.page)]


def violations(page: Page) -> list[str]:
    """What axe objects to on the page as it stands; a bar that stays in sight is put where it belongs before that."""
    page.evaluate("document.querySelectorAll('.actionbar').forEach(bar => { bar.style.position = 'static'; })")
    page.evaluate(AXE.read_text())
    result: dict[str, Any] = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})",
        list(AXE_RULES),
    )
    return [
        f"{found['id']}: {found['help']} at {node['target']} {node.get('failureSummary', '')[:300]}"
        for found in result["violations"]
        for node in found["nodes"][:3]
    ]


class Door:
    """Lets visitors in, and shows at the end what they complained of."""

    def __init__(self, live: Live, browser: Browser) -> None:
        self.live, self.browser = live, browser
        self.visitors: list[Visitor] = []

    def visitor(
        self, who: Someone | None = None, *, size: str = "desk", locale: str = "zh-CN", dark: bool = False
    ) -> Visitor:
        """A fresh browser profile, signed in as somebody if given."""
        context = self.browser.new_context(
            viewport=SIZES[size],  # type: ignore[arg-type]
            locale=locale,
            timezone_id="Asia/Shanghai",
            color_scheme="dark" if dark else "light",
            has_touch=size == "phone",
            accept_downloads=True,
        )
        context.set_default_timeout(PATIENCE)
        visitor = Visitor(self.live, context, context.new_page(), size)
        self._listen(visitor)
        self.visitors.append(visitor)
        return visitor.sign_in(who) if who else visitor

    def _listen(self, visitor: Visitor) -> None:
        def on_console(message: ConsoleMessage) -> None:
            expected = any(f"status of {status}" in message.text for status in visitor.expected)
            # htmx logs a request that a newer one replaced as an error
            given_up = "htmx:sendAbort" in message.text or "htmx:afterRequest" in message.text
            if message.type in {"error", "warning"} and not expected and not given_up:
                visitor.complaints.append(f"console {message.type}: {message.text}")

        def on_response(answer: Response) -> None:
            if answer.status >= 400 and answer.status not in visitor.expected:
                visitor.complaints.append(f"{answer.status} from {urlsplit(answer.url).path}")

        visitor.page.on("console", on_console)
        visitor.page.on("pageerror", lambda error: visitor.complaints.append(f"script error: {error}"))
        visitor.page.on("response", on_response)

    def close(self) -> list[str]:
        """Close every profile and return the complaints."""
        for visitor in self.visitors:
            visitor.context.close()
        return [complaint for visitor in self.visitors for complaint in visitor.complaints]


@pytest.fixture
def door(live: Live, browser: Browser) -> Iterator[Door]:
    """Visitors of one journey. Their complaints fail it."""
    entrance = Door(live, browser)
    yield entrance
    complaints = entrance.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def org(bench: Bench) -> Org:
    """A platform of the journey's own."""
    return bench.organisation()
