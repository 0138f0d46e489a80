"""Arranging the two trees, categories and products, by form, button, key and drag."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app import tree_editing, tree_pages
from kb_app.permissions import Permission
from kb_app.tree_editing import NodeInput, Step
from kb_app.tree_rows import Place, TreeKind
from web import forms
from web.auth import guard, viewer
from web.context import ports
from web.showing import again, is_fragment, notice, see, show

blueprint = Blueprint("trees", __name__, url_prefix="/manage/trees")
KIND = "<any(category,product):kind>"


@blueprint.get("", defaults={"kind": "category"})
@blueprint.get(f"/{KIND}")
@guard(Permission.ARRANGE)
def index(kind: str) -> str:
    """One of the trees, whole."""
    return show("trees/index.html", tree_pages.trees_page(ports(), viewer(), TreeKind(kind)))


@blueprint.get(f"/{KIND}/new")
@guard(Permission.ARRANGE)
def new(kind: str) -> str:
    """The form for a new node, below `parent`."""
    parent_id = forms.number_or_none(request.values, "parent_id")
    page = tree_pages.new_node_page(ports(), viewer(), TreeKind(kind), parent_id)
    return show("trees/node.html", page)


@blueprint.post(f"/{KIND}/new")
@guard(Permission.ARRANGE)
@again(new)
def add(kind: str) -> ResponseReturnValue:
    """Make it."""
    parent_id = forms.number(request.form, "parent_id")
    tree_editing.add(ports(), viewer(), TreeKind(kind), parent_id, _node())
    notice("node_added")
    return see("trees.index", kind=kind)


@blueprint.get(f"/{KIND}/<id:node_id>")
@guard(Permission.ARRANGE)
def node(kind: str, node_id: int) -> str:
    """One node: its form, merging it, deleting it."""
    page = tree_pages.node_page(ports(), viewer(), TreeKind(kind), node_id)
    return show("trees/node.html", page)


@blueprint.post(f"/{KIND}/<id:node_id>")
@guard(Permission.ARRANGE)
@again(node)
def save(kind: str, node_id: int) -> ResponseReturnValue:
    """Name, summary, icon, address, readers."""
    tree_editing.save(ports(), viewer(), TreeKind(kind), node_id, _node())
    notice("saved")
    return see("trees.index", kind=kind, _anchor=f"node-{node_id}")


def _tree_of(kind: str, node_id: int) -> str:
    """The tree of a node whose move was refused."""
    _ = node_id
    return index(kind)


@blueprint.post(f"/{KIND}/<id:node_id>/step")
@guard(Permission.ARRANGE)
@again(_tree_of)
def step(kind: str, node_id: int) -> ResponseReturnValue:
    """Up, down, in or out by one."""
    way = forms.one_of(request.form, "way", Step)
    tree_editing.step(ports(), viewer(), TreeKind(kind), node_id, way)
    return _moved(kind, node_id)


@blueprint.post(f"/{KIND}/<id:node_id>/move")
@guard(Permission.ARRANGE)
@again(_tree_of)
def move(kind: str, node_id: int) -> ResponseReturnValue:
    """Somewhere else: below `parent_id`, before `before_id`."""
    place = Place(forms.number(request.form, "parent_id"), forms.number(request.form, "before_id"))
    tree_editing.move(ports(), viewer(), TreeKind(kind), node_id, place)
    return _moved(kind, node_id)


def _moved(kind: str, node_id: int) -> ResponseReturnValue:
    if is_fragment():
        page = tree_pages.trees_page(ports(), viewer(), TreeKind(kind))
        return show("trees/_tree.html", page)
    notice("node_moved")
    return see("trees.index", kind=kind, _anchor=f"node-{node_id}")


@blueprint.post(f"/{KIND}/<id:node_id>/merge")
@guard(Permission.ARRANGE)
@again(node)
def merge(kind: str, node_id: int) -> ResponseReturnValue:
    """Everything of it goes to another; its address leads there."""
    into_id = forms.needed_number(request.form, "into_id")
    tree_editing.merge(ports(), viewer(), TreeKind(kind), node_id, into_id)
    notice("node_merged")
    return see("trees.index", kind=kind, _anchor=f"node-{into_id}")


@blueprint.post(f"/{KIND}/<id:node_id>/delete")
@guard(Permission.ARRANGE)
@again(node)
def delete(kind: str, node_id: int) -> ResponseReturnValue:
    """Only an empty one."""
    tree_editing.delete(ports(), viewer(), TreeKind(kind), node_id)
    notice("node_deleted")
    return see("trees.index", kind=kind)


def _node() -> NodeInput:
    return NodeInput(
        name=forms.line(request.form, "name"),
        summary=forms.line(request.form, "summary"),
        icon=forms.line(request.form, "icon"),
        slug=forms.line(request.form, "slug"),
        access=forms.access(request.form),
    )
