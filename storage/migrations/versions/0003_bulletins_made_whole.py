"""Bulletins made whole: working texts, what was sent, readers' opinions; scores of bounces

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

import storage.tables.base


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('bounce_score',
    sa.Column('address_mac', sa.String(length=64), nullable=False),
    sa.Column('score', sa.Double(), nullable=False),
    sa.Column('bounced_on', sa.Date(), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.PrimaryKeyConstraint('address_mac', name=op.f('pk_bounce_score'))
    )
    op.create_table('bulletin_as_sent',
    sa.Column('bulletin_id', sa.String(length=80), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('html', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('kept_at', storage.tables.base.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['bulletin_id'], ['bulletin.id'], name=op.f('fk_bulletin_as_sent_bulletin_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('bulletin_id', name=op.f('pk_bulletin_as_sent'))
    )
    op.create_table('bulletin_working_text',
    sa.Column('bulletin_id', sa.String(length=80), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('at', storage.tables.base.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['bulletin_id'], ['bulletin.id'], name=op.f('fk_bulletin_working_text_bulletin_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['by'], ['person.id'], name=op.f('fk_bulletin_working_text_by'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('bulletin_id', name=op.f('pk_bulletin_working_text'))
    )
    op.create_table('story_opinion',
    sa.Column('bulletin_id', sa.String(length=80), nullable=False),
    sa.Column('story', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('useful', sa.Integer(), nullable=False),
    sa.Column('not_useful', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['bulletin_id'], ['bulletin.id'], name=op.f('fk_story_opinion_bulletin_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('bulletin_id', 'story', name=op.f('pk_story_opinion'))
    )
    op.create_table('story_opinion_given',
    sa.Column('reader_mac', sa.String(length=64), nullable=False),
    sa.Column('bulletin_id', sa.String(length=80), nullable=False),
    sa.ForeignKeyConstraint(['bulletin_id'], ['bulletin.id'], name=op.f('fk_story_opinion_given_bulletin_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('reader_mac', name=op.f('pk_story_opinion_given'))
    )
    with op.batch_alter_table('story_opinion_given', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_story_opinion_given_bulletin_id'), ['bulletin_id'], unique=False)


def downgrade() -> None:
    op.drop_table('story_opinion_given')
    op.drop_table('story_opinion')
    op.drop_table('bulletin_working_text')
    op.drop_table('bulletin_as_sent')
    op.drop_table('bounce_score')
