"""How long records are kept; how far another system was told of a ticket, and of its state."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """One table with its row, three columns."""
    op.create_table(
        "keeping",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("swept_at", TIME, nullable=True),
        sa.Column("cleared", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keeping")),
    )
    op.execute(
        "INSERT INTO keeping (id, days, cleared, version, updated_at) "
        "VALUES (1, '{}', '{}', 1, CURRENT_TIMESTAMP)"
    )
    for name in ("told_message_id", "told_file_id"):
        op.add_column("handover", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "handover",
        sa.Column("told_status", sa.String(length=32), nullable=False, server_default=""),
    )
    # What was handed over before is where it is: only changes from now on are told.
    op.execute(
        "UPDATE handover SET told_status = "
        "(SELECT CASE ticket.status WHEN 'new' THEN 'open' ELSE ticket.status END "
        "FROM ticket WHERE ticket.id = handover.ticket_id)"
    )


def downgrade() -> None:
    """Nothing else is lost."""
    for name in ("told_status", "told_file_id", "told_message_id"):
        op.drop_column("handover", name)
    op.drop_table("keeping")
