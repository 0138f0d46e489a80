"""What can go wrong, as small classes; web/messages.py turns them into sentences."""

from __future__ import annotations

from ticket_bridge.fields import Wrong


class WendaError(Exception):
    """The root of every error a use case raises on purpose."""


class NotFound(WendaError):
    """There is no such thing, or this viewer may not know that there is."""


class Moved(NotFound):
    """It has another address now; `slug` is the present one."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


class NotAllowed(WendaError):
    """The viewer is known but may not do this."""


class SignInNeeded(WendaError):
    """A visitor asked for something only signed-in people have."""


class InvalidInput(WendaError):
    """A field cannot be accepted; `code` names why, for the sentence shown beside it."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field = field
        self.code = code


class FormRefused(InvalidInput):
    """Fields of a form cannot be accepted; `wrong` has every one of them with its reason."""

    def __init__(self, wrong: tuple[Wrong, ...]) -> None:
        super().__init__("fields", "wrong")
        self.wrong = wrong


class EditConflict(WendaError):
    """Somebody else saved first; nothing of theirs or ours was overwritten."""


class TicketChanged(EditConflict):
    """A ticket is not as it was when the button was pressed."""


class WrongPassword(WendaError):
    """E-mail address and password do not belong together (which one is never said)."""


class EmailTaken(WendaError):
    """Another account has this e-mail address."""


class LinkExpired(WendaError):
    """A link from a mail is too old or was used already."""


class NotSolved(WendaError):
    """A ticket becomes knowledge only once it is solved."""


class IllegalMove(WendaError):
    """A ticket cannot go from where it is to where it was asked to go."""


class FileTooLarge(WendaError):
    """An upload exceeds the site's limit."""


class ScannerAway(WendaError):
    """The virus scanner did not answer; a file it has not seen is not taken."""


class FilesAway(WendaError):
    """The store of files does not answer; nothing was kept or changed."""


class PreviewOnly(WendaError):
    """Whoever looks with somebody else's eyes can look, and do nothing else."""


class ConfigError(WendaError):
    """The configuration has faults; all of them are in `faults`."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults
