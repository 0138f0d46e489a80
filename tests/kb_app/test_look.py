"""The look: colours one can read, CSS that cannot harm, settings nobody loses (K12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb_app.errors import EditConflict, InvalidInput, NotAllowed
from kb_app.look import choosing, colours, css
from kb_app.look.choosing import LookForm
from kb_app.look.current import CurrentSite
from kb_app.look.embedding import parse_hosts
from kb_app.look.values import Banner, Block, from_stored, parse_links, to_stored
from kb_app.ports import Ports
from models import Role, SitePicture, Viewer, reading, unit_of_work, utcnow
from tests.conftest import People
from tests.factories import make_user

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 30


@pytest.fixture
def admin(ports: Ports) -> Viewer:
    """Who runs the site."""
    with unit_of_work(ports.database) as session:
        return make_user(session, "站长", Role.ADMIN).as_viewer()


@given(st.integers(0, 0xFFFFFF))
def test_it_derives_readable_colours_or_says_why_not(number: int) -> None:
    """K12: any colour gives text one can read on both grounds, or a clear fault."""
    try:
        accent = colours.checked("accent", f"#{number:06x}")
    except InvalidInput:
        return
    light, dark = colours.tokens(accent)
    assert colours.contrast(light["accent"], colours.LIGHT_GROUND) >= colours.READABLE
    assert colours.contrast(light["on-accent"], light["accent"]) >= colours.READABLE
    assert colours.contrast(dark["accent"], colours.DARK_GROUND) >= colours.READABLE
    assert colours.contrast(dark["on-accent"], dark["accent"]) >= colours.READABLE
    for shades in (light, dark):
        assert colours.contrast(shades["hero-ink"], shades["hero"]) >= colours.READABLE
        assert colours.contrast(shades["hero-ink-2"], shades["hero"]) >= colours.READABLE


@pytest.mark.parametrize("text", ["red", "#fff", "#12345g", "javascript:x", "#123456;}", ""])
def test_it_refuses_what_is_no_colour(text: str) -> None:
    """K12: a name, a short form or an attack."""
    with pytest.raises(InvalidInput):
        colours.checked("accent", text)


@pytest.mark.parametrize(
    "text",
    [
        ".hero { background: var(--accent); border-radius: 0 }",
        "@media (min-width: 40rem) { .a:hover > .b::before { content: '“问”' } }",
        "@supports (display: grid) { .a { display: grid } }",
        "@keyframes in { from { opacity: 0 } to { opacity: 1 } }",
        ".a { background: url(/static/img/mark.svg) } .b { mask: url('#x') }",
        ".a { & .b { color: #123456 } }",
        "",
    ],
)
def test_it_lets_harmless_css_through(text: str) -> None:
    """K12: what people write for looks."""
    again = css.checked(text)
    assert css.checked(again) == again


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("@import url(//evil.example/a.css);", 1, "import"),
        (".a{}\n@\\69mport '/x.css';", 2, "import"),
        (".a{}\n.b { background: url(https://evil.example/x) }", 2, "url"),
        (".a { background: URL('//evil.example') }", 1, "url"),
        (".a { background: u\\72l(https://evil.example) }", 1, "url"),
        (".a { background: url( 'https:\\\\evil' ) }", 1, "url"),
        (".a { background: url(/look/../../x) }", 1, "url"),
        (".a { background: url(javascript:alert(1)) }", 1, "broken"),
        (".a { background: url(data:text/html;base64,x) }", 1, "url"),
        (".a { background: image-set('https://evil.example' 1x) }", 1, "expression"),
        (".a { width: expression(alert(1)) }", 1, "expression"),
        (".a { behavior: url(/static/x.htc) }", 1, "expression"),
        (".a { -moz-binding: url('#x') }", 1, "expression"),
        ("@font-face { font-family: x; src: url(https://evil.example/f) }", 1, "rule"),
        ("@charset 'utf-7';", 1, "rule"),
        ("@namespace url(http://x);", 1, "rule"),
        ("</style><script>alert(1)</script>", 1, "broken"),
        (".a{}\n\n.b { color: red; } }", 3, "broken"),
        (".a{}\n.b { color red }", 2, "broken"),
        ("@media x { " * 40, 1, "broken"),
        (".a { color: " + "(" * 200, 1, "broken"),
        ("a" * 50_001, 1, "too_long"),
    ],
)
def test_it_names_the_line_of_what_it_refuses(text: str, line: int, code: str) -> None:
    """K12 O3: nothing is loaded from elsewhere, nothing runs, whatever way it is spelled."""
    with pytest.raises(css.CssFault) as refused:
        css.checked(text)
    assert (refused.value.line, refused.value.code) == (line, code)


@given(st.text(max_size=200))
def test_it_never_fails_otherwise(text: str) -> None:
    """K12: any text is either served or refused, and what is served names no other site."""
    try:
        served = css.checked(text)
    except css.CssFault:
        return
    assert "</" not in served
    assert "@import" not in served.lower()


def test_it_keeps_what_was_chosen(ports: Ports, admin: Viewer) -> None:
    """K12: saved, read back, seen by the next page of this process."""
    site = CurrentSite(ports)
    assert site.get().name == ports.config.site_name
    form = LookForm(
        name="云鲸客服",
        accent="#1f5fbf",
        blocks=("newest", "hero"),
        links="官网 | https://www.example.com\n条款｜/articles/terms",
        banner="今晚维护",
        css=".hero { color: red }",
        logo=PNG,
        version=1,
    )
    choosing.save_look(ports, admin, form)
    site.forget()
    found = site.get()
    assert found.name == "云鲸客服"
    assert found.blocks == (Block.NEWEST, Block.HERO)
    assert [link.url for link in found.links] == ["https://www.example.com", "/articles/terms"]
    assert "--accent:#1f5fbf" in found.sheet
    assert ".hero" in found.sheet
    assert choosing.picture(ports, found.logo).media_type == "image/png"
    page = choosing.look_page(ports, admin)
    assert (page.form.links, page.version) == (
        "官网 | https://www.example.com\n条款 | /articles/terms",
        2,
    )
    choosing.reset_look(ports, admin)
    site.forget()
    assert site.get().sheet == ""


def test_it_tells_who_comes_second(ports: Ports, admin: Viewer) -> None:
    """K12: two admins at once: nothing is overwritten."""
    choosing.save_look(ports, admin, LookForm(name="先", version=1))
    with pytest.raises(EditConflict):
        choosing.save_look(ports, admin, LookForm(name="后", version=1))


def test_it_is_for_admins(ports: Ports, people: People) -> None:
    """K12: content managers write articles, they do not rename the site."""
    with pytest.raises(NotAllowed):
        choosing.save_look(ports, people.linzhixia, LookForm(version=1))


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (LookForm(accent="blue"), "accent"),
        (LookForm(accent="#ffffff"), "accent"),
        (LookForm(links="没有地址"), "links"),
        (LookForm(links="x | javascript:alert(1)"), "links"),
        (LookForm(footer_links="x | //evil.example"), "footer_links"),
        (
            LookForm(banner_since="2026-01-02T00:00", banner_until="2026-01-01T00:00"),
            "banner_until",
        ),
        (LookForm(banner_since="明天"), "banner_since"),
        (LookForm(blocks=("unknown",)), "blocks"),
        (LookForm(name="长" * 41), "name"),
        (LookForm(logo=b"<svg onload=alert(1)>"), "logo"),
        (LookForm(favicon=PNG + b"0" * 600_000), "favicon"),
    ],
)
def test_it_names_the_field_that_is_wrong(
    ports: Ports, admin: Viewer, form: LookForm, field: str
) -> None:
    """K12: bad input changes nothing and says where it is."""
    with pytest.raises(InvalidInput) as refused:
        choosing.save_look(ports, admin, replace(form, version=1))
    assert refused.value.field == field
    with reading(ports.database) as session:
        assert session.query(SitePicture).count() == 0


def test_it_believes_nothing_that_is_stored() -> None:
    """K12: values that came along with an import fall back to the default."""
    look = from_stored(
        {
            "accent": "red}",
            "css": "@import 'x'",
            "links": "x | javascript:1",
            "blocks": ["hero", "evil", 5],
            "banner": {"since": "gestern", "level": "loud"},
            "logo": "../../etc/passwd",
            "name": 5,
        }
    )
    assert (look.accent, look.css, look.links, look.logo, look.name) == ("", "", (), "", "")
    assert look.blocks == (Block.HERO,)
    assert from_stored(to_stored(look)) == look


def test_it_shows_a_banner_in_its_time() -> None:
    """K12: from a moment until a moment."""
    now = utcnow()
    hour = timedelta(hours=1)
    assert Banner("x").shows(now)
    assert not Banner("").shows(now)
    assert not Banner("x", since=now + hour).shows(now)
    assert not Banner("x", until=now - hour).shows(now)


def test_it_reads_hosts_as_people_write_them() -> None:
    """K12: with and without https, wildcards, ports; anything else is refused."""
    said = "https://www.example.com/\nshop.example.com\n*.例子.com\nhttp://localhost:8080"
    assert parse_hosts(said) == (
        "https://www.example.com",
        "https://shop.example.com",
        "https://*.xn--fsqu00a.com",
        "http://localhost:8080",
    )
    for bad in (
        "*",
        "https://",
        "javascript:x",
        "a.com; script-src *",
        "https://a.com/path",
        "a b",
    ):
        with pytest.raises(InvalidInput):
            parse_hosts(bad)


def test_it_refuses_links_that_run() -> None:
    """K12 O3: only paths of this site and ordinary addresses."""
    for bad in ("x | data:text/html,1", "x | vbscript:1", "x | /\\evil.example", "| /a", "x |"):
        with pytest.raises(InvalidInput):
            parse_links("links", bad)
