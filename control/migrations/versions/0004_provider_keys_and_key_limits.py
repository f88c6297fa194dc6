"""Stored provider keys; limits of API keys, who made them, and when they last changed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "provider_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("sealed", sa.Text()),
        sa.Column("hint", sa.String(8), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.String(320)),
        sa.Column("removed_at", MOMENT),
        sa.Column("removed_by", sa.String(320)),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_provider_keys"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_provider_keys_organization_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_provider_keys_organization_id", "provider_keys", ["organization_id"])
    op.create_index("ix_provider_keys_version", "provider_keys", ["version"])
    with op.batch_alter_table("api_keys") as table:
        table.add_column(sa.Column("limits", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("created_by", sa.String(320)))
        table.add_column(sa.Column("version", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("ix_api_keys_version", "api_keys", ["version"])


def downgrade() -> None:
    op.drop_index("ix_api_keys_version", "api_keys")
    with op.batch_alter_table("api_keys") as table:
        for column in ("version", "created_by", "limits"):
            table.drop_column(column)
    op.drop_table("provider_keys")
