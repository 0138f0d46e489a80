"""Who goes on while the house burns: customers who ask and write, an agent who answers.

Like people they press again when a page did not come, and they believe only what they saw.
"""

from __future__ import annotations

import http.client
import http.cookiejar
import random
import re
import smtplib
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

import sqlalchemy as sa

from bench.faults_house import ADDRESS, AGENT, PASSWORD, House
from models import Ticket, TicketStatus, reading
from tests.letters import Letter, letter

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
PATIENCE = 60.0
AGAIN = 0.5
ASK_EVERY, WRITE_EVERY, ANSWER_EVERY = 0.5, 0.8, 1.0
BROKEN = (OSError, http.client.HTTPException, urllib.error.URLError)


@dataclass
class Seen:
    """What people saw done: keys of questions, tickets asked for, tokens of mails and replies."""

    asked: list[str] = field(default_factory=list)
    escalated: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    replied: list[str] = field(default_factory=list)
    pressed_again: int = 0
    given_up: int = 0


@dataclass
class Browser:
    """Keeps cookies; presses again when nothing came."""

    root: str
    seen: Seen
    opener: urllib.request.OpenerDirector = field(init=False)

    def __post_init__(self) -> None:
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def page(self, path: str, form: dict[str, str] | None = None) -> tuple[str, str]:
        """Address and text of the page it ends at; ("", "") when nothing came for a minute."""
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                with self.opener.open(self.root + path, data, timeout=20) as answer:
                    return answer.url, answer.read().decode()
            except urllib.error.HTTPError as error:
                with error:
                    if error.code < http.client.INTERNAL_SERVER_ERROR:
                        return "", error.read().decode(errors="replace")
            except BROKEN:
                pass
            self.seen.pressed_again += 1
            time.sleep(AGAIN)
        self.seen.given_up += 1
        return "", ""


@dataclass
class Crowd:
    """All of them, each in a thread."""

    house: House
    seen: Seen = field(default_factory=Seen)
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def root(self) -> str:
        """Where the site is."""
        return f"http://127.0.0.1:{self.house.web.port}"

    def start(self) -> list[threading.Thread]:
        """Begin."""
        deeds = (self._ask, self._write, self._answer)
        threads = [threading.Thread(target=deed, daemon=True) for deed in deeds]
        for thread in threads:
            thread.start()
        return threads

    def _ask(self) -> None:
        number = 0
        while not self.stop.wait(ASK_EVERY):
            number += 1
            browser, token = Browser(self.root, self.seen), f"网问{number:05d}号"
            _, page = browser.page("/ask")
            form = dict(HIDDEN.findall(page))
            email = f"web{number}@bench.example"
            form |= {"text": f"门锁打不开，{token}", "email": email, "urgency": "2"}
            where, page = browser.page("/ask", form)
            if "/questions/" not in where:
                continue
            self.seen.asked.append(token)
            path = urllib.parse.urlsplit(where).path
            form = {**dict(HIDDEN.findall(page)), "extra": "", "email": email}
            where, _ = browser.page(f"{path}/unsolved", form)
            if "/tickets/" in where:
                self.seen.escalated.append(token)

    def _write(self) -> None:
        number = 0
        while not self.stop.wait(WRITE_EVERY):
            number += 1
            token = f"信问{number:05d}号"
            form = Letter(
                text=f"网关连不上，{token}",
                subject=f"网关坏了 {number}",
                sender=f"mail{number}@bench.example",
                to=ADDRESS,
                message_id=f"in-{number}@bench.example",
            )
            with smtplib.SMTP(self.house.mail.host, self.house.mail.smtp, timeout=10) as smtp:
                smtp.sendmail(form.sender, [ADDRESS], letter(form))
            self.seen.written.append(token)

    def _answer(self) -> None:
        browser, number, chance = Browser(self.root, self.seen), 0, random.Random(3)
        _, page = browser.page("/login")
        form = dict(HIDDEN.findall(page))
        browser.page("/login", {**form, "email": AGENT, "password": PASSWORD})
        while not self.stop.wait(ANSWER_EVERY):
            found = self._some_ticket(chance)
            if not found:
                continue
            number += 1
            token = f"回复{number:05d}号"
            _, page = browser.page(f"/desk/tickets/{found}")
            form = dict(HIDDEN.findall(page))
            form |= {"kind": "reply", "body": f"请断电重启，{token}"}
            where, _ = browser.page(f"/desk/tickets/{found}/messages", form)
            if f"/desk/tickets/{found}" in where:
                self.seen.replied.append(token)

    def _some_ticket(self, chance: random.Random) -> str:
        with reading(self.house.ports.database) as session:
            numbers = session.scalars(
                sa.select(Ticket.number)
                .where(Ticket.status.in_([TicketStatus.NEW, TicketStatus.OPEN]))
                .order_by(Ticket.id.desc())
                .limit(20)
            ).all()
        return chance.choice(numbers) if numbers else ""
