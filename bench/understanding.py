"""How well typed text is understood: one JSON line. Queries are made from titles and questions.

--docs PATH      documents as JSON lines (id, title, body; plain or .gz)
--queries PATH   questions with their golds (text, gold), for slips and traditional script
--most N         at most N queries of each kind (default 300)
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import jieba
import numpy as np
import opencc
from pypinyin import lazy_pinyin

import indexer
from indexer.backend import SearchFilter, SearchRequest
from indexer.confusions import lookalikes
from indexer.normal import normalize
from indexer.readings import CHARS_OF, syllables_of
from kb_app.config import load_config
from kb_app.evaluating import external_ids, read_questions, throw_away_store
from kb_app.importing import open_text
from kb_app.ports import Ports
from models import PUBLIC_KEY

PUBLIC = SearchFilter(frozenset({PUBLIC_KEY}))
HAN = re.compile("[㐀-鿿]+")
MERE = frozenset((Path(indexer.__file__).parent / "stop_phrases.txt").read_text("utf-8").split())
RARE = 3
FEW = 10
LONGEST = 6


@dataclass(frozen=True)
class Case:
    """One query and the documents that are right for it."""

    text: str
    gold: frozenset[str]


Search = Callable[[str], list[str]]


def recall(search: Search, cases: Sequence[Case], depth: int) -> float:
    """The share of queries with a right document among the first."""
    found = [bool(case.gold & set(search(case.text)[:depth])) for case in cases]
    return round(float(np.mean(found)), 4) if found else 0.0


def coverage(search: Search, cases: Sequence[Case], depth: int) -> float:
    """The share of right documents that are among the first."""
    found = [len(case.gold & set(search(case.text)[:depth])) / len(case.gold) for case in cases]
    return round(float(np.mean(found)), 4) if found else 0.0


def phrases(titles: dict[str, str], rng: random.Random) -> Iterator[Case]:
    """For each title the rarest run of words of four to six characters in it."""
    texts = "\n".join(titles.values())
    for title in rng.sample(sorted(titles.values()), len(titles)):
        best = min(_runs(title), key=lambda run: (texts.count(run), run), default="")
        if best and texts.count(best) <= RARE:
            yield Case(best, frozenset(i for i, other in titles.items() if best in other))


def _runs(title: str) -> Iterator[str]:
    for run in HAN.findall(title):
        words = jieba.lcut(run, HMM=False)
        for first in range(len(words)):
            for last in range(first + 2, len(words) + 1):
                text = "".join(words[first:last])
                if 4 <= len(text) <= LONGEST and all(map(_tells, words[first:last])):
                    yield text


def _tells(word: str) -> bool:
    """Whether a word says something: no single character, no mere asking."""
    return len(word) > 1 and word not in MERE


def inner_words(titles: dict[str, str], rng: random.Random) -> Iterator[Case]:
    """Words of two characters from inside titles that few documents have there."""
    texts = list(titles.values())
    words = sorted(
        {
            w
            for t in texts
            for run in HAN.findall(t)
            for w in jieba.lcut(run, HMM=False)[1:]
            if len(w) == 2
        }
    )
    for word in rng.sample(words, len(words)):
        gold = frozenset(i for i, title in titles.items() if word in title)
        if 0 < len(gold) <= FEW:
            yield Case(word, gold)


def spoiled(text: str, rng: random.Random, common: frozenset[str]) -> str:
    """The text with one common character replaced by one that reads or looks alike."""
    places = [at for at, char in enumerate(text) if char in common and HAN.match(char)]
    for at in rng.sample(places, len(places)):
        char = text[at]
        sounds = "".join(CHARS_OF[name] for name in syllables_of().get(char, ()))
        pool = sounds if rng.random() < 0.6 else lookalikes().get(char, "")
        others = sorted({other for other in pool if other != char and other in common})
        if others:
            return text[:at] + rng.choice(others) + text[at + 1 :]
    return text


def common_chars() -> frozenset[str]:
    """The 2,500 commonest characters of general text."""
    counts: dict[str, int] = {}
    for word, count in jieba.dt.FREQ.items():
        for char in word:
            counts[char] = counts.get(char, 0) + count
    return frozenset(sorted(counts, key=lambda char: -counts[char])[:2500])


def from_titles(search: Search, docs: Path, most: int) -> dict[str, float]:
    """Inner words, pinyin and initials."""
    rows = [json.loads(line) for line in open_text(docs) if line.strip()]
    titles = {str(row["id"]): normalize(str(row["title"])) for row in rows}
    cases = [case for case, _ in zip(phrases(titles, random.Random(3)), range(most), strict=False)]
    inner = [
        case for case, _ in zip(inner_words(titles, random.Random(4)), range(most), strict=False)
    ]
    whole = [Case("".join(lazy_pinyin(c.text, v_to_u=False)), c.gold) for c in cases]
    first = [Case("".join(s[0] for s in lazy_pinyin(c.text)), c.gold) for c in cases]
    return {
        "phrases": len(cases),
        "inner_words_recall@10": coverage(search, inner, 10),
        "hanzi_r@5": recall(search, cases, 5),
        "pinyin_r@5": recall(search, whole, 5),
        "initials_r@5": recall(search, first, 5),
    }


def from_questions(search: Search, exact: Search, queries: Path, most: int) -> dict[str, float]:
    """Traditional script, and one wrong character a question."""
    asked = [q for q in read_questions(queries) if q.gold]
    random.Random(5).shuffle(asked)
    cases = [Case(normalize(q.text), q.gold) for q in asked[:most]]
    to_traditional = opencc.OpenCC("s2t").convert
    rng, common = random.Random(6), common_chars()
    wrong = [Case(spoiled(case.text, rng, common), case.gold) for case in cases]
    return {
        "questions": len(cases),
        "simplified_r@5": recall(search, cases, 5),
        "simplified_literally_r@5": recall(exact, cases, 5),
        "traditional_r@5": recall(search, [Case(to_traditional(c.text), c.gold) for c in cases], 5),
        "wrong_character_r@5": recall(search, wrong, 5),
        "wrong_character_literally_r@5": recall(exact, wrong, 5),
    }


def judged(ports: Ports, queries: Path) -> dict[str, float]:
    """How often questions as people wrote them are changed, and what reading costs."""
    questions = read_questions(queries)
    changed, offered, took = 0, 0, []
    for question in questions:
        began = time.perf_counter()
        understood = ports.engine.reader.read(question.text, PUBLIC.access_keys)
        took.append((time.perf_counter() - began) * 1000)
        changed += understood.changed and understood.certain
        offered += understood.changed and not understood.certain
    p50, p95 = np.percentile(took, [50, 95])
    return {
        "changed": round(changed / len(questions), 4),
        "offered": round(offered / len(questions), 4),
        "read_p50_ms": round(p50, 2),
        "read_p95_ms": round(p95, 2),
    }


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--docs", type=Path, required=True)
    options.add_argument("--queries", type=Path, required=True)
    options.add_argument("--most", type=int, default=300)
    chosen = options.parse_args()
    with throw_away_store(chosen.docs, load_config(), lambda _what, _count: None) as ports:
        names = external_ids(ports)

        def search(text: str, *, exact: bool = False) -> list[str]:
            hits = ports.engine.search(SearchRequest(text, PUBLIC, exact=exact)).hits
            return [names[hit.ref_id] for hit in hits]

        figures = judged(ports, chosen.queries)
        figures |= from_titles(search, chosen.docs, chosen.most)
        figures |= from_questions(
            search, lambda text: search(text, exact=True), chosen.queries, chosen.most
        )
    print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main()
