"""Files and pictures in a chat: taken by the site's rules, readable by both sides alone."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.chat.saying import Refused, Said, say_all
from kb_app.chat.talk import Say
from kb_app.errors import InvalidInput, NotFound
from kb_app.files import StoredFile, Upload, receive, safe_name, stored_path
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from kb_app.sniffing import is_inline
from models import Chat, ChatFile, ChatKind, ChatSide, ChatState, Viewer, reading, unit_of_work

MOST_FILES = 50


def send_file(ports: Ports, viewer: Viewer, public_id: str, upload: Upload, client_id: str) -> Said:
    """Store a file and say so in the chat; the same `client_id` sends it once."""
    staff = may(viewer, Permission.DESK)
    require(viewer, Permission.ASK)
    name = safe_name(upload.filename)
    with reading(ports.database) as session:
        chat = _chat(session, viewer, public_id)
        _check_room(session, chat)
    stored = receive(ports, viewer, upload.stream)
    with unit_of_work(ports.database) as session:
        row = ChatFile(
            chat_id=chat.id,
            sha256=stored.sha256,
            filename=name,
            media_type=stored.media_type,
            size=stored.size,
        )
        session.add(row)
        session.flush()
        data = {
            "file_id": row.id,
            "filename": name,
            "media_type": stored.media_type,
            "size": stored.size,
        }
    serves = staff and chat.customer_key != viewer.voter_key
    side = ChatSide.AGENT if serves else ChatSide.CUSTOMER
    author = viewer.name if serves else chat.customer_name
    words = Say(chat.id, name, client_id, side, ChatKind.FILE, viewer.user_id, author, data)
    result = say_all(ports, [words])[0]
    if isinstance(result, Refused) or not result.is_new:
        _forget(ports, row.id)
    if isinstance(result, Refused):
        raise InvalidInput("file", result.code)
    return result


def _forget(ports: Ports, file_id: int) -> None:
    with unit_of_work(ports.database) as session:
        session.execute(sa.delete(ChatFile).where(ChatFile.id == file_id))


def _chat(session: Session, viewer: Viewer, public_id: str) -> Chat:
    """A chat of the viewer's, or any chat for staff; NotFound."""
    chat = session.scalar(sa.select(Chat).where(Chat.public_id == public_id))
    if chat is None:
        raise NotFound(public_id)
    _may_see(chat, viewer)
    return chat


def _may_see(chat: Chat, viewer: Viewer) -> None:
    if chat.customer_key != viewer.voter_key and not may(viewer, Permission.DESK):
        raise NotFound(chat.public_id)


def _check_room(session: Session, chat: Chat) -> None:
    if chat.state is ChatState.ENDED:
        raise InvalidInput("file", "ended")
    count = sa.select(sa.func.count()).where(ChatFile.chat_id == chat.id)
    if (session.scalar(count) or 0) >= MOST_FILES:
        raise InvalidInput("file", "too_many")


def open_file_in(ports: Ports, chat_id: int, file_id: int) -> StoredFile:
    """The bytes of a file of this chat, whose reader is known already; NotFound."""
    with reading(ports.database) as session:
        row = session.get(ChatFile, file_id)
    if row is None or row.chat_id != chat_id:
        raise NotFound(str(file_id))
    return _stored(ports, row)


def open_file(ports: Ports, viewer: Viewer, file_id: int) -> StoredFile:
    """The bytes, for the chat's customer and for staff."""
    require(viewer, Permission.ASK)
    with reading(ports.database) as session:
        row = session.get(ChatFile, file_id)
        if row is None:
            raise NotFound(str(file_id))
        _may_see(session.get_one(Chat, row.chat_id), viewer)
    return _stored(ports, row)


def _stored(ports: Ports, row: ChatFile) -> StoredFile:
    path = stored_path(ports, row.sha256)
    if not path.is_file():
        raise NotFound(str(row.id))
    return StoredFile(path, row.filename, row.media_type, is_inline(row.media_type), row.sha256)
