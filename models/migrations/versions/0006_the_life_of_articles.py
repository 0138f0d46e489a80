"""The life of articles: plan, notes, drafts, presence, old addresses, related, shares."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
# What an article says now is what its last revision says.
LATEST = (
    "UPDATE article_revision SET version = (SELECT article.version FROM article "
    "WHERE article.id = article_revision.article_id) WHERE number = (SELECT MAX(last.number) "
    "FROM article_revision AS last WHERE last.article_id = article_revision.article_id)"
)
TABLES = (
    "article_share",
    "article_related",
    "article_redirect",
    "article_presence",
    "article_draft",
    "article_note",
    "article_plan",
)


def _key(table: str, column: str, target: str, ondelete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def _article(table: str, column: str = "article_id") -> sa.ForeignKeyConstraint:
    return _key(table, column, "article", "CASCADE")


def _index(table: str, column: str) -> None:
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def upgrade() -> None:
    """Apply."""
    op.add_column("article", sa.Column("expires_at", TIME, nullable=True))
    _index("article", "expires_at")
    op.add_column("article_revision", sa.Column("version", sa.Integer(), nullable=True))
    op.execute(LATEST)
    _plans()
    _drafts()
    _addresses()


def _plans() -> None:
    op.create_table(
        "article_plan",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("publish_at", TIME, nullable=True),
        sa.Column("review_by", TIME, nullable=True),
        sa.Column("reminded_for", TIME, nullable=True),
        _article("article_plan"),
        _key("article_plan", "owner_id", "user_account", "SET NULL"),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_article_plan")),
    )
    for column in ("owner_id", "publish_at", "review_by"):
        _index("article_plan", column)
    op.create_table(
        "article_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        _article("article_note"),
        _key("article_note", "author_id", "user_account", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_note")),
    )
    _index("article_note", "article_id")


def _drafts() -> None:
    op.create_table(
        "article_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=True),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("saved_at", TIME, nullable=False),
        _article("article_draft"),
        _key("article_draft", "user_id", "user_account", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_draft")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_article_draft_user_id_key")),
    )
    _index("article_draft", "article_id")
    _index("article_draft", "saved_at")
    op.create_table(
        "article_presence",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        _article("article_presence"),
        _key("article_presence", "user_id", "user_account", "CASCADE"),
        sa.PrimaryKeyConstraint("article_id", "user_id", name=op.f("pk_article_presence")),
    )


def _addresses() -> None:
    op.create_table(
        "article_redirect",
        sa.Column("slug", sa.String(length=160), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        _article("article_redirect"),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_article_redirect")),
    )
    _index("article_redirect", "article_id")
    op.create_table(
        "article_related",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("related_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        _article("article_related"),
        _article("article_related", "related_id"),
        sa.PrimaryKeyConstraint("article_id", "related_id", name=op.f("pk_article_related")),
    )
    _index("article_related", "related_id")
    op.create_table(
        "article_share",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("creator_id", sa.Integer(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME, nullable=True),
        _article("article_share"),
        _key("article_share", "creator_id", "user_account", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_share")),
        sa.UniqueConstraint("token", name=op.f("uq_article_share_token")),
    )
    _index("article_share", "article_id")


def downgrade() -> None:
    """Take back."""
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("article_revision", "version")
    op.drop_index(op.f("ix_article_expires_at"), "article")
    op.drop_column("article", "expires_at")
