"""Learning: suspicious votes set aside, use as it was looked at, what was learned and when."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KIND = sa.String(length=32)
TIME = sa.DateTime(timezone=True)
INDEXES = (("network", "updated_at"), ("state", "updated_at"))


def _new_columns() -> dict[str, tuple[sa.Column[object], ...]]:
    return {
        "vote": (
            sa.Column("state", KIND, nullable=False, server_default="counted"),
            sa.Column("held_why", KIND, nullable=False, server_default=""),
            sa.Column("voice", KIND, nullable=False, server_default="known"),
            sa.Column("network", sa.String(length=40), nullable=False, server_default=""),
            sa.Column("decided_by", sa.String(length=80), nullable=False, server_default=""),
            sa.Column("decided_at", TIME, nullable=True),
        ),
        "article_stats": (
            sa.Column("shown", sa.Integer(), nullable=False, server_default="0"),
            sa.Column("examined", sa.Double(), nullable=False, server_default="0"),
            sa.Column("clicked", sa.Double(), nullable=False, server_default="0"),
        ),
        "search_log": (sa.Column("page", sa.Integer(), nullable=False, server_default="1"),),
    }


def upgrade() -> None:
    """Columns beside what is there, four new tables."""
    for table, columns in _new_columns().items():
        for column in columns:
            op.add_column(table, column)
    for names in INDEXES:
        op.create_index(f"ix_vote_{names[0]}_{names[1]}", "vote", list(names))
    op.create_table(
        "article_reader",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("reader_key", sa.String(length=40), nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        _belongs("article_reader", "article_id", "article", "CASCADE"),
        sa.PrimaryKeyConstraint("article_id", "reader_key", name=op.f("pk_article_reader")),
    )
    op.create_index(op.f("ix_article_reader_seen_at"), "article_reader", ["seen_at"])
    op.create_table(
        "use_tally",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_use_tally")),
    )
    op.create_table(
        "question_evidence",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("names", sa.String(length=16), nullable=False),
        sa.Column("vector", sa.JSON(), nullable=False),
        sa.Column("shipped", sa.Double(), nullable=False),
        sa.Column("titles_only", sa.Boolean(), nullable=False),
        _belongs("question_evidence", "question_id", "question", "CASCADE"),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_question_evidence")),
    )
    _learned()


def _learned() -> None:
    op.create_table(
        "learned_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", KIND, nullable=False),
        sa.Column("state", KIND, nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("decided_at", TIME, nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=False),
        _belongs("learned_change", "article_id", "article", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learned_change")),
    )
    op.create_index("ix_learned_change_kind_state", "learned_change", ["kind", "state"])
    op.create_index(op.f("ix_learned_change_article_id"), "learned_change", ["article_id"])
    op.create_table(
        "learning_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learning_run")),
    )


def _belongs(table: str, column: str, to: str, gone: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete=gone)


def downgrade() -> None:
    """Forget what was learned; votes that were set aside count again in no figure."""
    tables = ("learning_run", "learned_change", "question_evidence", "use_tally", "article_reader")
    for table in tables:
        op.drop_table(table)
    for names in INDEXES:
        op.drop_index(f"ix_vote_{names[0]}_{names[1]}", table_name="vote")
    for table, columns in _new_columns().items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column.name)
