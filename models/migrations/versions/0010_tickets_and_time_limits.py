"""Tickets and time limits: teams, catalogue, clocks, the desk's tools, text search.

The table `ticket` is only ever added to: rebuilding it, as SQLite's batch mode does, would
delete the messages that hang on it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KIND = sa.String(length=32)
TIME = sa.DateTime(timezone=True)
TABLES = (
    "work_calendar",
    "special_day",
    "team",
    "team_member",
    "agent_profile",
    "absence",
    "service_node",
    "form_version",
    "question_form",
    "form_file",
    "time_limit",
    "ticket_clock",
    "desk_settings",
    "saved_view",
    "quick_reply",
    "ticket_watch",
    "ticket_copy",
    "ticket_tag",
    "ticket_link",
    "ticket_draft",
    "ticket_presence",
    "desk_notice",
    "bulk_deed",
    "held_reply",
)
INDEXES = (
    ("ix_ticket_counts", ["status", "assignee_id", "team_id"]),
    ("ix_ticket_standing", ["standing", "updated_at"]),
    ("ix_ticket_status_standing", ["status", "standing", "updated_at"]),
    ("ix_ticket_priority_standing", ["priority", "standing", "updated_at"]),
    ("ix_ticket_node_standing", ["node_id", "standing", "updated_at"]),
    ("ix_ticket_assignee_standing", ["assignee_id", "standing", "updated_at"]),
    ("ix_ticket_team_standing", ["team_id", "standing", "updated_at"]),
)
LINKS = (("team_id", "team"), ("node_id", "service_node"), ("merged_into_id", "ticket"))
COLUMNS = (
    ("channel", sa.Column("channel", sa.String(length=20), nullable=False, server_default="web")),
    ("urgency", sa.Column("urgency", sa.Integer(), nullable=False, server_default="2")),
    ("impact", sa.Column("impact", sa.Integer(), nullable=False, server_default="2")),
    ("priority", sa.Column("priority", sa.Integer(), nullable=False, server_default="3")),
    ("standing", sa.Column("standing", sa.Integer(), nullable=False, server_default="1")),
    ("hidden_from", sa.Column("hidden_from", KIND, nullable=False, server_default="")),
    ("hidden_at", sa.Column("hidden_at", TIME, nullable=True)),
)
STANDING = """
    UPDATE ticket SET standing = CASE
        WHEN status IN ('solved', 'closed') THEN 3
        WHEN status <> 'new' AND coalesce((
            SELECT from_staff FROM message
            WHERE message.ticket_id = ticket.id AND kind = 'reply'
            ORDER BY message.id DESC LIMIT 1), false) THEN 2
        WHEN EXISTS (SELECT 1 FROM question
            WHERE question.id = ticket.question_id AND reason = 'safety') THEN 0
        ELSE 1 END
