"""The HTML of an article and what stands near it, made once instead of at every reading."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table; it fills by itself."""
    op.create_table(
        "article_made",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("made_from", sa.String(length=40), nullable=False),
        sa.Column("maker", sa.String(length=40), nullable=False),
        sa.Column("html", sa.LargeBinary(), nullable=False),
        sa.Column("near", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["article.id"],
            name=op.f("fk_article_made_article_id_article"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_article_made")),
    )
    op.create_index(op.f("ix_article_made_maker"), "article_made", ["maker"], unique=False)


def downgrade() -> None:
    """What is lost is made anew."""
    op.drop_table("article_made")
