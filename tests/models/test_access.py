"""Two rules at once: nobody comes in whom one of them keeps out (K11)."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from models import (
    CUSTOMER_KEY,
    PUBLIC_KEY,
    STAFF_KEY,
    Article,
    ArticleAccess,
    ArticleStatus,
    Category,
    CategoryAccess,
    CustomerGroup,
    CustomerLevel,
    Database,
    Role,
    Team,
    TeamMember,
    User,
    Viewer,
    both_key,
    choose_access,
    group_key,
    implies,
    level_key,
    meet,
    settle_access,
    simplest,
    team_key,
    unit_of_work,
    visitor,
)
from tests.factories import make_article, make_user

KEYS = (
    PUBLIC_KEY,
    CUSTOMER_KEY,
    STAFF_KEY,
    level_key(1),
    level_key(2),
    group_key(1),
    group_key(2),
    team_key(1),
    team_key(2),
    both_key(level_key(1), group_key(1)),
    both_key(level_key(2), group_key(1)),
)
some_keys = st.frozensets(st.sampled_from(KEYS), min_size=1)


@st.composite
def people(draw: st.DrawFn) -> Viewer:
    """Anybody there can be, with the keys an account gives them."""
    role = draw(st.sampled_from(Role))
    if role is Role.VISITOR:
        return visitor("v")
    user = User(
        id=1, email="a@b", name="某人", role=role, level_id=draw(st.sampled_from([None, 1, 2]))
    )
    user.groups = [CustomerGroup(id=i) for i in draw(st.sets(st.sampled_from([1, 2])))]
    keys = set(user.as_viewer().keys)
    if STAFF_KEY in keys:
        keys |= {team_key(i) for i in draw(st.sets(st.sampled_from([1, 2])))}
    return Viewer(role, 1, "u:1", frozenset(keys))


@given(first=some_keys, second=some_keys, viewer=people())
def test_it_lets_in_nobody_whom_either_rule_keeps_out(
    first: frozenset[str], second: frozenset[str], viewer: Viewer
) -> None:
    """K11: never looser than either; the same in any order."""
    both = meet(first, second)
    if viewer.keys & both:
        assert viewer.keys & first
        assert viewer.keys & second
    assert both == meet(second, first)


@given(keys=some_keys, viewer=people())
def test_it_says_the_same_in_fewer_keys(keys: frozenset[str], viewer: Viewer) -> None:
    """K11: simplifying changes nobody's rights; meeting everybody changes nothing."""
    assert bool(viewer.keys & simplest(keys)) is bool(viewer.keys & keys)
    assert meet(keys, frozenset({PUBLIC_KEY})) == simplest(keys)


@given(first=some_keys, second=some_keys, viewer=people())
def test_it_is_exact_where_keys_are_comparable(
    first: frozenset[str], second: frozenset[str], viewer: Viewer
) -> None:
    """K11: whom both let in stays, unless only by two keys that have nothing to do with another."""
    comparable = all(implies(a, b) or implies(b, a) for a in first for b in second)
    if comparable and viewer.keys & first and viewer.keys & second:
        assert viewer.keys & meet(first, second)


@given(level=st.sampled_from([1, 2]), group=st.sampled_from([1, 2]), viewer=people())
def test_it_lets_in_whoever_is_of_the_level_and_in_the_group(
    level: int, group: int, viewer: Viewer
) -> None:
    """K11: a level above and a group below (or the other way) means both at once, exactly."""
    both = meet(frozenset({level_key(level)}), frozenset({group_key(group)}))
    holds_both = {level_key(level), group_key(group)} <= viewer.keys
    assert bool(viewer.keys & both) is holds_both
    assert both == {both_key(level_key(level), group_key(group))}


@given(viewer=people(), key=st.sampled_from(KEYS), other=st.sampled_from(KEYS))
def test_it_knows_which_key_brings_another(viewer: Viewer, key: str, other: str) -> None:
    """K11: `implies` is what accounts really hold."""
    if implies(key, other) and key in viewer.keys:
        assert other in viewer.keys


@settings(max_examples=40)
@given(
    own=some_keys,
    above=st.lists(st.one_of(st.just(frozenset[str]()), some_keys), max_size=3),
    viewer=people(),
)
def test_it_keeps_articles_as_strict_as_their_categories(
    database: Database, own: frozenset[str], above: list[frozenset[str]], viewer: Viewer
) -> None:
    """K11: through any depth, and the SQL rule agrees with the Python one."""
    with unit_of_work(database) as session:
        parent: int | None = None
        for keys in above:
            node = Category(slug=f"c{parent}-{len(keys)}", name="类", parent_id=parent)
            session.add(node)
            session.flush()
            session.add_all(CategoryAccess(category_id=node.id, key=key) for key in keys)
            parent = node.id
        article = make_article(session, "文章", keys=())
        article.category_id = parent
        choose_access(session, article, own)
        session.flush()
        sees = session.query(Article.id).filter(Article.visible_to(viewer)).first() is not None
        assert sees is article.is_visible(viewer)
        if sees:
            assert viewer.keys & own
            assert all(viewer.keys & keys for keys in above if keys)
        assert article.own_keys == simplest(own)
        session.rollback()


def test_it_follows_a_change_of_category_back_and_forth(database: Database) -> None:
    """K11: what the article asked for itself is not forgotten while its category is stricter."""
    with unit_of_work(database) as session:
        node = Category(slug="c", name="类")
        article = make_article(session, "文章")
        session.add(node)
        session.flush()
        article.category_id = node.id
        session.add(CategoryAccess(category_id=node.id, key=STAFF_KEY))
        session.flush()
        assert settle_access(session, [article]) == [article]
        assert article.access_keys == {STAFF_KEY}
        assert article.own_keys == {PUBLIC_KEY}
        assert settle_access(session, [article]) == []
        article.category_id = None
        assert settle_access(session, [article]) == [article]
        assert article.access_keys == {PUBLIC_KEY}


def test_it_gives_staff_the_keys_of_their_teams(database: Database) -> None:
    """K11 T3: a customer in a team (a mistake) gets none."""
    with unit_of_work(database) as session:
        agent, customer = make_user(session, "阿博", Role.AGENT), make_user(session, "小艾")
        team = Team(name="二线")
        session.add_all([team, CustomerLevel(name="金")])
        session.flush()
        team.members = [TeamMember(user_id=agent.id), TeamMember(user_id=customer.id)]
        session.flush()
        session.expire_all()
        assert team_key(team.id) in agent.as_viewer().keys
        assert team_key(team.id) not in customer.as_viewer().keys


def test_it_opens_what_was_written_without_a_word_about_it(database: Database) -> None:
    """K11: keys added plainly are both own and opening."""
    with unit_of_work(database) as session:
        article = Article(slug="s", title="题", status=ArticleStatus.PUBLISHED)
        article.access = [ArticleAccess(key=PUBLIC_KEY)]
        assert article.access_keys == article.own_keys == {PUBLIC_KEY}
        session.add(article)
        session.flush()
        session.refresh(article.access[0])
        assert article.access[0].own
        assert article.access[0].opens
