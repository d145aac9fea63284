"""What residents think of answers.

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of ratings."""
    op.create_table(
        "rating",
        sa.Column(
            "conversation_id", sa.String(32), sa.ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("value", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(16)),
        sa.Column("text", sa.Text()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text()),
        sa.Column("topic", sa.Text()),
        sa.Column("entry", sa.Text()),
        sa.Column("region", sa.Text()),
        sa.Column("snapshot", sa.Text()),
    )
    op.create_index("ix_rating_at", "rating", ["at"])
    op.create_index("ix_rating_entry", "rating", ["entry"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("rating")
