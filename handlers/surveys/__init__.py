"""Surveys: from a file to invitations, answers and figures that give nobody away.

`applying` keeps a file, `opening` asks its audience and ends it (and asks the evaluations after briefings), `answering`
is the talk, `results` the figures, `exporting` the one table that every format shows, `showing` what waits for people.
"""
