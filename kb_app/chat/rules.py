"""The chat's rules: what a site may adjust, its defaults and limits."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace

from sqlalchemy.orm import Session

from kb_app.chat import letters
from kb_app.errors import EditConflict, InvalidInput
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.typed_text import clean, clean_line
from models import (
    ChatSettings,
    Team,
    Viewer,
    insert_if_absent,
    reading,
    record,
    unit_of_work,
)
from ticket_bridge.chat.silence import Patience

SETTINGS_ID = 1
RANGES = {
    "alarm_minutes": (1, 120),
    "remind_minutes": (1, 120),
    "close_minutes": (2, 240),
    "abandon_minutes": (1, 60),
    "most_chats": (1, 50),
    "keep_days": (0, 3650),
    "calls_per_slot": (1, 50),
    "overflow_minutes": (0, 120),
    "goal_seconds": (10, 3600),
    "alarm_waiting": (0, 500),
    "alarm_wait_minutes": (0, 120),
    "alarm_satisfied": (0, 100),
}


@dataclass(frozen=True)
class ChatRules:
    """Minutes of patience, chats at once, texts. `keep_days` 0 keeps transcripts for ever.

    `overflow_team_id` 0 hands nothing over; an alarm whose number is 0 never sounds. `version`
    counts how often they were saved.
    """

    open: bool = True
    robot: bool = True
    robot_name: str = letters.ROBOT_NAME
    welcome: str = letters.WELCOME
    alarm_minutes: int = 5
    remind_minutes: int = 5
    close_minutes: int = 8
    abandon_minutes: int = 3
    most_chats: int = 5
    keep_days: int = 730
    calls: bool = True
    calls_per_slot: int = 3
    overflow_minutes: int = 5
    overflow_team_id: int = 0
    goal_seconds: int = 60
    alarm_waiting: int = 5
    alarm_wait_minutes: int = 3
    alarm_satisfied: int = 80
    version: int = 0

    @property
    def patience(self) -> Patience:
        """As the pure rules read it."""
        return Patience(
            self.alarm_minutes, self.remind_minutes, self.close_minutes, self.abandon_minutes
        )


def rules(session: Session) -> ChatRules:
    """The rules as they are; what nobody set has its default."""
    row = session.get(ChatSettings, SETTINGS_ID)
    known = {field.name for field in fields(ChatRules)}
    kept = {name: value for name, value in (row.rules if row else {}).items() if name in known}
    return ChatRules(**kept)


def rules_page(ports: Ports, viewer: Viewer) -> ChatRules:
    """What the form shows."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        return rules(session)


def save_rules(ports: Ports, viewer: Viewer, form: ChatRules) -> None:
    """Change them; InvalidInput names the field that is out of range, EditConflict says that
    somebody else saved since this form was opened."""
    require(viewer, Permission.MANAGE_DESK)
    wanted = _checked(form)
    with unit_of_work(ports.database) as session:
        insert_if_absent(session, ChatSettings, id=SETTINGS_ID, rules={}, updated_at=ports.clock())
        row = session.get_one(ChatSettings, SETTINGS_ID, with_for_update=True)
        if rules(session).version != wanted.version:
            raise EditConflict("chat_settings")
        wanted = replace(wanted, version=wanted.version + 1)
        team = session.get(Team, wanted.overflow_team_id) if wanted.overflow_team_id else None
        if wanted.overflow_team_id and (team is None or not team.is_active):
            raise InvalidInput("overflow_team_id", "unknown")
        row.rules, row.updated_at = asdict(wanted), ports.clock()
        record(session, viewer, "chat.rules_saved", "chat_settings", **asdict(wanted))


def _checked(form: ChatRules) -> ChatRules:
    for name, (least, most) in RANGES.items():
        if not least <= getattr(form, name) <= most:
            raise InvalidInput(name, "range")
    if form.close_minutes <= form.remind_minutes:
        raise InvalidInput("close_minutes", "before")
    texts = {
        "robot_name": clean_line(form.robot_name)[:20] or letters.ROBOT_NAME,
        "welcome": clean(form.welcome)[:500] or letters.WELCOME,
    }
    return ChatRules(**{**asdict(form), **texts})
