"""The encoder at work, which may become another one while searches go on.

Whoever makes several vectors that are to be compared asks for `settled` first. What another
process put in use is loaded beside the old one; until it is there, the old one serves.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.encoder import Encoder, EncoderMissing, Reading, Vectors
from models import LearnedChange, LearnedKind, LearnedState

AGAIN_SECONDS = 120.0
Load = Callable[[str], Encoder]


class EncoderSwitch:
    """Behaves as the encoder that is at work; safe to share between threads.

    `configured` is what the configuration names; `spec` how the one at work is loaded.
    """

    def __init__(self, current: Encoder, spec: str, load: Load, configured: str = "") -> None:
        self.current, self.spec, self.configured = current, spec, configured or spec
        self._load = load
        self._lock = threading.Lock()
        self._loaded: dict[str, Encoder] = {spec: current}
        self._missing: dict[str, tuple[float, str]] = {}
        self._loading: threading.Thread | None = None

    @property
    def name(self) -> str:
        """See Encoder."""
        return self.current.name

    @property
    def dimensions(self) -> int:
        """See Encoder."""
        return self.current.dimensions

    @property
    def token_dimensions(self) -> int:
        """See Encoder."""
        return self.current.token_dimensions

    def queries(self, texts: Sequence[str]) -> Vectors:
        """See Encoder."""
        return self.current.queries(texts)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """See Encoder."""
        return self.current.passages(texts)

    def read_queries(self, texts: Sequence[str]) -> Reading:
        """See Encoder."""
        return self.current.read_queries(texts)

    def read_passages(self, texts: Sequence[str]) -> Reading:
        """See Encoder."""
        return self.current.read_passages(texts)

    def named(self, spec: str) -> Encoder:
        """The encoder of that spec; EncoderMissing, also while a failure is still fresh."""
        with self._lock:
            if spec in self._loaded:
                return self._loaded[spec]
            failed = self._missing.get(spec)
            if failed is not None and time.monotonic() - failed[0] < AGAIN_SECONDS:
                raise EncoderMissing(failed[1])
            try:
                found = self._load(spec)
            except EncoderMissing as error:
                self._missing[spec] = (time.monotonic(), str(error))
                raise
            self._loaded[spec] = found
            return found

    def fault(self, spec: str) -> str:
        """Why this process could not have that encoder when it last tried; '' when it could."""
        failed = self._missing.get(spec)
        return failed[1] if failed is not None and spec not in self._loaded else ""

    def use(self, spec: str, encoder: Encoder) -> None:
        """From now on this one is at work; the others are let go."""
        self.current, self.spec = encoder, spec
        self._loaded = {spec: encoder}

    def follow(self, spec: str, name: str, *, wait: bool = False) -> bool:
        """Be the encoder that is in use everywhere; False while it is still being loaded.

        One that cannot be had here, or is another model now, changes nothing.
        """
        if self.current.name == name:
            return True
        found = self._loaded.get(spec)
        if found is None and not self.failed_lately(spec):
            if wait:
                self._try(spec)
            elif self._loading is None or not self._loading.is_alive():
                self._loading = threading.Thread(target=self._try, args=(spec,), daemon=True)
                self._loading.start()
            found = self._loaded.get(spec)
            if found is None:
                return wait or self.failed_lately(spec)
        if found is not None and found.name == name:
            self.use(spec, found)
        return True

    def failed_lately(self, spec: str) -> bool:
        """Whether that encoder could not be had a moment ago, so that it is too soon to try."""
        failed = self._missing.get(spec)
        return failed is not None and time.monotonic() - failed[0] < AGAIN_SECONDS

    def _try(self, spec: str) -> None:
        try:
            self.named(spec)
        except EncoderMissing:
            return  # remembered, and said by whoever puts encoders in use


def settled(encoder: Encoder) -> Encoder:
    """The very encoder at work now, so that several calls go to the same one."""
    return encoder.current if isinstance(encoder, EncoderSwitch) else encoder


def wanted_spec(session: Session, configured: str) -> str:
    """The encoder the site wants: trained here on the configured one, else that one itself."""
    trained = session.scalar(
        sa.select(LearnedChange.after)
        .where(LearnedChange.kind == LearnedKind.ENCODER)
        .where(LearnedChange.state == LearnedState.ACTIVE)
        .order_by(LearnedChange.id.desc())
        .limit(1)
    )
    if not trained or trained.get("configured") != configured:
        return configured
    return str(trained["spec"])
