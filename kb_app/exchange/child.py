"""The child process: a file on standard input, its articles on standard output.

Started by reading.py alone. It gives up every power before it opens anything.
"""

from __future__ import annotations

import json
import platform
import sys
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from kb_app.exchange.framing import Teller
from kb_app.exchange.readers import (
    discourse,
    html_files,
    markdown_files,
    own_files,
    phpmyfaq,
    rows,
    sheets,
    word_files,
    zendesk,
)
from kb_app.exchange.readers.bundle import Bundle
from kb_app.extraction import decoding
from kb_app.extraction.budget import Budget
from kb_app.extraction.confine import confine
from kb_app.extraction.limits import Enough, Fault, Limits, NotText, Refused

Reader = Callable[[Bundle, Teller, Mapping[str, Any]], None]
READERS: dict[str, Reader] = {
    "markdown": markdown_files.read,
    "html": html_files.read,
    "docx": word_files.read,
    "csv": sheets.read,
    "xlsx": sheets.read,
    "zendesk": zendesk.read,
    "phpmyfaq": phpmyfaq.read,
    "discourse": discourse.read,
    "wenda": own_files.read,
    "rows": rows.read,
}


def main() -> None:
    """Confine, then read; the task is one argument of JSON."""
    task = json.loads(sys.argv[-1])
    limits = Limits(**task["limits"])
    decoding.preload()
    # The library asks for it when a link names a foreign host; by then no file opens any more.
    unicodedata.normalize("NFKC", "")
    platform.machine()
    confine(int(limits.seconds), limits.memory_mb)
    teller = Teller(sys.stdout.buffer)
    with open(0, "rb", closefd=False) as source:
        try:
            bundle = Bundle(source, task["name"], Budget(limits))
            for where, code in bundle.faults:
                teller.fault(where, code)
            READERS[task["format"]](bundle, teller, task["options"])
        except Enough:
            teller.end("failed", Fault.TIMEOUT)
        except NotText:
            teller.end("failed", "format")
        except Refused as refused:
            teller.end("failed", refused.fault)
        except (MemoryError, RecursionError):
            teller.end("failed", Fault.TOO_LARGE)
        else:
            teller.end("done")
