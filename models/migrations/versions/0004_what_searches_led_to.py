"""What searches led to: gaps in the knowledge, and the comparison without suggestions."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KIND = sa.String(length=32)
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Five new tables; nothing that exists is touched."""
    _gaps()
    _members()
    op.create_table(
        "gap_notice",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["question.id"],
            name=op.f("fk_gap_notice_question_id_question"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_gap_notice")),
    )
    op.create_table(
        "gap_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_run")),
    )
    op.create_index(op.f("ix_gap_run_created_at"), "gap_run", ["created_at"])
    op.create_table(
        "holdout_person",
        sa.Column("person_key", sa.String(length=80), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("joined_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("person_key", name=op.f("pk_holdout_person")),
    )
    op.create_index(op.f("ix_holdout_person_joined_at"), "holdout_person", ["joined_at"])


def _gaps() -> None:
    op.create_table(
        "knowledge_gap",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("status", KIND, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("recent", sa.Integer(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("saves", sa.Double(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("nearest_id", sa.Integer(), nullable=True),
        sa.Column("article_id", sa.Integer(), nullable=True),
        sa.Column("checked_at", TIME, nullable=True),
        sa.Column("closed_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.id"],
                name=op.f(f"fk_knowledge_gap_{column}_{table}"),
                ondelete="SET NULL",
            )
            for column, table in (
                ("category_id", "category"),
                ("nearest_id", "article"),
                ("article_id", "article"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_gap")),
    )
    op.create_index(op.f("ix_knowledge_gap_article_id"), "knowledge_gap", ["article_id"])
    op.create_index("ix_knowledge_gap_status_saves", "knowledge_gap", ["status", "saves"])


def _members() -> None:
    op.create_table(
        "gap_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gap_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("text_key", sa.String(length=32), nullable=False),
        sa.Column("source", KIND, nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("question_ids", sa.JSON(), nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.Column("answered_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["gap_id"],
            ["knowledge_gap.id"],
            name=op.f("fk_gap_member_gap_id_knowledge_gap"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_member")),
        sa.UniqueConstraint("gap_id", "text_key", name=op.f("uq_gap_member_gap_id_text_key")),
    )
    op.create_index(op.f("ix_gap_member_gap_id"), "gap_member", ["gap_id"])
    op.create_index(op.f("ix_gap_member_text_key"), "gap_member", ["text_key"])


def downgrade() -> None:
    """Forget what was found out; it can be found out again, but for who took part."""
    for table in ("holdout_person", "gap_run", "gap_notice", "gap_member", "knowledge_gap"):
        op.drop_table(table)
