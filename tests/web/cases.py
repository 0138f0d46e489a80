"""One state of the site in which every route has something to do, and who may do it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from kb_app import editing, escalation, questions, ticket_pages, tickets, words
from kb_app.accounts import viewer_for
from kb_app.editing import ArticleInput
from kb_app.escalation import Escalation
from kb_app.files import Upload, attach
from kb_app.questions import QuestionDraft
from kb_app.tickets import Posting
from kb_app.words import WordInput
from models import (
    MessageKind,
    Question,
    QuestionShown,
    QuestionStatus,
    ShownKind,
    TicketStatus,
    Viewer,
    WordKind,
    unit_of_work,
)
from tests.factories_insight import make_gap
from tests.website import PEOPLE, VISITOR, Website, person

LOGIN = "/login"


@dataclass(frozen=True)
class Case:
    """What exists on the site: 小艾's question and solved ticket, an article, a file."""

    public_id: str
    open_question: str
    number: str
    ticket_version: int
    article_id: int
    article_slug: str
    article_version: int
    file_id: int
    gap_id: int
    word_id: int


@dataclass(frozen=True)
class Row:
    """A route's three people. `may_not` gets 403, or 404 where even knowing is too much."""

    endpoint: str
    path: Callable[[Case], str]
    may: str = VISITOR
    may_not: str | None = None
    stranger_may: bool = False
    method: str = "GET"
    form: Callable[[Case], dict[str, Any]] = field(default=lambda case: {})
    refused: int = 403


def viewer_named(site: Website, name: str) -> Viewer:
    """One of PEOPLE as the rules see them."""
    user = person(site.ports, name)
    return viewer_for(site.ports, user.id, user.session_epoch, "")


def ask(site: Website, name: str, text: str, key: str) -> str:
    """A question by one of PEOPLE; returns its public id."""
    draft = QuestionDraft(text, None, None, "", key, agreed_public=False)
    return questions.submit(site.ports, viewer_named(site, name), draft)


def solved_ticket(site: Website, public_id: str) -> str:
    """小艾's question escalated, answered and solved by 阿博; returns the number."""
    customer, agent = viewer_named(site, "小艾"), viewer_named(site, "阿博")
    number = escalation.escalate(site.ports, customer, public_id, Escalation("", ""))
    version = ticket_pages.desk_ticket(site.ports, agent, number).version
    answer = Posting(MessageKind.REPLY, "请师傅上门检查。", "k", version, TicketStatus.SOLVED)
    tickets.post_message(site.ports, agent, number, answer)
    return number


def show_article(site: Website, public_id: str, article_id: int) -> None:
    """Have the asker shown this article, whatever the answerer thought of it."""
    with unit_of_work(site.ports.database) as session:
        question = session.scalars(sa.select(Question).where(Question.public_id == public_id)).one()
        question.status = QuestionStatus.SUGGESTED
        question.shown.clear()
        session.flush()
        question.shown = [
            QuestionShown(kind=ShownKind.ARTICLE, target_id=article_id, position=1, score=1.0)
        ]


def build_case(site: Website) -> Case:
    """Bring the site into the state."""
    lead, agent = viewer_named(site, "组长"), viewer_named(site, "阿博")
    public_id = ask(site, "小艾", "阳台的门锁装反了能不能换个方向安装", "case-1")
    number = solved_ticket(site, public_id)
    article_id = site.article("门锁电池怎么更换").id
    link = attach(site.ports, lead, article_id, Upload("图.png", io.BytesIO(b"\x89PNG\r\n\x1a\nx")))
    article = site.article("门锁电池怎么更换")
    editing.save(
        site.ports, lead, article_id, ArticleInput(article.title, "新正文", version=article.version)
    )
    article = site.article("门锁电池怎么更换")
    open_question = ask(site, "小艾", "门锁电池怎么更换", "case-2")
    show_article(site, open_question, article_id)
    return Case(
        public_id=public_id,
        open_question=open_question,
        number=number,
        ticket_version=ticket_pages.desk_ticket(site.ports, agent, number).version,
        article_id=article.id,
        article_slug=article.slug,
        article_version=article.version,
        file_id=link.id,
        gap_id=make_gap(site.ports, "门锁能不能左右换向", article.id),
        word_id=words.add(site.ports, lead, WordInput(WordKind.WORD, "小屿网关"))[0],
    )


