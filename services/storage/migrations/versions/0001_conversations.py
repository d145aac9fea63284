"""Conversations and their messages.

Revision: 0001, the first.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "conversation",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("last_seen", MOMENT, nullable=False),
        sa.Column("region", sa.String(32)),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("model_events", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(16), nullable=False),
    )
    op.create_index("ix_conversation_last_seen", "conversation", ["last_seen"])
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column(
            "conversation_id", sa.String(32), sa.ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text()),
        sa.Column("buttons", JSON, nullable=False),
        sa.Column("sources", JSON, nullable=False),
        sa.Column("details", sa.Text()),
        sa.Column("notes", JSON),
        sa.Column("sheet", JSON),
        sa.Column("progress", JSON),
        sa.Column("outcome", JSON),
        sa.Column("client_id", sa.String(64)),
        sa.Column("correlation_id", sa.String(32), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.UniqueConstraint("conversation_id", "seq", name="uq_message_conversation_seq"),
        sa.UniqueConstraint("conversation_id", "client_id", name="uq_message_conversation_client"),
    )
    op.create_index("ix_message_correlation_id", "message", ["correlation_id"])


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("message")
    op.drop_table("conversation")
