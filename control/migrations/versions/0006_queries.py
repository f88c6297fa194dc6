"""Queries that people save, ran before, or have run for them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_queries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("sql", sa.Text(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(320), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(320), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_queries"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_saved_queries_organization_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("organization_id", "name", name="uq_saved_queries_organization_id_name"),
    )
    op.create_table(
        "query_history",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.Column("sql_sha256", sa.String(64), nullable=False),
        sa.Column("sql", sa.Text(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("run_count", sa.Integer(), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("elapsed_ms", sa.Float()),
        sa.Column("row_count", sa.BigInteger()),
        sa.Column("error_code", sa.String(100)),
        sa.PrimaryKeyConstraint("organization_id", "subject", "sql_sha256", name="pk_query_history"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_query_history_organization_id", ondelete="CASCADE"
        ),
    )
    op.create_index(
        "ix_query_history_organization_id_subject_ran_at", "query_history", ["organization_id", "subject", "ran_at"]
    )
    op.create_table(
        "query_jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("sql", sa.Text(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("format", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(320), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_query_jobs"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_query_jobs_organization_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_query_jobs_organization_id_created_at", "query_jobs", ["organization_id", "created_at"])


def downgrade() -> None:
    op.drop_table("query_jobs")
    op.drop_table("query_history")
    op.drop_table("saved_queries")
