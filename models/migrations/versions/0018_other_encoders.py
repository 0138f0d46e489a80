"""Vectors of an encoder to come, votes let pass, replies in words, when a text really changed."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
TABLES = ("vote_pass", "tokens_to_come", "vectors_to_come", "encoder_in_use")
# The newest revision that says something else than the one before it.
CONTENT_AT = """
UPDATE article SET content_at = found.at
FROM (
    SELECT article_id, max(created_at) AS at
    FROM (
        SELECT article_id, created_at, title, body,
               lag(title) OVER (PARTITION BY article_id ORDER BY number) AS old_title,
               lag(body) OVER (PARTITION BY article_id ORDER BY number) AS old_body
        FROM article_revision
    ) AS said
    WHERE old_title IS NULL OR title <> old_title OR body <> old_body
    GROUP BY article_id
) AS found
WHERE found.article_id = article.id
"""


def upgrade() -> None:
    """Two columns beside what is there, four new tables."""
    op.add_column("reply", sa.Column("rewritten", sa.JSON(), nullable=True))
    op.add_column("article", sa.Column("content_at", TIME, nullable=True))
    op.execute("UPDATE article SET content_at = updated_at")
    op.execute(CONTENT_AT)
    _vectors()
    op.create_table(
        "vote_pass",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=32), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=True),
        sa.Column("network", sa.String(length=40), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("stopped_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["article.id"],
            name=op.f("fk_vote_pass_article_id_article"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vote_pass")),
    )
    op.create_index("ix_vote_pass_until", "vote_pass", ["until"], unique=False)


def downgrade() -> None:
    """Vectors to come are made anew, passes and rewritten replies are lost."""
    for table in TABLES:
        op.drop_table(table)
    # Not as a batch: making the table anew would take what hangs on its rows along.
    op.drop_column("article", "content_at")
    op.drop_column("reply", "rewritten")


def _vectors() -> None:
    op.create_table(
        "encoder_in_use",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("spec", sa.String(length=400), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_encoder_in_use")),
    )
    op.create_table(
        "vectors_to_come",
        sa.Column("doc_id", sa.String(length=24), nullable=False),
        sa.Column("encoder", sa.String(length=80), nullable=False),
        sa.Column("fingerprint", sa.String(length=40), nullable=False),
        sa.Column("title_vector", sa.LargeBinary(), nullable=False),
        sa.Column("body_vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("doc_id", "encoder", name=op.f("pk_vectors_to_come")),
    )
    op.create_table(
        "tokens_to_come",
        sa.Column("doc_id", sa.String(length=24), nullable=False),
        sa.Column("encoder", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("tokens", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("doc_id", "encoder", "number", name=op.f("pk_tokens_to_come")),
    )
