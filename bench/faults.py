"""Nothing lost, nothing doubled while processes are killed and the mail server misbehaves.

    python -m bench.faults --seconds 300      # GreenMail, web and worker processes, kill -9
    python -m bench.faults --quick            # 12 s of trouble

Customers ask by page and mail and an agent answers, all the while SMTP and IMAP hang, drop the
line and answer 4xx and 5xx. Afterwards all is counted in the database and at the mail server.
A mail may arrive twice under one Message-ID (its sender died, or never heard that it was
taken): that is counted too. Prints one JSON line; ends with 1 when something was lost or doubled.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.faults_count import Arrived, arrived, counted
from bench.faults_house import House, standing
from bench.faults_people import Crowd
from kb_app.ports import Ports
from models import (
    Job,
    JobKind,
    JobStatus,
    MailIn,
    MailOut,
    MailOutState,
    reading,
    unit_of_work,
    utcnow,
)

QUICK, WHOLE = 12.0, 300.0
WARM_SECONDS = 40.0
# Jobs of days to come (closing, reminding) are not waited for.
SOON = (JobKind.SEND_MAIL, JobKind.READ_MAIL, JobKind.MATCH_QUESTION, JobKind.RUN_RULES)
SETTLE_SECONDS = 400.0
FETCH_SECONDS = 60.0
BAD = ("lost", "doubled", "said_sent_but_not_there", "unknown_at_the_server", "unended_mails")


def measure(seconds: float, seed: int = 11) -> dict[str, Any]:
    """The whole: load under trouble, then calm, then counting."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="wenda-faults-") as name, standing(Path(name)) as house:
        crowd = Crowd(house)
        threads = crowd.start()
        _until_busy(crowd)
        house.trouble(seconds, chance, threading.Event())
        crowd.stop.set()
        for thread in threads:
            thread.join(90)
        kills = {"web": house.web.kills, "worker": house.worker.kills}
        settled = _settle(house, len(crowd.seen.written))
        left = _left(house.ports)
        at_server = arrived(house)
        found = counted(house.ports, crowd.seen, at_server)
    return {
        "bench": "faults",
        "seconds": seconds,
        "kills": kills,
        "moods": dict(sorted(house.moods.items())),
        "pressed_again": crowd.seen.pressed_again,
        "given_up": crowd.seen.given_up,
        "settled_s": round(settled, 1),
        "jobs_left": left,
        **found,
        "mails": _mails(at_server),
    }


def _until_busy(crowd: Crowd) -> None:
    """Everybody has done something: processes that still start are not what is tried here."""
    until = time.monotonic() + WARM_SECONDS
    while time.monotonic() < until and not (crowd.seen.asked and crowd.seen.replied):
        time.sleep(0.2)


def _mails(at_server: Arrived) -> dict[str, int]:
    copies = Counter(at_server.ids)
    return {
        "at_the_server": len(at_server.ids),
        "distinct": len(copies),
        "sent_again_under_their_id": len(at_server.ids) - len(copies),
    }


def _settle(house: House, letters: int) -> float:
    """Calm weather, one worker; leases and back-offs of the dead are over. Seconds until idle."""
    began = started = time.monotonic()
    house.kill(house.worker)
    _wake(house.ports)
    while time.monotonic() - began < SETTLE_SECONDS:
        if _fetched(house.ports) >= letters and not _busy(house.ports):
            break
        behind = _fetched(house.ports) < letters
        if behind and time.monotonic() - started > FETCH_SECONDS:
            # What failed often is left alone for longer than anybody wants to wait here.
            started = time.monotonic()
            house.kill(house.worker)
            _wake(house.ports)
        time.sleep(0.5)
    return time.monotonic() - began


def _wake(ports: Ports) -> None:
    with unit_of_work(ports.database) as session:
        waiting = sa.and_(Job.status == JobStatus.WAITING, Job.kind.in_(SOON))
        session.execute(sa.update(Job).where(waiting).values(run_after=utcnow()))


def _fetched(ports: Ports) -> int:
    with reading(ports.database) as session:
        known = sa.select(sa.func.count(sa.distinct(MailIn.uid)))
        return session.scalar(known) or 0


def _busy(ports: Ports) -> bool:
    open_states = (MailOutState.WAITING, MailOutState.SENDING)
    with reading(ports.database) as session:
        jobs = sa.select(Job.id).where(Job.status == JobStatus.WAITING, Job.kind.in_(SOON))
        mails = sa.select(MailOut.id).where(MailOut.state.in_(open_states))
        return (session.scalar(jobs.limit(1)) or session.scalar(mails.limit(1))) is not None


def _left(ports: Ports) -> dict[str, int]:
    """Jobs that still wait, by kind and what they failed with last."""
    with reading(ports.database) as session:
        rows = session.execute(
            sa.select(Job.kind, Job.last_error).where(
                Job.status != JobStatus.DONE, Job.kind.in_(SOON)
            )
        )
        return dict(Counter(f"{kind.value}: {error[:60]}" for kind, error in rows))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seconds", type=float, default=WHOLE)
    parser.add_argument("--seed", type=int, default=11)
    given = parser.parse_args()
    found = measure(QUICK if given.quick else given.seconds, given.seed)
    print(json.dumps(found, ensure_ascii=False))
    sys.exit(1 if any(found[name] for name in BAD) else 0)


if __name__ == "__main__":
    main()
