"""A site full of things that not everybody may read, each with a word of its own.

`WORLD` says for every article who reads it; `AIMED` says for every page with an address of
its own which addresses to try. The matrix over both is tests/web/test_access_matrix.py.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.accounts import Registration, create_user
from kb_app.files import Upload, attach
from models import (
    CUSTOMER_KEY,
    PUBLIC_KEY,
    STAFF_KEY,
    Article,
    ArticleAccess,
    ArticleStats,
    ArticleStatus,
    AttachmentAccess,
    Category,
    CategoryAccess,
    CustomerGroup,
    CustomerLevel,
    FilePiece,
    FileState,
    FileText,
    JobKind,
    PlaceKind,
    Product,
    Question,
    QuestionShown,
    QuestionStatus,
    Role,
    ShownKind,
    Team,
    TeamMember,
    User,
    enqueue,
    group_key,
    heat_weight,
    level_key,
    settle_access,
    team_key,
    unit_of_work,
    utcnow,
)
from tests.web.cases import Case, ask, solved_ticket, viewer_named
from tests.web.hidden_languages import TRANSLATED, translate, translated_words
from tests.website import PASSWORD, PEOPLE, VISITOR, Website

COMMON = "申领流程"
GOLD, MEMBER, TEAMMATE = "金卡", "企业", "二线"
NEWCOMERS = {GOLD: Role.CUSTOMER, MEMBER: Role.CUSTOMER, TEAMMATE: Role.AGENT}
ANYBODY = frozenset({VISITOR, "老陈", "小艾", GOLD, MEMBER, "阿博", TEAMMATE, "小编", "组长"})
SIGNED_IN = ANYBODY - {VISITOR}
STAFF = frozenset({"阿博", TEAMMATE, "小编", "组长"})
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Kept:
    """An article and who reads it; `file_readers` when its file is stricter than it."""

    name: str
    readers: frozenset[str]
    key: str = PUBLIC_KEY
    category: str = "open"
    columns: dict[str, Any] = field(default_factory=dict)
    file_readers: frozenset[str] | None = None

    @property
    def word(self) -> str:
        """In the title alone."""
        return f"qw{self.name}title"

    @property
    def secret(self) -> str:
        """In the body, the phrasings, the address."""
        return f"zx{self.name}secret"

    @property
    def file_secret(self) -> str:
        """In the name and the text of the file alone."""
        return f"kv{self.name}file"

    def hidden_words(self, reader: str) -> tuple[str, ...]:
        """What no page may show to this person."""
        of_file = self.readers if self.file_readers is None else self.file_readers
        words: tuple[str, ...] = () if reader in self.readers else (self.word, self.secret)
        if words and self.name in TRANSLATED:
            words += translated_words(self.name)
        return words if reader in of_file else (*words, self.file_secret)


WORLD = (
    Kept("open", ANYBODY),
    Kept("draft", NOBODY, columns={"status": ArticleStatus.DRAFT}),
    Kept("review", NOBODY, columns={"status": ArticleStatus.REVIEW}),
    Kept("archived", NOBODY, columns={"status": ArticleStatus.ARCHIVED}),
    Kept("deleted", NOBODY, columns={"deleted_at": utcnow()}),
    Kept("expired", NOBODY, columns={"expires_at": utcnow() - timedelta(minutes=1)}),
    Kept("customer", SIGNED_IN, CUSTOMER_KEY),
    Kept("staff", STAFF, STAFF_KEY),
    Kept("level", frozenset({GOLD}), "LEVEL"),
    Kept("group", frozenset({MEMBER}), "GROUP"),
    Kept("team", frozenset({TEAMMATE}), "TEAM"),
    Kept("under", STAFF, PUBLIC_KEY, "closed"),
    Kept("deep", STAFF, CUSTOMER_KEY, "below"),
    Kept("nowhere", NOBODY, "LEVEL", "closed"),
    Kept("file", ANYBODY, file_readers=STAFF),
)


@dataclass(frozen=True)
class Hidden:
    """What was built: article and file ids by name, and everybody's question."""

    articles: dict[str, int]
    slugs: dict[str, str]
    files: dict[str, int]
    questions: dict[str, str]
    case: Case


def build_world(site: Website, case: Case) -> Hidden:
    """Make all of WORLD on a site."""
    with unit_of_work(site.ports.database) as session:
        keys = _people(session)
        categories = _categories(session)
        product = session.scalars(sa.select(Product)).first()
        articles = {}
        for kept in WORLD:
            article = _article(kept, keys.get(kept.key, kept.key), categories[kept.category])
            article.products = [product] if product else []
            session.add(article)
            articles[kept.name] = article
        session.flush()
        settle_access(session, list(articles.values()))
        english = [translate(session, articles[name], name) for name in TRANSLATED]
        session.flush()
        settle_access(session, english)
        for article in english:
            enqueue(session, JobKind.INDEX_ARTICLE, article_id=article.id)
        ids = {name: article.id for name, article in articles.items()}
        slugs = {name: article.slug for name, article in articles.items()}
    files = {kept.name: _file(site, kept, ids[kept.name]) for kept in WORLD if kept.name in ids}
    _index(site, ids)
    questions = {name: _question(site, name, ids) for name in ("小艾", "老陈")}
    solved_ticket(site, questions["小艾"])
    return Hidden(ids, slugs, files, questions, case)


