"""Escalations made whole: who speaks for a side, how stages began, clocks that stay as promised, what was learned

Revision ID: 0006
Revises: 0005

Nothing but `escalation_contact`, which no other table points to, is made anew: SQLite would empty the tables below one
that is dropped for that (foreign keys with ON DELETE CASCADE). Columns are added and dropped in place instead.
"""

import sqlalchemy as sa
from alembic import op

import storage.tables.base


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
MOMENT = storage.tables.base.UtcDateTime(timezone=True)


def upgrade() -> None:
    # What SQLite allows to be added in place is a column without a foreign key: hence a table for the holders.
    op.add_column('escalation', sa.Column('consulted', sa.String(length=10), nullable=True))
    op.add_column('escalation', sa.Column('consulted_on', sa.Date(), nullable=True))
    op.add_column('escalation', sa.Column('practice', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index('ix_escalation_state', 'escalation', ['state'], unique=False)

    op.create_table('escalation_holder',
    sa.Column('id', ID, nullable=False),
    sa.Column('escalation_id', ID, nullable=False),
    sa.Column('person_id', ID, nullable=True),
    sa.Column('because', sa.String(length=20), nullable=False),
    sa.Column('given_by', ID, nullable=True),
    sa.Column('since', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['escalation_id'], ['escalation.id'], name=op.f('fk_escalation_holder_escalation_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_escalation_holder_person_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_escalation_holder'))
    )
    with op.batch_alter_table('escalation_holder', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_escalation_holder_escalation_id'), ['escalation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_escalation_holder_person_id'), ['person_id'], unique=False)

    op.add_column('escalation_step', sa.Column('named', sa.String(length=254), nullable=True))
    op.add_column('escalation_step', sa.Column('opened_by', ID, nullable=True))
    op.add_column('escalation_step', sa.Column('opened_as', sa.String(length=20), nullable=True))
    op.add_column('escalation_step', sa.Column('extended_until', MOMENT, nullable=True))
    op.add_column('escalation_step', sa.Column('warned_at', MOMENT, nullable=True))
    op.add_column('escalation_step', sa.Column('timed_out_at', MOMENT, nullable=True))
    op.execute("UPDATE escalation_step SET opened_as = CASE WHEN number = 1 THEN 'raised' ELSE 'advanced' END")
    op.execute(
        'UPDATE escalation_step SET extended_until = (SELECT given_until FROM escalation '
        'WHERE escalation.id = escalation_step.escalation_id) WHERE ended_at IS NULL'
    )
    op.execute('ALTER TABLE escalation DROP COLUMN given_until')

    with op.batch_alter_table('escalation_contact', schema=None) as batch_op:
        batch_op.add_column(sa.Column('because', sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column('delegated_by', ID, nullable=True))
        batch_op.add_column(sa.Column('acknowledge_by', MOMENT, nullable=True))
        batch_op.drop_constraint(batch_op.f('uq_escalation_contact_step_id_address'), type_='unique')
        batch_op.create_unique_constraint(
            batch_op.f('uq_escalation_contact_step_id_side_address'), ['step_id', 'side', 'address']
        )
    op.execute(
        'UPDATE escalation_contact SET acknowledge_by = (SELECT acknowledge_by FROM escalation_step '
        'WHERE escalation_step.id = escalation_contact.step_id) WHERE alerted_at IS NOT NULL'
    )

    op.add_column('escalation_note', sa.Column('step', sa.Integer(), nullable=True))
    op.create_table('escalation_learning',
    sa.Column('escalation_id', ID, autoincrement=False, nullable=False),
    sa.Column('deadline_id', sa.String(length=80), nullable=True),
    sa.Column('theme', sa.String(length=40), nullable=True),
    sa.Column('sealed', sa.String(), nullable=True),
    sa.Column('written_by', ID, nullable=True),
    sa.Column('written_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['escalation_id'], ['escalation.id'], name=op.f('fk_escalation_learning_escalation_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['deadline_id'], ['deadline.id'], name=op.f('fk_escalation_learning_deadline_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['written_by'], ['person.id'], name=op.f('fk_escalation_learning_written_by'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('escalation_id', name=op.f('pk_escalation_learning'))
    )


def downgrade() -> None:
    op.drop_table('escalation_learning')
    op.drop_table('escalation_holder')
    op.drop_column('escalation_note', 'step')
    with op.batch_alter_table('escalation_contact', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_escalation_contact_step_id_side_address'), type_='unique')
        batch_op.create_unique_constraint(
            batch_op.f('uq_escalation_contact_step_id_address'), ['step_id', 'address']
        )
        batch_op.drop_column('acknowledge_by')
        batch_op.drop_column('delegated_by')
        batch_op.drop_column('because')
    op.add_column('escalation', sa.Column('given_until', MOMENT, nullable=True))
    op.execute(
        'UPDATE escalation SET given_until = (SELECT max(extended_until) FROM escalation_step '
        'WHERE escalation_step.escalation_id = escalation.id AND escalation_step.ended_at IS NULL)'
    )
    for column in ('timed_out_at', 'warned_at', 'extended_until', 'opened_as', 'opened_by', 'named'):
        op.drop_column('escalation_step', column)
    op.drop_index('ix_escalation_state', table_name='escalation')
    for column in ('practice', 'consulted_on', 'consulted'):
        op.drop_column('escalation', column)
