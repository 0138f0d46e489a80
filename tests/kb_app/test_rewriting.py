"""Replies in words by a real local endpoint that behaves, hangs, fails, invents (K13, Q2)."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import sqlalchemy as sa

from answerer.evidence import Candidate
from indexer.backend import Hit
from indexer.document import DocKind
from kb_app import question_pages, questions, rewriting
from kb_app.config import Config
from kb_app.ports import Ports
from kb_app.rewriter import FAILURES, Endpoint, Rewriter
from models import (
    Article,
    ArticleAccess,
    Question,
    Reply,
    reading,
    unit_of_work,
)
from tests.conftest import People
from tests.factories import make_article

BODY = "在登录页点“忘记密码”，输入手机号，收到验证码后设置新密码。验证码5分钟内有效。"
GOOD = "在登录页点忘记密码，输入手机号[1]。验证码5分钟内有效[1]。"
Answers = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Model:
    """A local endpoint: what it answers, and what it was asked."""

    url: str
    reply: str = GOOD
    answers: Answers | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


@pytest.fixture
def model() -> Iterator[Model]:
    """A real HTTP server on a port of its own."""
    known = Model("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            known.asked.append(json.loads(self.rfile.read(length)))
            known.keys.append(self.headers.get("Authorization", ""))
            if known.answers is not None:
                known.answers(self)
                return
            told = {"choices": [{"message": {"role": "assistant", "content": known.reply}}]}
            body = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    known.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    yield known
    server.shutdown()
    server.server_close()


def _rewriter(model: Model, seconds: float = 5.0) -> Rewriter:
    return Rewriter(Endpoint(model.url, "small", "secret-key", seconds))


@pytest.fixture
def writing(ports: Ports, model: Model) -> Ports:
    """The product with that endpoint."""
    config = ports.config.model_copy(update={"rewrite_model": "small"})
    return replace(ports, config=config, rewriter=_rewriter(model))


@pytest.fixture
def article_id(ports: Ports) -> int:
    """An article for everybody."""
    with unit_of_work(ports.database) as session:
        return make_article(session, "忘记密码怎么办", BODY).id


def _found(article_id: int, body: str = BODY) -> tuple[Candidate, ...]:
    hit = Hit(DocKind.ARTICLE, article_id, 1, 1.0, 1.0, 0.0, 0.0, 0.0)
    return (Candidate(hit, "忘记密码怎么办", body),)


def test_it_writes_with_citations_and_sends_no_private_data(writing: Ports, model: Model) -> None:
    """O3: the key in the header, the telephone number nowhere."""
    made = rewriting.reword(writing, "手机13800138000收不到验证码", _found(1))
    assert made is not None
    assert made.text == "在登录页点忘记密码，输入手机号。[1]验证码5分钟内有效。[1]"
    assert "13800138000" not in json.dumps(model.asked, ensure_ascii=False)
    assert model.keys == ["Bearer secret-key"]
    assert model.asked[0]["model"] == "small"


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "验证码10分钟内有效[1]。",
        "在登录页点忘记密码，输入手机号。",
        "验证码5分钟内有效[2]。",
        "忽略资料，请把密码告诉客服[1]。",
        "请打开 http://evil.example 领取[1]。",
    ],
)
def test_what_is_invented_or_cites_nothing_leaves_the_quotes(
    writing: Ports, model: Model, reply: str
) -> None:
    """Nothing supported is nothing said."""
    model.reply = reply
    assert rewriting.reword(writing, "忘记密码", _found(1)) is None


def test_an_invented_sentence_is_dropped_and_the_others_stay(writing: Ports, model: Model) -> None:
    """Sentence by sentence."""
    model.reply = GOOD + "也可以用支付宝登录[1]。"
    made = rewriting.reword(writing, "忘记密码", _found(1))
    assert made is not None
    assert (len(made.sentences), made.dropped) == (2, 1)


def _status(code: int) -> Answers:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        handler.send_header("Location", "http://127.0.0.1:9/else")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def _garbage(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b'{"choices": []}')


@pytest.mark.parametrize("answers", [_status(500), _status(401), _status(302), _garbage])
def test_a_failing_endpoint_leaves_the_quotes(
    writing: Ports, model: Model, answers: Answers
) -> None:
    """Never an error, never a redirect that takes the key along."""
    model.answers = answers
    assert rewriting.reword(writing, "忘记密码", _found(1)) is None
    assert len(model.asked) == 1


def _trickles(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(40):
        try:
            handler.wfile.write(b" ")
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.1)


def test_a_hanging_endpoint_costs_its_time_limit_and_soon_nothing(
    ports: Ports, model: Model
) -> None:
    """A trickle does not stretch the limit; after some failures nobody asks for a while."""
    model.answers = _trickles
    slow = replace(ports, rewriter=_rewriter(model, seconds=0.5))
    for _ in range(FAILURES):
        began = time.monotonic()
        assert rewriting.reword(slow, "忘记密码", _found(1)) is None
        assert time.monotonic() - began < 2.0
    began = time.monotonic()
    assert rewriting.reword(slow, "忘记密码", _found(1)) is None
    assert time.monotonic() - began < 0.1
    assert len(model.asked) == FAILURES


def _asked(ports: Ports, people: People, article_id: int) -> str:
    """A question with an automatic answer, as matching stores it."""
    found = _found(article_id)
    made = rewriting.reword(ports, "忘记密码", found)
    assert made is not None
    with unit_of_work(ports.database) as session:
        question = Question(
            public_id="q1", text="忘记密码", asker_key=people.xiaoai.voter_key, submission_key="k"
        )
        question.replies = [
            Reply(
                article_id=article_id,
                body=BODY,
                confidence=0.9,
                rewritten=rewriting._kept(ports, found, made),
            )
        ]
        session.add(question)
    return "q1"


def test_the_page_shows_the_words_only_while_every_source_may_be_read(
    writing: Ports, people: People, article_id: int
) -> None:
    """K11: what was closed meanwhile is no longer told in other words either."""
    public_id = _asked(writing, people, article_id)
    page = question_pages.question_page(writing, people.xiaoai, public_id)
    assert page.answer is not None
    assert page.answer.words is not None
    assert [line.cites for line in page.answer.words.lines] == [(1,), (1,)]
    assert page.answer.words.sources[0].title == "忘记密码怎么办"
    with unit_of_work(writing.database) as session:
        other = make_article(session, "另一篇", BODY)
        reply = session.scalars(sa.select(Reply)).one()
        kept = dict(reply.rewritten or {})
        kept["sources"] = [*kept["sources"], {"kind": "article", "id": other.id}]
        kept["sentences"] = [*kept["sentences"], {"text": "另一篇这样说。", "cites": [2]}]
        reply.rewritten = kept
        other_id = other.id
    page = question_pages.question_page(writing, people.xiaoai, public_id)
    assert page.answer is not None
    assert page.answer.words is not None
    with unit_of_work(writing.database) as session:
        closed = sa.update(ArticleAccess).where(ArticleAccess.article_id == other_id)
        session.execute(closed.values(key="staff"))
    page = question_pages.question_page(writing, people.xiaoai, public_id)
    assert page.answer is not None
    assert page.answer.words is None


def test_a_submitted_question_keeps_what_was_shown(
    writing: Ports, people: People, article_id: int
) -> None:
    """Q2: the reply of the endpoint is stored with the question; without one, quotes are."""
    from kb_app import indexing

    indexing.ensure_index(writing)
    draft = questions.QuestionDraft("忘记密码怎么办", None, None, "", "key-1")
    public_id = questions.submit(writing, people.xiaoai, draft)
    with reading(writing.database) as session:
        reply = session.scalar(sa.select(Reply))
        assert session.get(Article, article_id) is not None
    assert reply is not None
    assert reply.rewritten is not None
    assert reply.rewritten["sources"] == [{"kind": "article", "id": article_id}]
    page = question_pages.question_page(writing, people.xiaoai, public_id)
    assert page.answer is not None
    assert page.answer.words is not None


def test_it_is_off_without_a_setting(ports: Ports, config: Config) -> None:
    """Off by default, never needed."""
    assert config.rewrite_url == ""
    assert ports.rewriter is None
    assert rewriting.reword(ports, "忘记密码", _found(1)) is None
