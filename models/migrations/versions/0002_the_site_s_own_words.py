"""The site's own words, groups of words that mean the same, and the state they are in."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "word_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("key", sa.String(length=1000), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("editor_id", sa.Integer(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["editor_id"],
            ["user_account.id"],
            name=op.f("fk_word_entry_editor_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_word_entry")),
        sa.UniqueConstraint("digest", name=op.f("uq_word_entry_digest")),
    )
    with op.batch_alter_table("word_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_word_entry_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_word_entry_updated_at"), ["updated_at"], unique=False)

    op.create_table(
        "word_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cut_by", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_word_state")),
    )
    op.execute("INSERT INTO word_state (id, version, cut_by) VALUES (1, 0, '')")


def downgrade() -> None:
    """Take back."""
    op.drop_table("word_state")
    op.drop_table("word_entry")
