"""Deadlines: counted as the guidance counts, nudged kindly, answered with one press.

`applying` turns a file into deadlines and steps, `answering` is done / need more time / not mine, `showing` is what a
person or a page sees.
"""
