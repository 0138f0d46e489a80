"""Live chats, their messages and files, who serves them, and the rules."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KIND = sa.String(length=32)
TIME = sa.DateTime(timezone=True)
TABLES = (
    "chat_message",
    "chat_file",
    "chat_seat",
    "chat",
    "chat_agent",
    "chat_block",
    "chat_settings",
)


def upgrade() -> None:
    """Nothing that exists is touched."""
    _rules()
    _chat()
    _beside()


def downgrade() -> None:
    """Chats are lost."""
    for table in TABLES:
        op.drop_table(table)


def _rules() -> None:
    op.create_table(
        "chat_settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_settings")),
    )
    op.create_table(
        "chat_block",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_key", sa.String(length=80), nullable=False),
        sa.Column("customer_name", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.Column("actor_name", sa.String(length=80), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_block")),
        sa.UniqueConstraint("customer_key", name=op.f("uq_chat_block_customer_key")),
    )
    op.create_table(
        "chat_agent",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("state", KIND, nullable=False),
        sa.Column("most_chats", sa.Integer(), nullable=True),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_chat_agent_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_chat_agent")),
    )


def _chat() -> None:
    op.create_table(
        "chat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("opening_key", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("customer_key", sa.String(length=80), nullable=False),
        sa.Column("customer_name", sa.String(length=80), nullable=False),
        sa.Column("contact", sa.String(length=254), nullable=False),
        sa.Column("topic", sa.String(length=200), nullable=False),
        sa.Column("page", sa.String(length=300), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("about_id", sa.Integer(), nullable=True),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("state", KIND, nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("offered_to_id", sa.Integer(), nullable=True),
        sa.Column("why", sa.String(length=32), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("robot_seq", sa.Integer(), nullable=False),
        sa.Column("customer_seq", sa.Integer(), nullable=False),
        sa.Column("agent_seq", sa.Integer(), nullable=False),
        sa.Column("customer_read", sa.Integer(), nullable=False),
        sa.Column("agent_read", sa.Integer(), nullable=False),
        sa.Column("waiting_since", TIME, nullable=True),
        sa.Column("accepted_at", TIME, nullable=True),
        sa.Column("customer_at", TIME, nullable=True),
        sa.Column("agent_at", TIME, nullable=True),
        sa.Column("seen_at", TIME, nullable=True),
        sa.Column("alarmed_at", TIME, nullable=True),
        sa.Column("reminded_at", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("outcome", KIND, nullable=True),
        sa.Column("end_reason", sa.String(length=500), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("rating_comment", sa.String(length=1000), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.CheckConstraint("rating is null or rating between 1 and 5", name=op.f("ck_chat_rating")),
        sa.ForeignKeyConstraint(
            ["about_id"], ["ticket.id"], name=op.f("fk_chat_about_id_ticket"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["user_account.id"],
            name=op.f("fk_chat_agent_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["user_account.id"],
            name=op.f("fk_chat_customer_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["node_id"],
            ["service_node.id"],
            name=op.f("fk_chat_node_id_service_node"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["offered_to_id"],
            ["user_account.id"],
            name=op.f("fk_chat_offered_to_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_chat_team_id_team"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_chat_ticket_id_ticket"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat")),
        sa.UniqueConstraint("opening_key", name=op.f("uq_chat_opening_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_chat_public_id")),
    )
    op.create_index("ix_chat_agent_state", "chat", ["agent_id", "state"], unique=False)
    op.create_index(op.f("ix_chat_created_at"), "chat", ["created_at"], unique=False)
    op.create_index(op.f("ix_chat_customer_id"), "chat", ["customer_id"], unique=False)
    op.create_index(op.f("ix_chat_customer_key"), "chat", ["customer_key"], unique=False)
    op.create_index(op.f("ix_chat_ended_at"), "chat", ["ended_at"], unique=False)
    op.create_index("ix_chat_state_waiting", "chat", ["state", "waiting_since"], unique=False)
    op.create_index(op.f("ix_chat_ticket_id"), "chat", ["ticket_id"], unique=False)
    op.create_index(op.f("ix_chat_updated_at"), "chat", ["updated_at"], unique=False)


def _beside() -> None:
    op.create_table(
        "chat_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("side", KIND, nullable=False),
        sa.Column("kind", KIND, nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author_name", sa.String(length=80), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["user_account.id"],
            name=op.f("fk_chat_message_author_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chat.id"], name=op.f("fk_chat_message_chat_id_chat"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_message")),
        sa.UniqueConstraint("chat_id", "client_id", name=op.f("uq_chat_message_chat_id_client_id")),
        sa.UniqueConstraint("chat_id", "seq", name=op.f("uq_chat_message_chat_id_seq")),
    )
    op.create_table(
        "chat_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chat.id"], name=op.f("fk_chat_file_chat_id_chat"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_file")),
    )
    op.create_index(op.f("ix_chat_file_chat_id"), "chat_file", ["chat_id"], unique=False)
    op.create_index(op.f("ix_chat_file_sha256"), "chat_file", ["sha256"], unique=False)
    op.create_table(
        "chat_seat",
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chat.id"], name=op.f("fk_chat_seat_chat_id_chat"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_chat_seat_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("chat_id", "user_id", name=op.f("pk_chat_seat")),
    )
