"""A solved ticket made into the draft of an article, private data masked. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from answerer.redact import redact

LONGEST_TITLE = 60
GREETINGS = (
    "您好",
    "你好",
    "亲",
    "请问",
    "麻烦问下",
    "麻烦问一下",
    "想问一下",
    "想问下",
    "咨询一下",
)
_EDGE = " ,，。.!！~～:：、\n"


@dataclass(frozen=True)
class Draft:
    """Title and Markdown body for an editor to finish; `masked` names what was hidden."""

    title: str
    body: str
    masked: tuple[str, ...]


def draft(subject: str, question: str, answers: tuple[str, ...]) -> Draft:
    """The question as it was asked, then what the agent answered, in order."""
    # Masked before it is cut: half a telephone number is no longer recognised as one.
    title = redact(subject)
    asked = redact(question.strip())
    answered = [redact(answer.strip()) for answer in answers]
    quoted = "\n".join(f"> {line}" for line in asked.text.splitlines())
    parts = [f"## 问题\n\n{quoted}", "## 解决办法", *(part.text for part in answered)]
    kinds = [kind for part in (title, asked, *answered) for kind in part.kinds]
    return Draft(_title(title.text), "\n\n".join(parts) + "\n", tuple(dict.fromkeys(kinds)))


def _title(subject: str) -> str:
    """The first sentence without greetings, cut to a title's length."""
    text = subject.strip(_EDGE)
    changed = True
    while changed:
        changed = False
        for greeting in GREETINGS:
            if text.startswith(greeting) and len(text) > len(greeting) + 2:
                text, changed = text[len(greeting) :].strip(_EDGE), True
    return text if len(text) <= LONGEST_TITLE else text[: LONGEST_TITLE - 1] + "…"
