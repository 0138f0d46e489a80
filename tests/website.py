"""A small help centre with people in it, and browsers to visit it with.

It is built and indexed once; every test gets its own copy.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from kb_app import bootstrap
from kb_app.accounts import Registration, create_user
from kb_app.config import Config
from kb_app.editing import ArticleInput, new_article
from kb_app.ports import Ports
from models import (
    Article,
    ArticleStatus,
    Category,
    JobKind,
    Product,
    Role,
    User,
    enqueue,
    reading,
    unit_of_work,
)
from tests.factories import settle_index
from web.app import create_app

PASSWORD = "correct horse 8"
PEOPLE = {
    "小艾": ("xiaoai@example.com", Role.CUSTOMER),
    "老陈": ("laochen@example.com", Role.CUSTOMER),
    "阿博": ("abo@example.com", Role.AGENT),
    "小编": ("xiaobian@example.com", Role.CONTENT_MANAGER),
    "组长": ("zuzhang@example.com", Role.LEAD),
    "站长": ("zhanzhang@example.com", Role.ADMIN),
}
VISITOR = ""
ARTICLES = (
    (
        "忘记密码怎么重设",
        "在登录页点“忘记密码”，按邮件里的链接重设密码。",
        "account",
        "app",
        "public",
    ),
    (
        "修改登录密码",
        "打开账户设置，输入原密码，再输入新密码即可修改。",
        "account",
        "app",
        "public",
    ),
    ("门锁电池怎么更换", "准备 4 节 5 号电池，打开后盖，按正负极放入。", "use", "lock", "public"),
    ("门锁离线怎么办", "确认路由器通电，再把门锁靠近网关重新配网。", "use", "lock", "public"),
    ("申请退款多久到账", "退款原路返回，1 到 5 个工作日到账。", "order", "app", "public"),
    ("银屿会员专享折扣", "登录后的会员可以在结算页看到专享折扣。", "order", "app", "customer"),
    ("客服退款审批流程", "超过 500 元的退款由组长审批。", "order", "app", "staff"),
)


@dataclass(frozen=True)
class Website:
    """The running site of one test."""

    app: Flask
    ports: Ports

    def browser(self, name: str = VISITOR) -> Browser:
        """A fresh browser, signed in as one of PEOPLE or as nobody."""
        browser = Browser(self.app)
        if name:
            user = person(self.ports, name)
            with browser.client.session_transaction() as kept:
                kept["user_id"], kept["epoch"] = user.id, user.session_epoch
        return browser

    def work(self) -> None:
        """Let the worker finish everything that is due."""
        settle_index(self.ports)

    def article(self, title: str) -> Article:
        """The article with this title."""
        with reading(self.ports.database) as session:
            found = session.scalars(select(Article).where(Article.title == title)).one()
            session.expunge(found)
            return found


class Browser:
    """One person's cookies; posts carry the token a form on the page would carry."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()

    def get(self, path: str, **options: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(path, buffered=True, **options)

    def post(
        self, path: str, data: Mapping[str, Any] | None = None, **options: Any
    ) -> TestResponse:
        """Send a form."""
        return self.client.post(path, data={**(data or {}), "csrf_token": self.token()}, **options)

    def token(self) -> str:
        """The token of this browser's session."""
        with self.client.session_transaction() as kept:
            raw = kept.setdefault("csrf_token", secrets.token_hex(20))
        signer = URLSafeTimedSerializer(str(self.app.secret_key), salt="wtf-csrf-token")
        return str(signer.dumps(raw))


def person(ports: Ports, name: str) -> User:
    """The account of one of PEOPLE."""
    with reading(ports.database) as session:
        found = session.scalars(select(User).where(User.email == PEOPLE[name][0])).one()
        session.expunge(found)
        return found


def build_site(folder: Path, **settings: Any) -> None:
    """Make the data folder every test copies: people, trees, indexed articles."""
    ports = open_ports(folder, **settings)
    with unit_of_work(ports.database) as session:
        _people(session)
        _articles(session)
    settle_index(ports)
    bootstrap.close(ports)


def open_site(template: Path, folder: Path, **settings: Any) -> Website:
    """A site over a copy of `template`."""
    shutil.copytree(template, folder, dirs_exist_ok=True)
    ports = open_ports(folder, **settings)
    app = create_app(ports)
    app.testing = True
    return Website(app, ports)


def open_ports(folder: Path, **settings: Any) -> Ports:
    """Real ports in a folder, without the encoder, mail going to the console."""
    defaults = {"encoder": "none", "secret_key": "s" * 40, "rate_limits": False}
    config = Config(data_dir=folder, **{**defaults, **settings})
    bootstrap.migrate(config)
    return bootstrap.build(config)


def _people(session: Session) -> None:
    for name, (email, role) in PEOPLE.items():
        create_user(session, Registration(name, email, PASSWORD), role)


def _articles(session: Session) -> None:
    categories = {
        slug: Category(slug=slug, name=name)
        for slug, name in (("account", "账号与登录"), ("use", "设备使用"), ("order", "订单与支付"))
    }
    products = {
        slug: Product(slug=slug, name=name)
        for slug, name in (("app", "屿见 App"), ("lock", "智能门锁 L1"))
    }
    session.add_all([*categories.values(), *products.values()])
    session.flush()
    writer = session.scalars(select(User).where(User.role == Role.LEAD)).one().as_viewer()
    for title, body, category, product, access in ARTICLES:
        form = ArticleInput(
            title, body, "", categories[category].id, (products[product].id,), access
        )
        article = new_article(session, writer, form)
        article.status, article.published_at = ArticleStatus.PUBLISHED, article.created_at
        enqueue(session, JobKind.INDEX_ARTICLE, article_id=article.id)
