"""One state of the site in which every route has something to do, and who may do it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from kb_app import (
    editing,
    escalation,
    questions,
    subscribing,
    ticket_pages,
    tickets,
    tree_editing,
    words,
)
from kb_app.accounts import viewer_for
from kb_app.editing import ArticleInput
from kb_app.escalation import Escalation
from kb_app.files import Upload, attach
from kb_app.questions import QuestionDraft
from kb_app.tickets import Posting
from kb_app.tree_editing import NodeInput
from kb_app.tree_rows import TreeKind
from kb_app.words import WordInput
from models import (
    MessageKind,
    Question,
    QuestionShown,
    QuestionStatus,
    Rhythm,
    ShownKind,
    Subscription,
    TicketStatus,
    Viewer,
    WordKind,
    unit_of_work,
)
from tests.factories_desk import DeskRows, make_desk_rows
from tests.factories_insight import make_gap
from tests.factories_learning import give_pass, hold_vote, propose_wording
from tests.office_files import pdf
from tests.web.cases_bridges import BRIDGE_ELSEWHERE, BRIDGE_ROWS, make_bridges
from tests.web.cases_chat import CHAT_ELSEWHERE, CHAT_ROWS, OWN_ROWS, make_chats
from tests.web.cases_knowledge import KNOWLEDGE_ELSEWHERE, KNOWLEDGE_ROWS, make_circles
from tests.web.cases_mail import MAIL_ELSEWHERE, MAIL_ROWS, make_mail
from tests.web.cases_people import PEOPLE_ELSEWHERE, PEOPLE_ROWS, make_people
from tests.web.cases_rules import RULE_ELSEWHERE, RULE_ROWS, make_rules
from tests.web.cases_site import SITE_ELSEWHERE, SITE_ROWS, make_runs
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
    pdf_id: int
    empty_id: int
    token: str
    gap_id: int
    change_id: int
    word_id: int
    rows: DeskRows
    second: str


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


def second_ticket(site: Website) -> str:
    """Another ticket of 小艾."""
    public_id = ask(site, "小艾", "门铃一直响停不下来怎么办", "case-3")
    return escalation.escalate(
        site.ports, viewer_named(site, "小艾"), public_id, Escalation("", "")
    )


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


def subscription_token(site: Website) -> str:
    """The link in the mail to somebody who wants to hear of a category."""
    customer = viewer_named(site, "小艾")
    subscribing.subscribe(site.ports, customer, "account", "", Rhythm.WEEKLY)
    with unit_of_work(site.ports.database) as session:
        row = session.scalars(sa.select(Subscription)).one()
        return subscribing.token_of(site.ports, subscribing.STOP, row)


def build_case(site: Website) -> Case:
    """Bring the site into the state."""
    lead, agent = viewer_named(site, "组长"), viewer_named(site, "阿博")
    public_id = ask(site, "小艾", "阳台的门锁装反了能不能换个方向安装", "case-1")
    number = solved_ticket(site, public_id)
    article_id = site.article("门锁电池怎么更换").id
    link = attach(site.ports, lead, article_id, Upload("图.png", io.BytesIO(b"\x89PNG\r\n\x1a\nx")))
    manual = attach(site.ports, lead, article_id, Upload("手册.pdf", io.BytesIO(pdf("开箱检查"))))
    article = site.article("门锁电池怎么更换")
    editing.save(
        site.ports, lead, article_id, ArticleInput(article.title, "新正文", version=article.version)
    )
    article = site.article("门锁电池怎么更换")
    hold_vote(site.ports, article_id)
    give_pass(site.ports, article_id)
    make_runs(site)
    make_circles(site)
    make_chats(site)
    make_mail(site.ports)
    make_bridges(site.ports)
    make_people(site.ports)
    make_rules(site.ports)
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
        pdf_id=manual.id,
        token=subscription_token(site),
        empty_id=tree_editing.add(site.ports, lead, TreeKind.PRODUCT, None, NodeInput("空产品")),
        rows=make_desk_rows(site.ports, agent.user_id or 0),
        second=second_ticket(site),
        change_id=propose_wording(site.ports, article.id),
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


# What agents do, too, with what is theirs (tests/web/test_own_drafts.py); customers never.
DRAFTED = frozenset(
    {
        "manage.new",
        "manage.create",
        "manage.edit",
        "manage.files_of",
        "manage.save",
        "manage.revision",
        "manage.restore_revision",
        "life.review",
    }
)


def _manage(endpoint: str, tail: str, method: str = "GET", **form: Any) -> Row:
    return Row(
        endpoint,
        lambda case: f"/manage/articles{tail}".replace("ID", str(case.article_id)),
        "小编",
        "小艾" if endpoint in DRAFTED else "阿博",
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


def _twins(endpoint: str, deed: str) -> Row:
    return Row(
        endpoint,
        lambda case: f"/insights/articles/twins/{deed}",
        "小编",
        "阿博",
        method="POST",
        form=lambda case: {"first": case.article_id, "second": case.article_id % 2 + 1},
    )


def _trees(endpoint: str, tail: str, method: str = "GET", **form: str) -> Row:
    return Row(
        endpoint,
        lambda case: f"/manage/trees{tail}".replace("ID", "1").replace("EMPTY", str(case.empty_id)),
        "小编",
        "阿博",
        method=method,
        form=lambda case: dict(form),
    )


def _learning(endpoint: str, path: str, **form: str) -> Row:
    method = "POST" if form else "GET"
    found = f"/manage{path}"
    return Row(endpoint, lambda case: found, "小编", "阿博", method=method, form=lambda case: form)


def _work(endpoint: str, tail: str, method: str = "GET", **form: str) -> Row:
    return Row(
        f"work.{endpoint}",
        lambda case: f"/desk{tail}".replace("NUMBER", case.second),
        "阿博",
        "小编",
        method=method,
        form=lambda case: {key: _filled(value, case) for key, value in form.items()},
    )


def _setup(endpoint: str, tail: str, method: str = "GET", **form: str) -> Row:
    return Row(
        endpoint if "." in endpoint else f"setup.{endpoint}",
        lambda case: f"/manage{_filled(tail, case)}",
        "组长",
        "阿博",
        method=method,
        form=lambda case: {key: _filled(value, case) for key, value in form.items()},
    )


def _filled(text: str, case: Case) -> str:
    rows = case.rows
    ids = {
        "TEAM": rows.desk.team_id,
        "FORMED": rows.desk.node_id,
        "CALENDAR": rows.desk.calendar_id,
        "LIMIT": rows.desk.limit_id,
        "AGENT": rows.agent_id,
        "ABSENCE": rows.absence_id,
        "VIEW": rows.view_id,
        "NODE": rows.node_id,
        "SECOND": case.second,
        "FIRST": case.number,
    }
    for word, value in ids.items():
        text = text.replace(word, str(value))
    return text


CALENDAR = {"name": "夜班", "day_0": "20:00-24:00", **{f"day_{n}": "" for n in range(1, 7)}}
LIMIT = {"name": "急", "priority": "1", "response_minutes": "30", "resolution_minutes": "90"}
DESK_ROWS = (
    _work("counts", "/counts"),
    _work("bulk", "/bulk", "POST", numbers="SECOND", do="urgency:1"),
    _work("save_view", "/views", "POST", view_name="我的", priority="1"),
    Row(
        "work.delete_view",
        lambda case: f"/desk/views/{case.rows.view_id}/delete",
        "阿博",
        "小编",
        method="POST",
    ),
    _work("my_notices", "/notices"),
    _work("read_notices", "/notices/read", "POST"),
    _work("sla", "/reports/sla"),
    _work("sla_table", "/reports/sla.csv"),
    _work("give", "/tickets/NUMBER/give", "POST", agent_id="AGENT"),
    _work("facts", "/tickets/NUMBER/facts", "POST", urgency="1", impact="1", tags="急"),
    _work("hide", "/tickets/NUMBER/hide", "POST", status="quarantined"),
    _work("merge", "/tickets/NUMBER/merge", "POST", into="FIRST"),
    _work("link", "/tickets/NUMBER/link", "POST", into="FIRST", kind="related"),
    _work("watch", "/tickets/NUMBER/watch", "POST", what="follows"),
    _work("beat", "/tickets/NUMBER/beat", "POST", typing="1"),
    _work("draft", "/tickets/NUMBER/draft", "POST", kind="reply", body="写了一半"),
    _work("replies", "/tickets/NUMBER/replies?q=好"),
    Row("replies.index", lambda case: "/manage/replies", "阿博", "小编"),
    Row(
        "replies.save",
        lambda case: "/manage/replies",
        "阿博",
        "小编",
        method="POST",
        form=lambda case: {"title": "再见", "body": "祝您愉快"},
    ),
    Row(
        "replies.delete",
        lambda case: f"/manage/replies/{case.rows.reply_id}/delete",
        "阿博",
        "小编",
        method="POST",
    ),
    _setup("all_teams", "/teams"),
    _setup("save_rules", "/teams/rules", "POST", plan="one", close_days="5"),
    _setup("new_team", "/teams/new"),
    _setup("add_team", "/teams", "POST", name="新组", policy="load", is_active="1"),
    _setup("edit_team", "/teams/TEAM"),
    _setup("save_team", "/teams/TEAM", "POST", name="改名组", policy="claim", version="1"),
    _setup("edit_agent", "/agents/AGENT"),
    _setup("save_agent", "/agents/AGENT", "POST", skills="发票、英语", most_open="20"),
    _setup(
        "add_absence",
        "/agents/AGENT/absences",
        "POST",
        begins_at="2026-12-01T09:00",
        ends_at="2026-12-02T18:00",
    ),
    _setup("remove_absence", "/agents/AGENT/absences/ABSENCE/delete", "POST"),
    _setup("tree", "/catalogue"),
    _setup("new_node", "/catalogue/new"),
    _setup("add_node", "/catalogue", "POST", name="退货", impact="2", is_active="1"),
    _setup("edit_node", "/catalogue/NODE"),
    _setup("save_node", "/catalogue/NODE", "POST", name="别的事", impact="3", version="1"),
    _setup("delete_node", "/catalogue/NODE/delete", "POST"),
    _setup("all_hours", "/hours"),
    _setup("save_hours", "/hours", "POST", **CALENDAR),
    _setup("set_day", "/hours/days", "POST", day="2028-01-01", works="0", day_name="元旦"),
    _setup("all_limits", "/limits"),
    _setup("save_limit", "/limits", "POST", **LIMIT),
    _setup("delete_limit", "/limits/LIMIT/delete", "POST"),
    _setup("fields.edit", "/catalogue/FORMED/form"),
    _setup("fields.preview", "/catalogue/FORMED/form/preview", "POST"),
    _setup("fields.publish", "/catalogue/FORMED/form", "POST", version="1"),
    _open("ask.fields", "/ask/fields"),
)
ARTICLE = {"title": "新标题", "body": "新正文", "access": "public"}
ROWS = (
    *DESK_ROWS,
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
    _desk("promoting.page", "/promote"),
    _desk("promoting.make", "/promote", "POST", title="门锁装反了怎么办", body="联系师傅"),
    _desk("promoting.choose", "/promote/messages", "POST", body="联系师傅"),
    Row(
        "promoting.phrase",
        lambda case: f"/desk/tickets/{case.number}/promote/phrasing",
        "阿博",
        "小编",
        method="POST",
        form=lambda case: {"article_id": case.article_id, "phrasing": "锁没电了换什么"},
    ),
    Row(
        "promoting.update",
        lambda case: f"/desk/tickets/{case.number}/promote/update",
        "阿博",
        "小编",
        method="POST",
        form=lambda case: {"article_id": case.article_id, "body": "联系师傅"},
    ),
    _manage("manage.articles", ""),
    _manage("manage.new", "/new"),
    _manage("manage.create", "", "POST", **ARTICLE),
    _manage("manage.edit", "/ID"),
    _manage("manage.files_of", "/ID/files"),
    Row(
        "manage.reread",
        lambda case: f"/manage/articles/{case.article_id}/files/{case.file_id}/read",
        "小编",
        "小艾",
        method="POST",
    ),
    _manage("manage.save", "/ID/save", "POST", action="publish", **ARTICLE),
    _manage("manage.revision", "/ID/revisions/1"),
    Row(
        "drafts.merge",
        lambda case: f"/manage/articles/{case.article_id}/merge",
        "小编",
        "小艾",
        method="POST",
        form=lambda case: {
            **ARTICLE,
            "action": "save",
            "version": "1",
            "seen": str(case.article_version),
        },
    ),
    Row(
        "drafts.keep",
        lambda case: f"/manage/drafts/{case.article_id}",
        "小编",
        "小艾",
        method="POST",
        form=lambda case: {"body": "没写完", "version": str(case.article_version)},
    ),
    Row(
        "drafts.discard",
        lambda case: f"/manage/drafts/{case.article_id}/discard",
        "小编",
        "小艾",
        method="POST",
    ),
    _manage("life.show", "/ID/life"),
    _manage("life.plan", "/ID/plan", "POST", review_by="2030-01-01"),
    _manage("life.move", "/ID/address", "POST", slug="换门锁电池"),
    _manage("life.relate", "/ID/related", "POST"),
    _manage("life.review", "/ID/review", "POST", step="comment", comment="写得很好"),
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
    _insight("worklist.page", "/articles"),
    _insight("worklist.table", "/articles/list.csv"),
    _insight("worklist.twins", "/articles/twins"),
    _insight("worklist.twins_table", "/articles/twins.csv"),
    _twins("worklist.dismiss", "dismiss"),
    _twins("worklist.restore", "restore"),
    _insight("worklist.broken", "/articles/links"),
    _insight("worklist.broken_table", "/articles/links.csv"),
    _insight("worklist.categories", "/articles/categories"),
    _insight("worklist.categories_table", "/articles/categories.csv"),
    _learning("learning.votes", "/votes"),
    _learning("learning.changes", "/learning"),
    _learning("learning.replay", "/replay"),
    _learning("learning.learn", "/learning", view="active"),
    Row(
        "learning.decide",
        lambda case: f"/manage/learning/{case.change_id}",
        "小编",
        "阿博",
        method="POST",
        form=lambda case: {"decision": "accept"},
    ),
    _learning("learning.decide_votes", "/votes", decision="release", why="article"),
    _learning("learning.stop_pass", "/votes/passes/1/stop", stop="1"),
    _open("feeds.site", "/feed.atom"),
    _open("feeds.of_category", "/categories/account/feed.atom"),
    _open("feeds.of_product", "/products/lock/feed.atom"),
    _post("feeds.subscribe", "/categories/use/subscribe", rhythm="daily", email="n@example.com"),
    Row("feeds.cancel", lambda case: "/categories/use/unsubscribe", "小艾", method="POST"),
    Row("feeds.link", lambda case: f"/subscriptions/{case.token}", stranger_may=True),
    Row(
        "feeds.answer",
        lambda case: f"/subscriptions/{case.token}",
        stranger_may=True,
        method="POST",
    ),
    _trees("trees.index", ""),
    _trees("trees.new", "/product/new"),
    _trees("trees.add", "/category/new", "POST", name="新类别"),
    _trees("trees.node", "/category/ID"),
    _trees("trees.save", "/category/ID", "POST", name="账号"),
    _trees("trees.step", "/category/ID/step", "POST", way="down"),
    _trees("trees.move", "/category/ID/move", "POST", parent_id=""),
    _trees("trees.merge", "/category/ID/merge", "POST", into_id="2"),
    _trees("trees.delete", "/product/EMPTY/delete", "POST"),
    Row("files.view", lambda case: f"/files/{case.file_id}/view", stranger_may=True),
    Row("files.drawn", lambda case: f"/files/{case.pdf_id}/pages/1.png", stranger_may=True),
    Row("files.small", lambda case: f"/files/{case.file_id}/small/320", stranger_may=True),
    _manage("article_files.new", "/from-file"),
    *(
        Row(
            f"article_files.{name}",
            lambda case, tail=tail: (  # type: ignore[misc]
                f"/manage/articles/{case.article_id}/files/{case.file_id}/{tail}"
            ),
            "小编",
            "小艾" if name == "remove" else "阿博",
            method=method,
            form=lambda case: {"access": "staff"},
        )
        for name, tail, method in (
            ("access", "access", "GET"),
            ("restrict", "access", "POST"),
            ("remove", "remove", "POST"),
        )
    ),
    Row("access.choose", lambda case: "/manage/view-as", "小编", "阿博"),
    Row(
        "access.begin_preview",
        lambda case: "/manage/view-as",
        "小编",
        "阿博",
        method="POST",
        form=lambda case: {"as": "customer"},
    ),
    _post("access.end_preview", "/view-as/end"),
    *(
        Row(
            row.endpoint,
            lambda case, path=row.path: path,  # type: ignore[misc]
            row.may,
            row.may_not,
            stranger_may=row.may == VISITOR,
            method=row.method,
            form=lambda case, form=row.form: dict(form),  # type: ignore[misc]
            refused=404 if row in OWN_ROWS else 403,
        )
        for row in (
            *SITE_ROWS,
            *CHAT_ROWS,
            *MAIL_ROWS,
            *BRIDGE_ROWS,
            *PEOPLE_ROWS,
            *RULE_ROWS,
            *KNOWLEDGE_ROWS,
            *OWN_ROWS,
        )
    ),
    Row(
        "manage.preview",
        lambda case: "/manage/preview",
        "小编",
        "小艾",
        method="POST",
        form=lambda case: {"body": "**粗**"},
    ),
)
# Needs what a table cannot hold: a file, a mailed token. Tested by name elsewhere.
ELSEWHERE = frozenset(
    {
        "account.set_password",
        "exchange.begin_import",
        *SITE_ELSEWHERE,
        *CHAT_ELSEWHERE,
        *MAIL_ELSEWHERE,
        *RULE_ELSEWHERE,
        *BRIDGE_ELSEWHERE,
        *PEOPLE_ELSEWHERE,
        *KNOWLEDGE_ELSEWHERE,
        "article_files.make",
        "life.revoke",
        "life.share",
        "life.shared",
        "life.shared_file",
        "manage.upload",
        "work.undo_bulk",
        "work.restore",
        "work.split",
        "work.take_back",
        "setup.delete_hours",
        "setup.unset_day",
        "fields.file",
    }
)