def _open(endpoint: str, path: str) -> Row:
    return Row(endpoint, lambda case: path, stranger_may=True)


def _own(endpoint: str, tail: str, method: str = "GET", **form: str) -> Row:
    return Row(
        endpoint,
        lambda case: f"/tickets/{case.number}{tail}",
        "小艾",
        "老陈",
        method=method,
        form=lambda case: dict(form),
        refused=404,
    )


def _desk(endpoint: str, tail: str, method: str = "GET", **form: str) -> Row:
    return Row(
        endpoint,
        lambda case: f"/desk/tickets/{case.number}{tail}",
        "阿博",
        "小编",
        method=method,
        form=lambda case: {**form, "version": str(case.ticket_version)},
    )


def _manage(endpoint: str, tail: str, method: str = "GET", **form: Any) -> Row:
    return Row(
        endpoint,
        lambda case: f"/manage/articles{tail}".replace("ID", str(case.article_id)),
        "小编",
        "阿博",
        method=method,
        form=lambda case: {**form, "version": str(case.article_version)},
    )


def _words(endpoint: str, tail: str, method: str = "GET", **form: str) -> Row:
    return Row(
        endpoint,
        lambda case: f"/manage/words{tail}".replace("ID", str(case.word_id)),
        "小编",
        "阿博",
        method=method,
        form=lambda case: {**form, "version": "1"},
    )


def _post(endpoint: str, path: str, **form: str) -> Row:
    return Row(
        endpoint, lambda case: path, stranger_may=True, method="POST", form=lambda case: dict(form)
    )


def _insight(endpoint: str, tail: str, method: str = "GET") -> Row:
    return Row(
        endpoint,
        lambda case: f"/insights{tail}".replace("ID", str(case.gap_id)),
        "小编",
        "阿博",
        method=method,
    )