def _people(session: Session) -> dict[str, str]:
    level, group = CustomerLevel(name="金", rank=3), CustomerGroup(name="甲公司")
    team = Team(name="二线支持")
    session.add_all([level, group, team])
    for name, role in NEWCOMERS.items():
        PEOPLE.setdefault(name, (f"{role}{len(name.encode())}{ord(name[0])}@example.com", role))
        create_user(session, Registration(name, PEOPLE[name][0], PASSWORD), role)
    session.flush()
    found = {u.name: u for u in session.scalars(sa.select(User))}
    found[GOLD].level_id = level.id
    found[MEMBER].groups = [group]
    team.members = [TeamMember(user_id=found[TEAMMATE].id)]
    return {
        "LEVEL": level_key(level.id),
        "GROUP": group_key(group.id),
        "TEAM": team_key(team.id),
    }


def _categories(session: Session) -> dict[str, int]:
    public = Category(slug="open-shelf", name="公开类别")
    closed = Category(slug="closed-shelf", name="zxshelfsecret")
    session.add_all([public, closed])
    session.flush()
    below = Category(slug="below-shelf", name="zxbelowsecret", parent_id=closed.id)
    session.add_all([below, CategoryAccess(category_id=closed.id, key=STAFF_KEY)])
    session.flush()
    return {"open": public.id, "closed": closed.id, "below": below.id}


def _article(kept: Kept, key: str, category_id: int) -> Article:
    return Article(
        **{
            "slug": f"s-{kept.secret}",
            "title": f"{COMMON} {kept.word}",
            "body": f"{COMMON}:{kept.secret} 先登录,再申领。",
            "phrasings": [f"{COMMON}怎么走 {kept.secret}"],
            "status": ArticleStatus.PUBLISHED,
            "published_at": utcnow(),
            "category_id": category_id,
            "access": [ArticleAccess(key=key)],
            "stats": ArticleStats(heat=heat_weight(utcnow()) * 50, views=50, helpful=9),
            **kept.columns,
        }
    )


def _file(site: Website, kept: Kept, article_id: int) -> int:
    """A file beside the article, read already; the bin's door is opened for the moment."""
    with unit_of_work(site.ports.database) as session:
        session.get_one(Article, article_id).deleted_at = None
    upload = Upload(f"{kept.file_secret}.txt", io.BytesIO(kept.file_secret.encode()))
    link = attach(site.ports, viewer_named(site, "组长"), article_id, upload)
    with unit_of_work(site.ports.database) as session:
        session.get_one(Article, article_id).deleted_at = kept.columns.get("deleted_at")
        text = session.scalars(sa.select(FileText).order_by(FileText.changed_at.desc())).first()
        assert text is not None
        text.state, text.pieces, text.places, text.reader = FileState.DONE, 1, 1, "1"
        piece = f"{COMMON}的附件 {kept.file_secret}"
        session.add(
            FilePiece(sha256=text.sha256, number=1, kind=PlaceKind.WHOLE, place=0, text=piece)
        )
        if kept.file_readers is not None:
            session.add(AttachmentAccess(attachment_id=link.id, key=STAFF_KEY))
    return link.id


def _index(site: Website, ids: dict[str, int]) -> None:
    with unit_of_work(site.ports.database) as session:
        for article_id in ids.values():
            enqueue(session, JobKind.INDEX_ARTICLE, article_id=article_id)
    site.work()


def _question(site: Website, name: str, ids: dict[str, int]) -> str:
    """A question that was shown everything there is, whoever may read it."""
    public_id = ask(site, name, f"{COMMON}在哪里看", f"world-{name}")
    with unit_of_work(site.ports.database) as session:
        found = session.scalars(sa.select(Question).where(Question.public_id == public_id)).one()
        found.status = QuestionStatus.SUGGESTED
        found.shown.clear()
        session.flush()
        found.shown = [
            QuestionShown(kind=ShownKind.ARTICLE, target_id=i, position=p, score=1.0)
            for p, i in enumerate(ids.values(), start=1)
        ]
    return public_id


Addresses = Callable[[Hidden], Iterator[str]]


def _each_article(before: str, after: str = "") -> Addresses:
    others = [f"s-{translated_words(name)[1]}" for name in TRANSLATED]
    return lambda world: (f"{before}{s}{after}" for s in [*world.slugs.values(), *others])


