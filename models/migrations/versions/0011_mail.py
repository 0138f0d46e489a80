"""Mail: boxes, what came, what goes, addresses that bounced, rules."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KIND = sa.String(length=32)
TIME = sa.DateTime(timezone=True)
TABLES = ("mailbox", "mail_in", "mail_out", "mail_stop", "mail_rule")


def _key(table: str, column: str, target: str, gone: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=gone)


def upgrade() -> None:
    """Five new tables; nothing that exists is touched."""
    _mailbox()
    _mail_in()
    _mail_out()
    _mail_stop()
    _mail_rule()


def downgrade() -> None:
    """Take them back."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _mailbox() -> None:
    op.create_table(
        "mailbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("kind", KIND, nullable=False),
        sa.Column("host", sa.String(length=200), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("security", KIND, nullable=False),
        sa.Column("username", sa.String(length=254), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("oauth_url", sa.String(length=400), nullable=False),
        sa.Column("oauth_client", sa.String(length=200), nullable=False),
        sa.Column("oauth_secret", sa.Text(), nullable=False),
        sa.Column("oauth_scope", sa.String(length=400), nullable=False),
        sa.Column("folder", sa.String(length=100), nullable=False),
        sa.Column("done_folder", sa.String(length=100), nullable=False),
        sa.Column("smtp_host", sa.String(length=200), nullable=False),
        sa.Column("smtp_port", sa.Integer(), nullable=False),
        sa.Column("smtp_security", KIND, nullable=False),
        sa.Column("tags", sa.Boolean(), nullable=False),
        sa.Column("answers", sa.Boolean(), nullable=False),
        sa.Column("receipts", sa.Boolean(), nullable=False),
        sa.Column("second_reader", sa.Boolean(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("leased_by", sa.String(length=80), nullable=False),
        sa.Column("leased_until", TIME, nullable=True),
        sa.Column("seen_at", TIME, nullable=True),
        sa.Column("fault", sa.String(length=300), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        _key("mailbox", "team_id", "team", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox")),
        sa.UniqueConstraint("address", name=op.f("uq_mailbox_address")),
    )


def _mail_in() -> None:
    op.create_table(
        "mail_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mailbox_id", sa.Integer(), nullable=True),
        sa.Column("uid", sa.String(length=120), nullable=False),
        sa.Column("raw_hash", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", KIND, nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.Column("message_id", sa.String(length=250), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("sender", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("done_at", TIME, nullable=True),
        _key("mail_in", "mailbox_id", "mailbox", "SET NULL"),
        _key("mail_in", "ticket_id", "ticket", "SET NULL"),
        _key("mail_in", "question_id", "question", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_in")),
        sa.UniqueConstraint("mailbox_id", "uid", name=op.f("uq_mail_in_mailbox_id_uid")),
        sa.UniqueConstraint("digest", name=op.f("uq_mail_in_digest")),
    )
    op.create_index(op.f("ix_mail_in_mailbox_id"), "mail_in", ["mailbox_id"])
    op.create_index(op.f("ix_mail_in_message_id"), "mail_in", ["message_id"])
    op.create_index(op.f("ix_mail_in_question_id"), "mail_in", ["question_id"])
    op.create_index(op.f("ix_mail_in_state_received"), "mail_in", ["state", "received_at"])
    op.create_index(op.f("ix_mail_in_ticket_id"), "mail_in", ["ticket_id"])


def _mail_out() -> None:
    op.create_table(
        "mail_out",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("message_id", sa.String(length=250), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("to_email", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("mailbox_id", sa.Integer(), nullable=True),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("state", KIND, nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("sent_at", TIME, nullable=True),
        _key("mail_out", "mailbox_id", "mailbox", "SET NULL"),
        _key("mail_out", "ticket_id", "ticket", "SET NULL"),
        _key("mail_out", "question_id", "question", "SET NULL"),
        _key("mail_out", "author_id", "user_account", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_out")),
        sa.UniqueConstraint("message_id", name=op.f("uq_mail_out_message_id")),
        sa.UniqueConstraint("key", name=op.f("uq_mail_out_key")),
    )
    op.create_index(op.f("ix_mail_out_question_id"), "mail_out", ["question_id"])
    op.create_index(op.f("ix_mail_out_state"), "mail_out", ["state", "created_at"])
    op.create_index(op.f("ix_mail_out_ticket_id"), "mail_out", ["ticket_id"])
    op.create_index(op.f("ix_mail_out_to"), "mail_out", ["to_email", "created_at"])


def _mail_stop() -> None:
    op.create_table(
        "mail_stop",
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("email", name=op.f("pk_mail_stop")),
    )


def _mail_rule() -> None:
    op.create_table(
        "mail_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("place", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("mailbox_id", sa.Integer(), nullable=True),
        sa.Column("deed", KIND, nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("urgency", sa.Integer(), nullable=True),
        sa.Column("reply_id", sa.Integer(), nullable=True),
        sa.Column("hits", sa.Integer(), nullable=False),
        _key("mail_rule", "mailbox_id", "mailbox", "CASCADE"),
        _key("mail_rule", "team_id", "team", "SET NULL"),
        _key("mail_rule", "reply_id", "quick_reply", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_rule")),
    )
