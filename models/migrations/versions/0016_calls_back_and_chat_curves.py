"""Calls back, chat figures of the past, guests, visited pages, text search in chats."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

KIND = sa.String(length=32)
TIME = sa.DateTime(timezone=True)
FIGURES = (
    "begun",
    "asked_person",
    "served",
    "abandoned",
    "in_time",
    "wait_seconds",
    "talk_seconds",
    "rated",
    "satisfied",
)
TABLES = ("call_try", "call_back", "chat_guest", "chat_visit", "chat_hour", "chat_text")


def upgrade() -> None:
    """Nothing that exists is touched."""
    _calls()
    _beside()
    _texts()


def downgrade() -> None:
    """Requests for calls and figures of the past are lost."""
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")


def _key(table: str, column: str, target: str, gone: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=gone)


def _calls() -> None:
    op.create_table(
        "call_back",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("opening_key", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("customer_key", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("topic", sa.String(length=500), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=True),
        sa.Column("chat_id", sa.Integer(), nullable=True),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("state", KIND, nullable=False),
        sa.Column("slot_at", TIME, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reminded_at", TIME, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        _key("call_back", "customer_id", "user_account", "SET NULL"),
        _key("call_back", "node_id", "service_node", "SET NULL"),
        _key("call_back", "chat_id", "chat", "SET NULL"),
        _key("call_back", "ticket_id", "ticket", "SET NULL"),
        _key("call_back", "agent_id", "user_account", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_back")),
        sa.UniqueConstraint("public_id", name=op.f("uq_call_back_public_id")),
        sa.UniqueConstraint("opening_key", name=op.f("uq_call_back_opening_key")),
    )
    op.create_index(op.f("ix_call_back_customer_key"), "call_back", ["customer_key"])
    op.create_index(op.f("ix_call_back_ticket_id"), "call_back", ["ticket_id"])
    op.create_index("ix_call_back_state_slot", "call_back", ["state", "slot_at"])
    _tries()


def _tries() -> None:
    op.create_table(
        "call_try",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("result", KIND, nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=80), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        _key("call_try", "call_id", "call_back", "CASCADE"),
        _key("call_try", "actor_id", "user_account", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_try")),
    )
    op.create_index(op.f("ix_call_try_call_id"), "call_try", ["call_id"])


def _beside() -> None:
    op.create_table(
        "chat_guest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("invited_by", sa.String(length=80), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("joined_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        _key("chat_guest", "chat_id", "chat", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_guest")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_chat_guest_token_hash")),
    )
    op.create_index(op.f("ix_chat_guest_chat_id"), "chat_guest", ["chat_id"])
    op.create_table(
        "chat_visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("at", TIME, nullable=False),
        _key("chat_visit", "chat_id", "chat", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_visit")),
    )
    op.create_index(op.f("ix_chat_visit_chat_id"), "chat_visit", ["chat_id"])
    op.create_table(
        "chat_hour",
        sa.Column("hour_at", TIME, nullable=False),
        *[sa.Column(name, sa.Integer(), nullable=False) for name in FIGURES],
        sa.PrimaryKeyConstraint("hour_at", name=op.f("pk_chat_hour")),
    )


def _texts() -> None:
    from sqlalchemy.orm import Session

    from models.chat_text import put_chat_text

    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        op.execute("CREATE TABLE chat_text (ref BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)")
        op.execute("CREATE INDEX ix_chat_text_words ON chat_text USING gin (words)")
    else:
        op.execute("CREATE VIRTUAL TABLE chat_text USING fts5(words)")
    session = Session(bind)
    ended = sa.text("SELECT id, customer_name, contact FROM chat WHERE state = 'ended'")
    said = sa.text("SELECT body FROM chat_message WHERE chat_id = :chat ORDER BY seq")
    for row in bind.execute(ended).all():
        bodies = bind.execute(said, {"chat": row.id}).scalars().all()
        put_chat_text(session, row.id, [row.customer_name, row.contact, *bodies])
