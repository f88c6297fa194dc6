"""What API keys with long limits have used up."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "key_spend",
        sa.Column("api_key_id", sa.Uuid(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("writer", sa.String(64), nullable=False),
        sa.Column("request_count", sa.BigInteger(), nullable=False),
        sa.Column("token_count", sa.BigInteger(), nullable=False),
        sa.Column("cost_microusd", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("api_key_id", "hour", "writer", name="pk_key_spend"),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name="fk_key_spend_api_key_id", ondelete="CASCADE"),
    )
    op.create_index("ix_key_spend_hour", "key_spend", ["hour"])
    op.create_index("ix_key_spend_version", "key_spend", ["version"])


def downgrade() -> None:
    op.drop_table("key_spend")
