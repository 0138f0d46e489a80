"""The text of files: the state of each reading, and the pieces that were read."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KIND = sa.String(length=32)


def upgrade() -> None:
    """Two new tables; nothing that exists is touched."""
    op.create_table(
        "file_text",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", KIND, nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("reader", sa.String(length=40), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("cut", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_file_text")),
    )
    op.create_index(op.f("ix_file_text_state"), "file_text", ["state"])
    op.create_table(
        "file_piece",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", KIND, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("member", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sha256"],
            ["file_text.sha256"],
            name=op.f("fk_file_piece_sha256_file_text"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sha256", "number", name=op.f("pk_file_piece")),
    )


def downgrade() -> None:
    """Forget what was read; the files themselves stay."""
    op.drop_table("file_piece")
    op.drop_index(op.f("ix_file_text_state"), table_name="file_text")
    op.drop_table("file_text")
