"""Consent, and secrets of residents for a few minutes.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column(
            "conversation_id", sa.String(32), sa.ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("given", MOMENT, nullable=False),
        sa.Column("withdrawn", MOMENT),
    )
    op.create_index("ix_consent_conversation_id", "consent", ["conversation_id"])
    op.create_table(
        "secret",
        sa.Column(
            "conversation_id", sa.String(32), sa.ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("field", sa.String(32), primary_key=True),
        sa.Column("reference", sa.String(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires", MOMENT, nullable=False),
    )
    op.create_index("ix_secret_expires", "secret", ["expires"])


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("secret")
    op.drop_table("consent")
