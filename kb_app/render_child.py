"""The process that renders long texts: one request a line, one answer a line, until its end.

It is killed when it takes too long; it holds nothing but the text it was given.
"""

from __future__ import annotations

import gc
import json
import resource
import sys

from kb_app.markdown_html import to_html

MOST_MEMORY = 1024 * 1024 * 1024


def main() -> None:
    """Answer until the pipe is closed; null is for a text that cannot be rendered."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    gc.disable()  # a tenth of the time; what a text left behind is collected after it
    for line in sys.stdin.buffer:
        text, embeds = json.loads(line)
        try:
            html: str | None = to_html(text, tuple(embeds))
        except (RecursionError, MemoryError):
            html = None
        sys.stdout.buffer.write(json.dumps(html).encode() + b"\n")
        sys.stdout.buffer.flush()
        gc.collect()


if __name__ == "__main__":
    main()
