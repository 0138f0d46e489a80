"""Levels, customer groups and articles in several languages."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


LANGUAGE = sa.String(length=20)


def upgrade() -> None:
    """Nothing that exists is touched; who has an account by now keeps it as it is."""
    op.create_table(
        "site_language",
        sa.Column("code", LANGUAGE, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_site_language")),
    )
    op.create_table(
        "email_claim",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_email_claim_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_email_claim")),
    )
    op.create_table(
        "article_translation",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("original_id", sa.Integer(), nullable=False),
        sa.Column("language", LANGUAGE, nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["article.id"],
            name=op.f("fk_article_translation_article_id_article"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["original_id"],
            ["article.id"],
            name=op.f("fk_article_translation_original_id_article"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_article_translation")),
        sa.UniqueConstraint(
            "original_id", "language", name=op.f("uq_article_translation_original_id_language")
        ),
    )
    op.create_index(
        op.f("ix_article_translation_language"), "article_translation", ["language"], unique=False
    )


def downgrade() -> None:
    """Translations stay, as articles of their own."""
    op.drop_table("article_translation")
    op.drop_table("site_language")
    op.drop_table("email_claim")
