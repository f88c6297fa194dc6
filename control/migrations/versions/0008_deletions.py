"""What organizations have deleted, and for how long they keep what is recorded."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deletions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("request_ids", sa.JSON(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("user_sha256", sa.String(64), nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.String(320), nullable=False),
        sa.Column("days_left", sa.JSON(), nullable=True),
        sa.Column("days_touched", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("removed_in_pass", sa.BigInteger(), nullable=False),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_deletions"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_deletions_organization_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_deletions_organization_id_requested_at", "deletions", ["organization_id", "requested_at"])
    op.create_index("ix_deletions_requested_at", "deletions", ["requested_at"])
    op.create_table(
        "retention",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(320), nullable=False),
        sa.Column("applied_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", name="pk_retention"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_retention_organization_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("retention")
    op.drop_table("deletions")
