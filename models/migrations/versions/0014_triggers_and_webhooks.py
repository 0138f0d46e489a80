"""Triggers, automations, webhooks, templates, schedules; values passed, questions followed."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

KIND = sa.String(length=32)
TIME = sa.DateTime(timezone=True)
TABLES = (
    "passed_values",
    "ticket_rule_run",
    "scheduled_ticket",
    "question_follow",
    "webhook_delivery",
    "ticket_schedule",
    "ticket_rule_version",
    "webhook",
    "ticket_template",
    "ticket_rule",
    "passing_secret",
)


def upgrade() -> None:
    """Nothing that exists is touched."""
    _passing_secret()
    _ticket_rule()
    _ticket_template()
    _webhook()
    _ticket_rule_version()
    _ticket_schedule()
    _webhook_delivery()
    _question_follow()
    _scheduled_ticket()
    _ticket_rule_run()
    _passed_values()


def downgrade() -> None:
    """Rules, webhooks, templates and what they did are lost."""
    for table in TABLES:
        op.drop_table(table)


def _passing_secret() -> None:
    op.create_table(
        "passing_secret",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text(), nullable=False),
        sa.Column("old_until", TIME, nullable=True),
        sa.Column("made_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passing_secret")),
    )


def _ticket_rule() -> None:
    op.create_table(
        "ticket_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("kind", KIND, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("next_at", TIME, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_rule")),
    )


def _ticket_template() -> None:
    op.create_table(
        "ticket_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_template")),
        sa.UniqueConstraint("name", name=op.f("uq_ticket_template_name")),
    )


def _webhook() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", TIME, nullable=True),
        sa.Column("resting_until", TIME, nullable=True),
        sa.Column("fault", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )


def _ticket_rule_version() -> None:
    op.create_table(
        "ticket_rule_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("kind", KIND, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("actor_name", sa.String(length=80), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        _to("rule_id", "ticket_rule.id", "fk_ticket_rule_version_rule_id_ticket_rule", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_rule_version")),
        sa.UniqueConstraint(
            "rule_id", "number", name=op.f("uq_ticket_rule_version_rule_id_number")
        ),
    )


def _ticket_schedule() -> None:
    op.create_table(
        "ticket_schedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("template_id", sa.Integer(), nullable=False),
        sa.Column("rhythm", sa.JSON(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("next_at", TIME, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        _to(
            "template_id",
            "ticket_template.id",
            "fk_ticket_schedule_template_id_ticket_template",
            "RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_schedule")),
    )
    op.create_index(
        op.f("ix_ticket_schedule_next_at"), "ticket_schedule", ["next_at"], unique=False
    )
    op.create_index(
        op.f("ix_ticket_schedule_template_id"), "ticket_schedule", ["template_id"], unique=False
    )


def _webhook_delivery() -> None:
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("webhook_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", KIND, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("took_ms", sa.Integer(), nullable=True),
        sa.Column("fault", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.Column("next_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        _to("webhook_id", "webhook.id", "fk_webhook_delivery_webhook_id_webhook", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint("key", name=op.f("uq_webhook_delivery_key")),
    )
    op.create_index(
        "ix_webhook_delivery_log", "webhook_delivery", ["webhook_id", "id"], unique=False
    )
    op.create_index(
        "ix_webhook_delivery_old", "webhook_delivery", ["state", "created_at"], unique=False
    )


def _question_follow() -> None:
    op.create_table(
        "question_follow",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("told_id", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        _to("question_id", "question.id", "fk_question_follow_question_id_question", "CASCADE"),
        _to("user_id", "user_account.id", "fk_question_follow_user_id_user_account", "CASCADE"),
        sa.PrimaryKeyConstraint("question_id", "user_id", name=op.f("pk_question_follow")),
    )
    op.create_index(
        op.f("ix_question_follow_user_id"), "question_follow", ["user_id"], unique=False
    )


def _scheduled_ticket() -> None:
    op.create_table(
        "scheduled_ticket",
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(length=40), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        _to(
            "schedule_id",
            "ticket_schedule.id",
            "fk_scheduled_ticket_schedule_id_ticket_schedule",
            "CASCADE",
        ),
        _to("ticket_id", "ticket.id", "fk_scheduled_ticket_ticket_id_ticket", "SET NULL"),
        sa.PrimaryKeyConstraint("schedule_id", "due_at", name=op.f("pk_scheduled_ticket")),
    )
    op.create_index(
        op.f("ix_scheduled_ticket_ticket_id"), "scheduled_ticket", ["ticket_id"], unique=False
    )


def _ticket_rule_run() -> None:
    op.create_table(
        "ticket_rule_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=False),
        sa.Column("outcome", KIND, nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        _to("rule_id", "ticket_rule.id", "fk_ticket_rule_run_rule_id_ticket_rule", "CASCADE"),
        _to("ticket_id", "ticket.id", "fk_ticket_rule_run_ticket_id_ticket", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_rule_run")),
        sa.UniqueConstraint(
            "rule_id", "ticket_id", "cause", name=op.f("uq_ticket_rule_run_rule_id_ticket_id_cause")
        ),
    )
    op.create_index(
        "ix_ticket_rule_run_rule", "ticket_rule_run", ["rule_id", "created_at"], unique=False
    )
    op.create_index(
        "ix_ticket_rule_run_ticket", "ticket_rule_run", ["ticket_id", "created_at"], unique=False
    )


def _passed_values() -> None:
    op.create_table(
        "passed_values",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("chat_id", sa.Integer(), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        _to("chat_id", "chat.id", "fk_passed_values_chat_id_chat", "CASCADE"),
        _to("question_id", "question.id", "fk_passed_values_question_id_question", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passed_values")),
        sa.UniqueConstraint("chat_id", name=op.f("uq_passed_values_chat_id")),
        sa.UniqueConstraint("question_id", name=op.f("uq_passed_values_question_id")),
    )


def _to(column: str, target: str, name: str, deed: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(name), ondelete=deed)
