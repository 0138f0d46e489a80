"""Look and exchange."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WORD = sa.String(length=32)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Four new tables; nothing that exists is touched."""
    op.create_table(
        "site_settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("look", sa.JSON(), nullable=False),
        sa.Column("embedding", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("editor_id", sa.Integer(), nullable=True),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["editor_id"],
            ["user_account.id"],
            name=op.f("fk_site_settings_editor_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_settings")),
    )
    op.execute(
        "INSERT INTO site_settings (id, look, embedding, version, updated_at) "
        "VALUES (1, '{}', '{}', 1, '2026-11-22 00:00:00')"
    )
    op.create_table(
        "site_picture",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_site_picture")),
    )
    op.create_table(
        "exchange_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("file_format", sa.String(length=20), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("folder", sa.String(length=40), nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("total", "done", "created", "changed", "same", "conflicts", "refused")
        ),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["user_account.id"],
            name=op.f("fk_exchange_run_owner_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_run")),
        sa.UniqueConstraint("folder", name=op.f("uq_exchange_run_folder")),
    )
    op.create_index(op.f("ix_exchange_run_kind"), "exchange_run", ["kind"])
    op.create_index(op.f("ix_exchange_run_created_at"), "exchange_run", ["created_at"])
    op.create_table(
        "import_origin",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("result", sa.String(length=64), nullable=False),
        sa.Column("imported_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["article.id"],
            name=op.f("fk_import_origin_article_id_article"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_import_origin")),
    )


def downgrade() -> None:
    """Forget looks and runs; articles stay."""
    op.drop_table("import_origin")
    op.drop_index(op.f("ix_exchange_run_created_at"), table_name="exchange_run")
    op.drop_index(op.f("ix_exchange_run_kind"), table_name="exchange_run")
    op.drop_table("exchange_run")
    op.drop_table("site_picture")
    op.drop_table("site_settings")
