"""Routes that organizations have named."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "routes",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("models", sa.Text(), nullable=False),
        sa.Column("strategy", sa.String(16), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(320), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "name", name="pk_routes"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_routes_organization_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("routes")
