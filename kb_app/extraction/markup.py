"""XML as a stream of events; a document type (and with it every entity bomb) is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from xml.parsers import expat

from kb_app.extraction.limits import Fault, Refused

DEEPEST = 500


NONE: dict[str, str] = {}


class Event(NamedTuple):
    """`kind` is start, end or text; `name` a local name, or the text. Quick to make millions."""

    kind: str
    name: str
    attributes: dict[str, str] = NONE


class _Collector:
    def __init__(self) -> None:
        self.events: list[Event] = []
        self.depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Refused(Fault.BOMB)
        plain = {_local(key): value for key, value in attributes.items()} if attributes else NONE
        self.events.append(Event("start", _local(name), plain))

    def end(self, name: str) -> None:
        self.depth -= 1
        self.events.append(Event("end", _local(name)))

    def text(self, data: str) -> None:
        self.events.append(Event("text", data))


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _refuse(*_declared: object) -> None:
    raise Refused(Fault.BOMB)


def events(chunks: Iterable[bytes]) -> Iterator[Event]:
    """What a document says, in order; Refused(BROKEN) where it stops being XML."""
    collector = _Collector()
    # expat, not lxml: a quarter of a megabyte against twenty; entities are refused below.
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.text
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
            yield from _drained(collector)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Refused(Fault.BROKEN) from error
    yield from _drained(collector)


def _drained(collector: _Collector) -> Iterator[Event]:
    found, collector.events = collector.events, []
    yield from found
