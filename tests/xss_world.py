"""A small site in which everything people can write was written by somebody hostile.

Put straight into the tables, past every form: pages may not rely on what a form would refuse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from kb_app.ports import Ports
from models import (
    Attachment,
    Category,
    Chat,
    ChatMessage,
    ChatSide,
    ChatState,
    Message,
    MessageKind,
    Question,
    QuestionStatus,
    Ticket,
    User,
    unit_of_work,
)
from tests.factories import make_article, settle_index
from tests.xss import vectors

WORD = "毒饵"
BODIES = 24
LEAST_SHORT = 60


@dataclass(frozen=True)
class XssWorld:
    """Where to look."""

    slugs: tuple[str, ...]
    article_ids: tuple[int, ...]
    chat_id: str
    number: str
    category: str


def short(longest: int, most: int = LEAST_SHORT) -> list[str]:
    """Vectors of no more than this many characters, spread over all of them."""
    fitting = [one for one in vectors() if len(one) <= longest]
    return fitting[:: max(1, len(fitting) // most)][:most]


def build(ports: Ports, customer: User) -> XssWorld:
    """Fill the site and index it."""
    with unit_of_work(ports.database) as session:
        _trees(session)
        articles = [_article(session, n, group) for n, group in enumerate(_groups())]
        _files(session, articles[0][0])
        world = XssWorld(
            tuple(slug for _, slug in articles),
            tuple(article_id for article_id, _ in articles),
            _chat(session, customer),
            _ticket(session, customer),
            "xss-0",
        )
        _questions(session, customer)
    settle_index(ports)
    return world


def _groups() -> Iterator[tuple[str, ...]]:
    size = -(-len(vectors()) // BODIES)
    for start in range(0, len(vectors()), size):
        yield vectors()[start : start + size]


def _trees(session: Session) -> None:
    rows = [
        Category(slug=f"xss-{n}", name=text[:80], summary=text[:200], icon=text[:40])
        for n, text in enumerate(short(80))
    ]
    session.add_all(rows)
    session.flush()
    for row in rows[1:]:
        row.parent_id = rows[0].id


def _article(session: Session, number: int, group: tuple[str, ...]) -> tuple[int, str]:
    """Its words stand beside every vector, so that search cuts and marks them."""
    body = "\n\n".join(f"{WORD}{text}" if n % 2 else text for n, text in enumerate(group))
    first = session.query(Category).filter_by(slug="xss-0").one()
    article = make_article(session, f"{WORD}{group[0]}"[:200], f"{body}\n\n# {WORD}{group[-1]}")
    article.category_id = first.id
    return article.id, article.slug


def _files(session: Session, article_id: int) -> None:
    for number, text in enumerate(short(150)):
        name = text.replace("/", "_").replace("\n", " ").replace("\0", "")
        session.add(
            Attachment(
                article_id=article_id, sha256=f"{number:064d}", filename=f"{name}.txt",
                media_type=text[:100] if number % 5 == 0 else "image/png", size=9,
            )
        )  # fmt: skip


def _chat(session: Session, customer: User) -> str:
    chat = Chat(
        public_id="xsschat0xsschat0", opening_key="x", customer_id=customer.id,
        customer_key=f"u:{customer.id}", customer_name=short(80)[3], topic=short(200)[5],
        contact=short(200)[7], page=short(200)[9], state=ChatState.WAITING,
    )  # fmt: skip
    session.add(chat)
    session.flush()
    sides = (ChatSide.CUSTOMER, ChatSide.AGENT, ChatSide.ROBOT, ChatSide.SYSTEM)
    for number, text in enumerate(vectors()[::2]):
        session.add(
            ChatMessage(
                chat_id=chat.id, seq=number + 1, side=sides[number % 4], body=text,
                author_name=text[:80], client_id=f"c{number}",
                data={"sources": [{"kind": "article", "id": 1, "title": text, "slug": text}]}
                if number % 8 == 2 else {},
            )
        )  # fmt: skip
    chat.last_seq = len(vectors()[::2])
    return chat.public_id


def _ticket(session: Session, customer: User) -> str:
    key = f"u:{customer.id}"
    ticket = Ticket(
        number="T-XSS", requester_key=key, requester_id=customer.id,
        requester_name=short(80)[1], subject=vectors()[3][:200], body="\n".join(short(120)),
    )  # fmt: skip
    session.add(ticket)
    session.flush()
    for number, text in enumerate(vectors()[1::2]):
        session.add(
            Message(
                ticket_id=ticket.id, author_name=text[:80], from_staff=number % 3 == 0, body=text,
                kind=MessageKind.NOTE if number % 5 == 0 else MessageKind.REPLY,
                client_key=f"m{number}",
            )
        )  # fmt: skip
    return ticket.number


def _questions(session: Session, customer: User) -> None:
    for number, text in enumerate(short(200)):
        session.add(
            Question(
                public_id=f"xssq{number}", text=f"{WORD}{text}", asker_id=customer.id,
                asker_key=f"u:{customer.id}", submission_key=f"x{number}", is_public=True,
                status=QuestionStatus.UNANSWERED, contact_email=text[:254],
            )
        )  # fmt: skip
