"""The text of an edition as it was approved last

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

import storage.tables.base


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('bulletin_approved_text',
    sa.Column('bulletin_id', sa.String(length=80), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('at', storage.tables.base.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['bulletin_id'], ['bulletin.id'], name=op.f('fk_bulletin_approved_text_bulletin_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('bulletin_id', name=op.f('pk_bulletin_approved_text'))
    )


def downgrade() -> None:
    op.drop_table('bulletin_approved_text')
