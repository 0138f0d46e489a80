"""Files and trees."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("article_access") as batch:
        for name in ("own", "opens"):
            batch.add_column(
                sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.true())
            )
    with op.batch_alter_table("attachment") as batch:
        batch.add_column(sa.Column("removed_at", TIME, nullable=True))
    _keys_of("category")
    _keys_of("attachment")
    op.create_table(
        "tree_redirect",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "slug", name=op.f("pk_tree_redirect")),
    )
    _subscriptions()


def _keys_of(owner: str) -> None:
    table, column = f"{owner}_access", f"{owner}_id"
    op.create_table(
        table,
        sa.Column(column, sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            [column], [f"{owner}.id"], name=op.f(f"fk_{table}_{column}_{owner}"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(column, "key", name=op.f(f"pk_{table}")),
    )


def _subscriptions() -> None:
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("rhythm", sa.String(length=32), nullable=False),
        sa.Column("confirmed_at", TIME, nullable=True),
        sa.Column("sent_until", TIME, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["category.id"],
            name=op.f("fk_subscription_category_id_category"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_subscription_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("email", "category_id", name=op.f("uq_subscription_email_category_id")),
    )
    for column in ("user_id", "category_id"):
        op.create_index(op.f(f"ix_subscription_{column}"), "subscription", [column])


def downgrade() -> None:
    """Take back: what a category kept closed stays closed, a file taken away stays away.

    Keys of a file's own cannot be kept: it is as open as its article again.
    """
    op.execute(sa.text("DELETE FROM article_access WHERE NOT opens"))
    op.execute(sa.text("DELETE FROM attachment WHERE removed_at IS NOT NULL"))
    for table in ("subscription", "tree_redirect", "attachment_access", "category_access"):
        op.drop_table(table)
    with op.batch_alter_table("attachment") as batch:
        batch.drop_column("removed_at")
    with op.batch_alter_table("article_access") as batch:
        batch.drop_column("opens")
        batch.drop_column("own")
