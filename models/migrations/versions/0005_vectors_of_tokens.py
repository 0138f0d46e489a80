"""Vectors of single tokens, for a closer look at a search's first documents."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "passage_tokens",
        sa.Column("doc_id", sa.String(length=24), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tokens", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("doc_id", "number", name=op.f("pk_passage_tokens")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("passage_tokens")
