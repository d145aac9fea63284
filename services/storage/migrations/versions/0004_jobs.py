"""What one services process does for all of them.

Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table of jobs."""
    op.create_table(
        "job",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("holder", sa.String(32)),
        sa.Column("until", MOMENT),
        sa.Column("done", MOMENT),
        sa.Column("result", sa.JSON().with_variant(JSONB(), "postgresql")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("job")