"""


def _key(table: str, column: str, target: str, gone: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=gone)


def upgrade() -> None:
    """New tables, new columns of tickets, and every existing text made findable."""
    _people()
    _catalogue()
    _limits()
    _tickets()
    _desk()
    _notices()
    _texts()


def _people() -> None:
    op.create_table(
        "work_calendar",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.Column("keeps_holidays", sa.Boolean(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_calendar")),
        sa.UniqueConstraint("name", name=op.f("uq_work_calendar_name")),
    )
    op.create_table(
        "special_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_special_day")),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("policy", KIND, nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=True),
        sa.Column("calendar_id", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _key("team", "lead_id", "user_account", "SET NULL"),
        _key("team", "calendar_id", "work_calendar", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("name", name=op.f("uq_team_name")),
    )
    op.create_table(
        "team_member",
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("given", sa.Integer(), nullable=False),
        _key("team_member", "team_id", "team", "CASCADE"),
        _key("team_member", "user_id", "user_account", "CASCADE"),
        sa.PrimaryKeyConstraint("team_id", "user_id", name=op.f("pk_team_member")),
    )
    op.create_index(op.f("ix_team_member_user_id"), "team_member", ["user_id"])
    op.create_table(
        "agent_profile",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("most_open", sa.Integer(), nullable=True),
        sa.Column("calendar_id", sa.Integer(), nullable=True),
        _key("agent_profile", "user_id", "user_account", "CASCADE"),
        _key("agent_profile", "calendar_id", "work_calendar", "SET NULL"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_agent_profile")),
    )
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("begins_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        _key("absence", "user_id", "user_account", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_user_id"), "absence", ["user_id"])


def _catalogue() -> None:
    op.create_table(
        "service_node",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("summary", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("skill", sa.String(length=40), nullable=False),
        sa.Column("impact", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _key("service_node", "parent_id", "service_node", "RESTRICT"),
        _key("service_node", "team_id", "team", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_node")),
    )
    op.create_index(op.f("ix_service_node_parent_id"), "service_node", ["parent_id"])
    op.create_index(op.f("ix_service_node_team_id"), "service_node", ["team_id"])
    op.create_table(
        "form_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("editor_name", sa.String(length=80), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        _key("form_version", "node_id", "service_node", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_version")),
        sa.UniqueConstraint("node_id", "number", name=op.f("uq_form_version_node_id_number")),
    )
    op.create_index(op.f("ix_form_version_node_id"), "form_version", ["node_id"])
    op.create_table(
        "question_form",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=True),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        _key("question_form", "question_id", "question", "CASCADE"),
        _key("question_form", "node_id", "service_node", "SET NULL"),
        _key("question_form", "version_id", "form_version", "SET NULL"),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_question_form")),
    )
    op.create_index(op.f("ix_question_form_node_id"), "question_form", ["node_id"])
    op.create_table(
        "form_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        _key("form_file", "question_id", "question", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_file")),
    )
    op.create_index(op.f("ix_form_file_question_id"), "form_file", ["question_id"])
    op.create_index(op.f("ix_form_file_sha256"), "form_file", ["sha256"])


def _limits() -> None:
    op.create_table(
        "time_limit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("level_id", sa.Integer(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=True),
        sa.Column("calendar_id", sa.Integer(), nullable=True),
        sa.Column("response_minutes", sa.Integer(), nullable=False),
        sa.Column("resolution_minutes", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        _key("time_limit", "node_id", "service_node", "CASCADE"),
        _key("time_limit", "group_id", "customer_group", "CASCADE"),
        _key("time_limit", "level_id", "customer_level", "CASCADE"),
        _key("time_limit", "calendar_id", "work_calendar", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_limit")),
    )
    op.create_table(
        "ticket_clock",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("limit_id", sa.Integer(), nullable=True),
        sa.Column("calendar_id", sa.Integer(), nullable=True),
        sa.Column("response_minutes", sa.Integer(), nullable=False),
        sa.Column("resolution_minutes", sa.Integer(), nullable=False),
        sa.Column("spent", sa.Integer(), nullable=False),
        sa.Column("running_since", TIME, nullable=True),
        sa.Column("responded_at", TIME, nullable=True),
        sa.Column("responded_after", sa.Integer(), nullable=True),
        sa.Column("resolved_at", TIME, nullable=True),
        sa.Column("response_warn_at", TIME, nullable=True),
        sa.Column("response_due_at", TIME, nullable=True),
        sa.Column("resolution_warn_at", TIME, nullable=True),
        sa.Column("resolution_due_at", TIME, nullable=True),
        sa.Column("next_at", TIME, nullable=True),
        _key("ticket_clock", "ticket_id", "ticket", "CASCADE"),
        _key("ticket_clock", "limit_id", "time_limit", "SET NULL"),
        _key("ticket_clock", "calendar_id", "work_calendar", "SET NULL"),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_ticket_clock")),
    )
    op.create_index(
        op.f("ix_ticket_clock_resolution_due_at"), "ticket_clock", ["resolution_due_at"]
    )
    op.create_index(op.f("ix_ticket_clock_next_at"), "ticket_clock", ["next_at"])


def _desk() -> None:
    op.create_table(
        "desk_settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan", KIND, nullable=False),
        sa.Column("desk_team_id", sa.Integer(), nullable=True),
        sa.Column("close_days", sa.Integer(), nullable=False),
        _key("desk_settings", "desk_team_id", "team", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_settings")),
    )
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        _key("saved_view", "owner_id", "user_account", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index(op.f("ix_saved_view_owner_id"), "saved_view", ["owner_id"])
    op.create_table(
        "quick_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("shortcut", sa.String(length=30), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        _key("quick_reply", "owner_id", "user_account", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quick_reply")),
    )
    op.create_index(op.f("ix_quick_reply_owner_id"), "quick_reply", ["owner_id"])
    op.create_table(
        "ticket_watch",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("follows", sa.Boolean(), nullable=False),
        sa.Column("starred", sa.Boolean(), nullable=False),
        _key("ticket_watch", "ticket_id", "ticket", "CASCADE"),
        _key("ticket_watch", "user_id", "user_account", "CASCADE"),
        sa.PrimaryKeyConstraint("ticket_id", "user_id", name=op.f("pk_ticket_watch")),
    )
    op.create_index(op.f("ix_ticket_watch_user_id"), "ticket_watch", ["user_id"])
    op.create_table(
        "ticket_copy",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        _key("ticket_copy", "ticket_id", "ticket", "CASCADE"),
        sa.PrimaryKeyConstraint("ticket_id", "email", name=op.f("pk_ticket_copy")),
    )
    op.create_table(
        "ticket_tag",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(length=30), nullable=False),
        _key("ticket_tag", "ticket_id", "ticket", "CASCADE"),
        sa.PrimaryKeyConstraint("ticket_id", "tag", name=op.f("pk_ticket_tag")),
    )
    op.create_index(op.f("ix_ticket_tag_tag"), "ticket_tag", ["tag"])
    op.create_table(
        "ticket_link",
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("kind", KIND, nullable=False),
        _key("ticket_link", "from_id", "ticket", "CASCADE"),
        _key("ticket_link", "to_id", "ticket", "CASCADE"),
        sa.PrimaryKeyConstraint("from_id", "to_id", name=op.f("pk_ticket_link")),
    )
    op.create_index(op.f("ix_ticket_link_to_id"), "ticket_link", ["to_id"])
    op.create_table(
        "ticket_draft",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        _key("ticket_draft", "ticket_id", "ticket", "CASCADE"),
        _key("ticket_draft", "user_id", "user_account", "CASCADE"),
        sa.PrimaryKeyConstraint("ticket_id", "user_id", name=op.f("pk_ticket_draft")),
    )
    op.create_table(
        "ticket_presence",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("typing", sa.Boolean(), nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        _key("ticket_presence", "ticket_id", "ticket", "CASCADE"),
        _key("ticket_presence", "user_id", "user_account", "CASCADE"),
        sa.PrimaryKeyConstraint("ticket_id", "user_id", name=op.f("pk_ticket_presence")),
    )
    op.create_index(op.f("ix_ticket_presence_seen_at"), "ticket_presence", ["seen_at"])


def _notices() -> None:
    op.create_table(
        "desk_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("mark", sa.String(length=60), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("read_at", TIME, nullable=True),
        _key("desk_notice", "user_id", "user_account", "CASCADE"),
        _key("desk_notice", "ticket_id", "ticket", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_notice")),
        sa.UniqueConstraint(
            "user_id",
            "ticket_id",
            "kind",
            "mark",
            name=op.f("uq_desk_notice_user_id_ticket_id_kind_mark"),
        ),
    )
    op.create_index(op.f("ix_desk_notice_ticket_id"), "desk_notice", ["ticket_id"])
    op.create_index(op.f("ix_desk_notice_created_at"), "desk_notice", ["created_at"])
    op.create_table(
        "bulk_deed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=30), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("undone_at", TIME, nullable=True),
        _key("bulk_deed", "actor_id", "user_account", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_deed")),
    )
    op.create_index(op.f("ix_bulk_deed_actor_id"), "bulk_deed", ["actor_id"])
    op.create_index(op.f("ix_bulk_deed_created_at"), "bulk_deed", ["created_at"])
    op.create_table(
        "held_reply",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("job_ids", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("until", TIME, nullable=False),
        _key("held_reply", "message_id", "message", "CASCADE"),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_held_reply")),
    )
    op.create_index(op.f("ix_held_reply_until"), "held_reply", ["until"])


def _tickets() -> None:
    for link, target in LINKS:
        op.execute(
            f"ALTER TABLE ticket ADD COLUMN {link} INTEGER CONSTRAINT "
            f"fk_ticket_{link}_{target} REFERENCES {target}(id) ON DELETE SET NULL"
        )
    for _name, added in COLUMNS:
        op.add_column("ticket", added)
    op.add_column("message", sa.Column("held_until", TIME, nullable=True))
    op.execute(STANDING)
    for name, columns in INDEXES:
        op.create_index(name, "ticket", columns)


def _texts() -> None:
    from sqlalchemy.orm import Session

    from models.ticket_text import put_text, text_ref

    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        op.execute("CREATE TABLE ticket_text (ref BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)")
        op.execute("CREATE INDEX ix_ticket_text_words ON ticket_text USING gin (words)")
    else:
        op.execute("CREATE VIRTUAL TABLE ticket_text USING fts5(words, content='')")
    session = Session(bind)
    for row in bind.execute(sa.text("SELECT id, number, subject, body FROM ticket")).all():
        put_text(session, text_ref(row.id), f"{row.number}\n{row.subject}\n{row.body}")
    for row in bind.execute(sa.text("SELECT id, ticket_id, body FROM message")).all():
        put_text(session, text_ref(row.ticket_id, row.id), row.body)


def downgrade() -> None:
    """Take back all of it; tickets keep their conversation and history."""
    op.execute("DROP TABLE ticket_text")
    for name, _columns in INDEXES:
        op.drop_index(name, "ticket")
    op.execute("ALTER TABLE message DROP COLUMN held_until")
    for name in (*(name for name, _column in COLUMNS), *(name for name, _target in LINKS)):
        op.execute(f"ALTER TABLE ticket DROP COLUMN {name}")
    for table in reversed(TABLES):
        op.drop_table(table)
