"""Escalation queries: raised kindly, alerted at once, never without a next step.

`raising` opens one, `stages` opens a stage and tells people, `answering` is what the people who were told can do,
`clock` is what happens of itself, `reading` is who may see what.
"""
