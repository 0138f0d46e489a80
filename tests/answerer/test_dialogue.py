"""A conversation turn by turn: context, asking back, handing over (C1, Q3)."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerer.answer import Answered, NotSure, Outcome, Reason, Suggested
from answerer.dialogue import (
    Answer,
    Ask,
    HandOver,
    Look,
    Nod,
    Reply,
    Turn,
    Why,
    reply,
    topic,
)
from answerer.evidence import Candidate
from answerer.talk_figures import (
    MessageJudged,
    PartJudged,
    TurnJudged,
    dialog_figures,
    multi_figures,
)
from indexer.backend import Hit
from indexer.document import DocKind


def found(article_id: int, relevance: float) -> Candidate:
    """A candidate with nothing but its relevance."""
    hit = Hit(DocKind.ARTICLE, article_id, 1, relevance, relevance, relevance, 0.0, 0.0)
    return Candidate(hit, f"文章{article_id}", "正文")


@dataclass
class Shelf:
    """A knowledge base by heart: what each text finds, and how sure the judgement is."""

    finds: dict[str, tuple[Candidate, ...]]
    confidence: float = 0.95
    asked: list[str] = field(default_factory=list)

    def look(self) -> Look:
        """It as the dialogue sees it."""
        return Look(self._find, self._judge)

    def _find(self, text: str) -> tuple[Candidate, ...]:
        self.asked.append(text)
        return self.finds.get(text, ())

    def _judge(self, text: str, candidates: tuple[Candidate, ...]) -> Outcome:
        if not candidates:
            return NotSure(Reason.NOTHING_NEAR)
        if self.confidence >= 0.9:
            return Answered(candidates[0], self.confidence, candidates[1:3])
        return Suggested(candidates[:3], self.confidence, Reason.UNSURE)


def talk(shelf: Shelf, *texts: str) -> list[Reply]:
    """What is replied to each text in turn."""
    history: tuple[Turn, ...] = ()
    for text in texts:
        history = (*history, Turn(text, reply(history, text, shelf.look())))
    return [turn.reply for turn in history]


def ids(said: Reply) -> list[int]:
    """The articles shown, best first."""
    if isinstance(said, Answer):
        return [each.hit.ref_id for each in (said.best, *said.others)]
    if isinstance(said, Ask):
        return [each.hit.ref_id for each in said.choices]
    return [each.hit.ref_id for each in said.nearby] if isinstance(said, HandOver) else []


APPLE, ANDROID, OTHER = found(1, 0.9), found(2, 0.5), found(3, 0.3)


def test_it_answers_when_one_reading_leads() -> None:
    """Q3 C1: likely right and nothing ties."""
    [said] = talk(Shelf({"怎么退订": (APPLE, ANDROID)}), "怎么退订")
    assert isinstance(said, Answer)
    assert ids(said) == [1, 2]


def test_it_asks_back_when_readings_tie() -> None:
    """C1: two articles as good as each other are a choice, however sure the judgement is."""
    [said] = talk(Shelf({"怎么退订": (APPLE, found(2, 0.88))}), "怎么退订")
    assert isinstance(said, Ask)
    assert ids(said) == [1, 2]


def test_it_reads_a_follow_up_with_its_topic() -> None:
    """C1: “那安卓呢” is searched with what the conversation is about."""
    shelf = Shelf({"苹果怎么退订": (APPLE,), "苹果怎么退订 那安卓呢": (ANDROID, OTHER)})
    said = talk(shelf, "苹果怎么退订", "那安卓呢")
    assert ids(said[1])[0] == 2
    assert "苹果怎么退订 那安卓呢" in shelf.asked


def test_it_takes_a_pick_among_the_choices_it_offered() -> None:
    """C1: after a choice, a short reply that leads to one of them is answered."""
    tied = (found(1, 0.9), found(2, 0.89))
    shelf = Shelf({"怎么退订": tied, "怎么退订 安卓": (found(2, 0.9), found(1, 0.4))}, 0.8)
    said = talk(shelf, "怎么退订", "安卓")
    assert isinstance(said[0], Ask)
    assert isinstance(said[1], Answer)
    assert ids(said[1])[0] == 2


def test_it_moves_away_from_what_the_customer_denies() -> None:
    """C1: “不是” takes weight from what was put first."""
    both = (found(1, 0.9), found(2, 0.8))
    shelf = Shelf({"怎么退": (APPLE,), "怎么退 不是，我说的是寄回": both})
    said = talk(shelf, "怎么退", "不是，我说的是寄回")
    assert ids(said[1])[0] == 2


def test_it_forgets_the_topic_when_told_to() -> None:
    """C1: “换个问题” begins anew."""
    shelf = Shelf({"怎么退订": (APPLE,), "换个问题，发票怎么开": (OTHER,)})
    said = talk(shelf, "怎么退订", "换个问题，发票怎么开")
    assert ids(said[1]) == [3]
    history = (Turn("怎么退订", said[0]), Turn("换个问题，发票怎么开", said[1]))
    assert topic(history) == "换个问题，发票怎么开"


@pytest.mark.parametrize(
    "text", ["转人工", "算了说不清，帮我转人工", "叫你们经理来", "给我接人工！"]
)
def test_it_always_obeys_a_wish_for_a_person(text: str) -> None:
    """C1: at any point, with what was said and shown so far."""
    said = talk(Shelf({"怎么退订": (APPLE,)}), "怎么退订", text)
    last = said[1]
    assert isinstance(last, HandOver)
    assert last.why is Why.WANTS_PERSON
    assert last.summary.said == ("怎么退订", text)
    assert last.summary.shown == ("文章1",)


def test_it_hands_danger_over_before_it_answers() -> None:
    """C1: no automatic answer, though there is one."""
    [said] = talk(Shelf({"插座冒烟了": (APPLE,)}), "插座冒烟了")
    assert isinstance(said, HandOver)
    assert (said.why, ids(said)) == (Why.SAFETY, [1])


def test_it_hands_over_after_two_failures() -> None:
    """C1: nothing found twice in a row."""
    said = talk(Shelf({}), "怎么退订", "就是不想用了想退")
    assert isinstance(said[0], Ask)
    assert said[0].choices == ()
    assert isinstance(said[1], HandOver)
    assert said[1].why is Why.NOT_FOUND


def test_it_begins_to_count_anew_after_a_success() -> None:
    """C1: a failure, an answer, a failure is not two failures."""
    shelf = Shelf({"没有的": (), "没有的 怎么退订": (APPLE,), "怎么退订": (APPLE,)})
    said = talk(shelf, "没有的", "怎么退订", "也没有的")
    assert isinstance(said[1], Answer)
    assert isinstance(said[2], Ask)


def test_it_never_says_the_same_for_ever() -> None:
    """C1: the same choices again and again end with a person."""

    class Stubborn(dict[str, tuple[Candidate, ...]]):
        def get(self, key: str, default: object = None) -> tuple[Candidate, ...]:
            return (found(1, 0.9), found(2, 0.89))

    said = talk(Shelf(Stubborn(), 0.5), *(f"怎么退订第{n}种" for n in range(4)))
    assert [type(each) for each in said[:3]] == [Ask, Ask, HandOver]


def test_it_nods_at_thanks() -> None:
    """C1: thanks is no question, and is not searched."""
    shelf = Shelf({"怎么退订": (APPLE,)})
    assert isinstance(talk(shelf, "怎么退订", "谢谢，我再想想")[1], Nod)
    assert shelf.asked == ["怎么退订"]
    assert not isinstance(talk(shelf, "谢谢，那怎么退订呢")[0], Nod)


@given(st.lists(st.text(max_size=40), max_size=8))
def test_it_replies_to_anything(texts: list[str]) -> None:
    """C1: any conversation gets a reply each turn, and the same one again."""
    assert talk(Shelf({}), *texts) == talk(Shelf({}), *texts)


def test_it_counts_turns() -> None:
    """C1: what each share is taken of."""
    figures = dialog_figures(
        [
            TurnJudged(frozenset("ab"), ("a", "b"), asked=True),
            TurnJudged(frozenset("a"), ("b",), answered=True),
            TurnJudged(frozenset("c"), ("x", "y", "c"), asked=True),
            TurnJudged(frozenset(), (), handed_over=True),
        ]
    )
    assert (figures["turns"], figures["asked_back"], figures["asked_clear"]) == (4, 1.0, 0.5)
    assert (figures["shown3"], figures["right1"]) == (0.6667, 0.3333)
    assert (figures["wrong_answered"], figures["handed_over"]) == (0.25, 1.0)


def test_it_counts_messages() -> None:
    """Q2: shares of the parts wanted, of the answers given, of the messages cut rightly."""
    parts = (PartJudged(True), PartJudged(False))
    figures = multi_figures([MessageJudged(parts, 2, (True,)), MessageJudged(parts, 1, (False,))])
    assert figures == {
        "parts": 4,
        "shown3": 0.5,
        "answered": 0.5,
        "precision": 0.5,
        "split_right": 0.5,
    }
