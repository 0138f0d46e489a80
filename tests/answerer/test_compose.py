"""What an answer quotes stands in the source, word for word (Q3)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from answerer.compose import WHOLE_CHARS, compose, sections

LONG = "填充文字。" * 60
BODY = f"""开头的话。{LONG}

## 重设密码

点“忘记密码”，按邮件重设密码。{LONG}

## 更换电池

准备 4 节电池，打开后盖。{LONG}

```
# 不是标题
```
"""


def test_it_quotes_a_short_article_whole() -> None:
    """Q3: nothing is left out of what is short."""
    assert compose("密码", "短文") == "短文"


def test_it_quotes_the_section_that_fits() -> None:
    """Q3: of a long article the part about the question, with its heading."""
    assert compose("怎么重设密码", BODY).startswith("## 重设密码")
    assert compose("电池怎么更换", BODY).startswith("## 更换电池")


def test_it_cuts_no_code() -> None:
    """Q3: a sign in a code block is no heading."""
    assert "# 不是标题" in sections(BODY)[-1]
    assert len(sections(BODY)) == 3


lines = st.sampled_from(
    [
        "",
        "  ",
        "# 标题",
        "## 密码",
        "#### 四级",
        "##### 五级",
        "#没空格",
        "```",
        "~~~",
        "密码",
        LONG,
    ]
)
bodies = st.lists(lines | st.text(max_size=20), max_size=14).map("\n".join)


@given(bodies)
def test_it_keeps_every_line_in_one_section(body: str) -> None:
    """Q3: cutting loses nothing but blank edges."""
    kept = "".join("".join(part.split()) for part in sections(body))
    assert kept == "".join(body.split())


@given(question=st.text(max_size=30), body=bodies | st.text())
def test_it_says_nothing_that_is_not_in_the_source(question: str, body: str) -> None:
    """Q3: a stretch of the body as it stands there, never empty when the body is not."""
    quoted = compose(question, body)
    assert quoted in body
    assert bool(quoted.strip()) == bool(body.strip())
    assert quoted == body or len(body) > WHOLE_CHARS
