"""The site's own fields of customers and articles: built, filled in."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app import own_fields
from kb_app.own_fields import MAY_BUILD, About
from kb_app.permissions import Permission
from kb_app.setup import form_building
from kb_app.typed_text import clean
from web import field_forms, forms
from web.auth import guard, viewer
from web.context import ports
from web.showing import again, notice, see, show

blueprint = Blueprint("own_fields", __name__)


def _edit(about: About) -> str:
    """The builder of one kind."""
    page = own_fields.fields_of(ports(), viewer(), about)
    return show("setup/own_fields.html", page, files=False)


def _save(about: About) -> None:
    """Use what was sent from now on."""
    before = own_fields.fields_of(ports(), viewer(), about).fields
    fields = form_building.parsed(field_forms.builder_rows(request.form), before)
    number = forms.number(request.form, "version") or 0
    own_fields.save_fields(ports(), viewer(), about, fields, number)
    notice("fieldset_saved")


@blueprint.get("/manage/fields/customers")
@guard(MAY_BUILD[About.CUSTOMER])
def customers() -> str:
    """The fields of customers."""
    return _edit(About.CUSTOMER)


@blueprint.post("/manage/fields/customers")
@guard(MAY_BUILD[About.CUSTOMER])
@again(customers)
def save_customers() -> ResponseReturnValue:
    """Change them."""
    _save(About.CUSTOMER)
    return see("own_fields.customers")


@blueprint.get("/manage/fields/articles")
@guard(MAY_BUILD[About.ARTICLE])
def articles() -> str:
    """The fields of articles."""
    return _edit(About.ARTICLE)


@blueprint.post("/manage/fields/articles")
@guard(MAY_BUILD[About.ARTICLE])
@again(articles)
def save_articles() -> ResponseReturnValue:
    """Change them."""
    _save(About.ARTICLE)
    return see("own_fields.articles")


@blueprint.get("/desk/people/<id:user_id>/fields")
@guard(Permission.DESK)
def customer(user_id: int) -> str:
    """A customer's own fields."""
    page = own_fields.facts(ports(), viewer(), About.CUSTOMER, user_id)
    return show("people/facts.html", page)


@blueprint.post("/desk/people/<id:user_id>/fields")
@guard(Permission.DESK)
@again(customer)
def save_customer(user_id: int) -> ResponseReturnValue:
    """Keep them."""
    _keep(About.CUSTOMER, user_id)
    return see("people.person", user_id=user_id)


@blueprint.get("/manage/articles/<id:article_id>/fields")
@guard(Permission.WRITE)
def article(article_id: int) -> str:
    """An article's own fields."""
    page = own_fields.facts(ports(), viewer(), About.ARTICLE, article_id)
    return show("people/facts.html", page)


@blueprint.post("/manage/articles/<id:article_id>/fields")
@guard(Permission.WRITE)
@again(article)
def save_article(article_id: int) -> ResponseReturnValue:
    """Keep them."""
    _keep(About.ARTICLE, article_id)
    return see("life.show", article_id=article_id)


def _keep(about: About, owner_id: int) -> None:
    given = {
        name.removeprefix(field_forms.PREFIX): tuple(clean(value) for value in values)
        for name, values in request.form.lists()
        if name.startswith(field_forms.PREFIX)
    }
    version = forms.number(request.form, "version") or 0
    own_fields.save_facts(ports(), viewer(), about, (owner_id, version), given)
    notice("facts_saved")