ARTICLE = {"title": "新标题", "body": "新正文", "access": "public"}
ROWS = (
    _open("pages.home", "/"),
    _open("pages.hot", "/hot"),
    _open("search.results", "/search?q=密码"),
    _open("search.suggest", "/suggest?q=密码"),
    _open("api.search", "/api/v1/search?q=密码"),
    _open("api.suggest", "/api/v1/suggest?q=密码"),
    _open("browse.category", "/categories/account"),
    _open("browse.product", "/products/lock"),
    _open("health.live", "/healthz"),
    _open("health.ready", "/readyz"),
    _open("ask.form", "/ask"),
    _open("questions.public", "/questions"),
    _open("my.index", "/my"),
    _open("account.login", "/login"),
    _open("account.register", "/register"),
    _open("account.forgot", "/forgot"),
    _open("account.reset", "/reset/abc"),
    Row("articles.show", lambda case: f"/articles/{case.article_slug}", stranger_may=True),
    Row("files.show", lambda case: f"/files/{case.file_id}/图.png", stranger_may=True),
    Row(
        "articles.vote",
        lambda case: f"/articles/{case.article_id}/vote",
        stranger_may=True,
        method="POST",
        form=lambda case: {"value": "1"},
    ),
    _post("ask.submit", "/ask", text="怎么修改密码", submission_key="row"),
    _post("account.enter", "/login", email=PEOPLE["小艾"][0], password="correct horse 8"),
    _post("account.join", "/register", name="新人", email="new@example.com", password="12345678a"),
    _post("account.logout", "/logout"),
    _post("account.send_link", "/forgot", email="nobody@example.com"),
    Row("account.show", lambda case: "/account", "小艾"),
    Row(
        "account.change_password",
        lambda case: "/account",
        "小艾",
        method="POST",
        form=lambda case: {"old": "correct horse 8", "new": "correct horse 9"},
    ),
    Row("questions.show", lambda c: f"/questions/{c.public_id}", "小艾", "老陈", refused=404),
    Row(
        "questions.solved",
        lambda case: f"/questions/{case.open_question}/solved",
        "小艾",
        "老陈",
        method="POST",
        refused=404,
    ),
    Row(
        "questions.follow_up",
        lambda case: f"/questions/{case.open_question}/more",
        "小艾",
        "老陈",
        method="POST",
        form=lambda case: {"more": "那没电了怎么进门"},
        refused=404,
    ),
    Row(
        "questions.unsolved",
        lambda case: f"/questions/{case.open_question}/unsolved",
        "小艾",
        "老陈",
        method="POST",
        refused=404,
    ),
    _own("tickets.show", ""),
    _own("tickets.reply", "/reply", "POST", body="谢谢", client_key="r"),
    _own("tickets.rate", "/rate", "POST", rating="5", comment="很好"),
    _own("tickets.reopen", "/reopen", "POST", body="又坏了", client_key="o"),
    Row("desk.queue", lambda case: "/desk", "阿博", "小编"),
    Row("search.insertable", lambda case: "/desk/articles?q=密码", "阿博", "小编"),
    _desk("desk.ticket", ""),
    _desk("desk.message", "/messages", "POST", kind="note", body="内部备注", client_key="n"),
    _desk("desk.status", "/status", "POST", status="open"),
    _desk("desk.claim", "/claim", "POST"),
    _desk("desk.promote", "/promote"),
    _desk("desk.make_article", "/promote", "POST", title="门锁装反了怎么办", body="联系师傅"),
    _manage("manage.articles", ""),
    _manage("manage.new", "/new"),
    _manage("manage.create", "", "POST", **ARTICLE),
    _manage("manage.edit", "/ID"),
    _manage("manage.files_of", "/ID/files"),
    Row(
        "manage.reread",
        lambda case: f"/manage/articles/{case.article_id}/files/{case.file_id}/read",
        "小编",
        "阿博",
        method="POST",
    ),
    _manage("manage.save", "/ID/save", "POST", action="publish", **ARTICLE),
    _manage("manage.revision", "/ID/revisions/1"),
    _manage("manage.restore_revision", "/ID/revisions/1/restore", "POST"),
    _words("words.index", "?sentence=小屿网关连不上"),
    _words("words.add", "", "POST", kind="same", words="网关 = 中枢"),
    _words("words.edit", "/ID"),
    _words("words.save", "/ID", "POST", kind="word", words="小屿中枢网关"),
    _words("words.delete", "/ID/delete", "POST"),
    _words("words.restore", "/ID/restore", "POST"),
    _words("words.bulk", "/list"),
    _words("words.check", "/list/check", "POST", list="静音模式"),
    _words("words.take_in", "/list", "POST", list="静音模式"),
    _words("words.download", "/words.csv"),
    _insight("insights.funnel", ""),
    _insight("insights.funnel_table", "/funnel.csv"),
    _insight("insights.stage", "/stages/asked"),
    _insight("insights.searches", "/searches"),
    _insight("insights.searches_table", "/searches/queries.csv"),
    _insight("insights.gaps", "/gaps"),
    _insight("insights.gaps_table", "/gaps.csv"),
    _insight("insights.find_gaps", "/gaps", "POST"),
    _insight("insights.gap_progress", "/gaps/progress"),
    _insight("insights.gap", "/gaps/ID"),
    _insight("insights.write", "/gaps/ID/write", "POST"),
    _insight("insights.phrase", "/gaps/ID/phrase", "POST"),
    _insight("insights.ignore", "/gaps/ID/ignore", "POST"),
    _insight("insights.reopen", "/gaps/ID/reopen", "POST"),
    Row(
        "manage.preview",
        lambda case: "/manage/preview",
        "小编",
        "阿博",
        method="POST",
        form=lambda case: {"body": "**粗**"},
    ),
)
# Needs what a table cannot hold: a file, a mailed token. Tested by name elsewhere.
ELSEWHERE = frozenset({"manage.upload", "account.set_password"})
