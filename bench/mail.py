"""Mail that comes: how many a second are read, matched to their ticket and answered or filed.

    python -m bench.mail            # 600 mails: new questions, replies, bounces, automatic replies
    python -m bench.mail --quick    # 150

Fetching is from memory (the network is not what is measured); all else is the product, with a
data folder of its own, SQLite, and a hundred articles to look answers up in. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from kb_app import bootstrap, jobs
from kb_app.config import Config
from kb_app.mail import fetching, processing
from kb_app.ports import Ports
from models import Job, JobKind, Mailbox, MailIn, MailOut, Ticket, reading, unit_of_work
from tests.factories import publish_articles
from tests.kb_app.mail.post import FakeBox, make_box
from tests.letters import Letter, attached, letter, mixed, mutated, plain
from ticket_bridge.mail.parsed import MailUnreadable
from ticket_bridge.mail.reading import read

QUICK, WHOLE = 150, 600
ARTICLES = 100
FIRST = 50
WORDS = ("门锁", "网关", "摄像头", "扫地机", "窗帘", "音箱", "插座", "灯泡", "净水器", "空调")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    count = QUICK if parser.parse_args().quick else WHOLE
    with tempfile.TemporaryDirectory() as folder:
        config = Config(
            data_dir=Path(folder) / "data",
            secret_key="b" * 40,
            encoder="none",
            mail_url=f"file://{folder}/mail",
        )
        bootstrap.migrate(config)
        ports = bootstrap.build(config)
        try:
            print(json.dumps(_measure(ports, count), ensure_ascii=False))
        finally:
            bootstrap.close(ports)


def _measure(ports: Ports, count: int) -> dict[str, object]:
    titles = [f"{WORDS[n % 10]}第 {n} 种故障" for n in range(ARTICLES)]
    publish_articles(ports, *((title, f"{title}：先断电，再照说明书检查。") for title in titles))
    box = make_box(ports)
    _arrive(ports, box, [_question(n) for n in range(FIRST)])
    jobs.drain(ports)
    with reading(ports.database) as session:
        sent = list(session.scalars(sa.select(MailOut.message_id).where(MailOut.kind == "receipt")))
    mails = [_mixed_mail(n, sent) for n in range(count)]
    begun = time.perf_counter()
    taken = _arrive(ports, box, mails)
    seconds = [_process(ports, job) for job in _due(ports)]
    whole = time.perf_counter() - begun
    parsing = time.perf_counter()
    for data in mails:
        read(data)
    parsing = time.perf_counter() - parsing
    with reading(ports.database) as session:
        tickets = session.scalar(sa.select(sa.func.count()).select_from(Ticket))
    seconds.sort()
    return {
        "bench": "mail",
        "mails": count,
        "taken_over": taken,
        "mails_per_second": round(count / whole, 1),
        "parsed_per_second": round(count / parsing, 1),
        "p50_ms": round(seconds[len(seconds) // 2] * 1000, 1),
        "p95_ms": round(seconds[int(len(seconds) * 0.95)] * 1000, 1),
        "tickets": tickets,
        "damaged": _damaged(),
    }


def _question(n: int) -> bytes:
    word = WORDS[n % 10]
    form = Letter(
        subject=f"{word}坏了",
        text=f"你好，我家的{word}用了 {n} 天就不能用了，请问怎么修？\n\n发自我的 iPhone",
        sender=f"c{n}@example.com",
        message_id=f"q{n}@example.com",
        charset="gb18030" if n % 3 else "utf-8",
        label="gb2312" if n % 3 else "",
    )
    return letter(form)


def _mixed_mail(n: int, sent: list[str]) -> bytes:
    """Of ten: six replies with a quote, two new with a file, a new one, an automatic reply."""
    kind = n % 10
    if kind < 6 and sent:
        quote = "\n\n------------------ 原始邮件 ------------------\n" + "旧的一行\n" * 30
        place = n % len(sent)
        form = Letter(
            text=f"还是不行，第 {n} 次了。{quote}",
            sender=f"c{place}@example.com",
            message_id=f"r{n}@example.com",
            headers={"In-Reply-To": f"<{sent[place]}>"},
        )
        return letter(form)
    if kind < 8:
        head = f"Message-ID: <f{n}@example.com>\n"
        file = attached(f"照片{n}.pdf", b"%PDF-1.4 " + bytes(40_000))
        return mixed(plain(f"第 {n} 个问题，见附件"), file, head=head, sender=f"d{n}@example.com")
    if kind == 8:
        return _question(10_000 + n)
    sender, identity = f"e{n}@example.com", f"a{n}@example.com"
    return letter(Letter(subject="自动回复：外出", message_id=identity, sender=sender))


def _arrive(ports: Ports, box: Mailbox, mails: list[bytes]) -> int:
    with reading(ports.database) as session:
        known = session.scalar(sa.select(sa.func.count()).select_from(MailIn)) or 0
    with unit_of_work(ports.database) as session:
        session.execute(sa.update(Mailbox).values(uid_validity=7, last_uid=known))
    taken = 0
    fake = FakeBox([b""] * known + mails)
    while more := fetching.take_over(ports, box, fake):
        taken += more
    return taken


def _due(ports: Ports) -> list[Job]:
    with reading(ports.database) as session:
        query = sa.select(Job).where(Job.kind == JobKind.READ_MAIL, Job.finished_at.is_(None))
        return list(session.scalars(query.order_by(Job.id)))


def _process(ports: Ports, job: Job) -> float:
    begun = time.perf_counter()
    processing.work(ports, job)
    return time.perf_counter() - begun


def _damaged(count: int = 500) -> dict[str, float]:
    """Damaged mails: how many are refused, and how long the slowest takes."""
    refused, slowest = 0, 0.0
    for seed in range(count):
        data = mutated(seed)
        begun = time.perf_counter()
        try:
            read(data)
        except MailUnreadable:
            refused += 1
        slowest = max(slowest, time.perf_counter() - begun)
    return {"mails": count, "refused": refused, "slowest_ms": round(slowest * 1000, 1)}


if __name__ == "__main__":
    main()
