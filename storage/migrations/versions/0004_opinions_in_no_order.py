"""That a reader has spoken is kept in the order of the fingerprints, not in the order in which people spoke

Revision ID: 0004
Revises: 0003

SQLite numbers the rows of a table as they come unless it is made without such numbers; that cannot be changed later, so
the table is made anew. Nothing had been kept in it before this version.
"""

import sqlalchemy as sa
from alembic import op


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        made_anew(with_rowid=False)


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        made_anew(with_rowid=True)


def made_anew(*, with_rowid: bool) -> None:
    op.drop_table('story_opinion_given')
    op.create_table('story_opinion_given',
    sa.Column('reader_mac', sa.String(length=64), nullable=False),
    sa.Column('bulletin_id', sa.String(length=80), nullable=False),
    sa.ForeignKeyConstraint(['bulletin_id'], ['bulletin.id'], name=op.f('fk_story_opinion_given_bulletin_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('reader_mac', name=op.f('pk_story_opinion_given')),
    sqlite_with_rowid=with_rowid
    )
    op.create_index(op.f('ix_story_opinion_given_bulletin_id'), 'story_opinion_given', ['bulletin_id'], unique=False)