def _each_id(before: str, after: str = "") -> Addresses:
    return lambda world: (f"{before}{i}{after}" for i in world.articles.values())


def _each_file(before: str, after: str = "") -> Addresses:
    return lambda world: (f"{before}{i}{after}" for i in world.files.values())


def _searches(path: str, *, deep: bool = False) -> Addresses:
    """For what all have in common, then for words of single ones: all, or a few."""

    def made(_world: Hidden) -> Iterator[str]:
        yield f"{path}?q={COMMON}"
        for kept in WORLD if deep else WORLD[6:12:2]:
            yield f"{path}?q={kept.secret}"
            if deep and kept.name in {"draft", "staff", "file"}:
                yield f"{path}?q={kept.file_secret}"

    return made


def _shelves(path: str) -> Addresses:
    slugs = ("open-shelf", "closed-shelf", "below-shelf", "app", "lock")
    return lambda _world: (path.replace("SLUG", slug) for slug in slugs)


def _each_question(path: str) -> Addresses:
    return lambda world: (path.replace("ID", i) for i in world.questions.values())


# Every page with something of articles on it: the addresses at which it could say too much.
AIMED: dict[str, Addresses] = {
    "articles.show": _each_article("/articles/"),
    "files.show": _each_file("/files/", "/a.txt"),
    "files.view": _each_file("/files/", "/view"),
    "files.drawn": _each_file("/files/", "/pages/1.png"),
    "files.small": _each_file("/files/", "/small/320"),
    "search.results": _searches("/search", deep=True),
    "search.suggest": _searches("/suggest"),
    "search.insertable": _searches("/desk/articles"),
    "api.search": _searches("/api/v1/search"),
    "api.suggest": _searches("/api/v1/suggest"),
    "embed.article": _each_article("/embed/articles/"),
    "embed.panel": _searches("/embed"),
    "embed.question": _each_question("/embed/questions/ID"),
    "robots.sitemap_page": lambda _world: iter(("/sitemap-1.xml",)),
    "browse.category": _shelves("/categories/SLUG"),
    "browse.product": _shelves("/products/SLUG"),
    "feeds.of_category": _shelves("/categories/SLUG/feed.atom"),
    "feeds.of_product": _shelves("/products/SLUG/feed.atom"),
    "pages.hot": _shelves("/hot?category=SLUG"),
    "questions.show": _each_question("/questions/ID"),
    "manage.edit": _each_id("/manage/articles/"),
    "manage.files_of": _each_id("/manage/articles/", "/files"),
    "article_files.access": lambda world: (
        f"/manage/articles/{world.articles[name]}/files/{file}/access"
        for name, file in world.files.items()
    ),
    "manage.revision": _each_id("/manage/articles/", "/revisions/1"),
}
# Pages with an address of their own on which no article can appear, and why.
NOT_OF_ARTICLES = {
    "handing.call": "a telephone call, no article",
    "rules.runs": "what rules did to one ticket",
    "account.reset": "a form for a password",
    "desk.ticket": "visited by its row, for a ticket that was shown every article",
    "promoting.page": "visited by its row",
    "tickets.show": "visited by its row",
    "life.shared": "opened by a link that somebody handed out for it",
    "life.shared_file": "opened by a link that somebody handed out for it",
    "work.replies": "quick replies of the desk",
    "fields.file": "a file that came with a question, for its people",
    "look.picture": "logo and icon of the site",
    "mail_links.answer": "a letter's own link; what it says was found with its person's rights",
    "chat.room": "a conversation; what is said in it was found with its person's rights",
    "chat.news": "a conversation; what is said in it was found with its person's rights",
    "chat.key": "a conversation; what is said in it was found with its person's rights",
    "chat.file": "a file of a conversation, for its people",
    "embed_chat.room": "a conversation; what is said in it was found with its person's rights",
    "embed_chat.news": "a conversation; what is said in it was found with its person's rights",
    "embed_chat.key": "a conversation; what is said in it was found with its person's rights",
    "embed_chat.file": "a file of a conversation, for its people",
    "guests.room": "a conversation, by a link its agent handed out",
    "guests.news": "a conversation, by a link its agent handed out",
    "guests.key": "a conversation, by a link its agent handed out",
    "guests.file": "a file of a conversation, by a link its agent handed out",
    "calls.booked": "a call promised to its customer",
    "chats.pane": "a conversation of the desk, visited by its row",
    "chats.news": "a conversation of the desk, visited by its row",
    "chats.suggest": "found with the agent's own rights",
    "feeds.link": "a link in a mail to its reader",
    "proof.link": "a link in a mail to its reader",
    "own_reports.stop_page": "a link in a mail to its reader",
    "invitations.welcome": "a link in a mail to its reader",
    "own_fields.customer": "a customer's fields",
    "panels.framed": "a page of another system",
    "people.person": "what a customer read, found with the agent's own rights; visited by its row",
    "static": "files of the program",
}
