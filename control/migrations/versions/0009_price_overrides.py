"""Prices that organizations have agreed on."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "price_overrides",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(64), nullable=False),
        sa.Column("model", sa.String(256), nullable=False),
        sa.Column("tier", sa.String(64), nullable=True),
        sa.Column("above_tokens", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("prices", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(320), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_price_overrides"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_price_overrides_organization_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_price_overrides_organization_id", "price_overrides", ["organization_id"])


def downgrade() -> None:
    op.drop_table("price_overrides")
