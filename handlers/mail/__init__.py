"""The door for mail that comes in: replies and bounces, from the listener and from `herald receive`, by one function.

`sorting.py` says what a mail is, `reading.py` what is written in it, `meaning.py` what that means for the message which
it answers, `answering.py` queues the answer; `receiving.py` puts them together in one transaction.
"""
