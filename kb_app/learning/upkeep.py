"""What the worker does now and then: count looks, forget readers and networks, learn."""

from __future__ import annotations

from kb_app.learning.looks import count_looks
from kb_app.learning.starting import learn_by_night
from kb_app.ports import Ports
from kb_app.usage import forget_readers
from kb_app.vote_passes import forget_passes
from kb_app.vote_watch import forget_networks


def keep_learning(ports: Ports) -> None:
    """All of it; harmless as often as one likes."""
    count_looks(ports)
    forget_readers(ports)
    forget_networks(ports)
    forget_passes(ports)
    learn_by_night(ports)
