"""The invented partnership Northmere and a year of its life, lived through the real use cases with a moved clock.

`partnership.yaml` and `people` say who there is, `stage` moves the clock and speaks for people, the files of `scenes`
say what happens when, and `life.live` plays it all from the first day to now.
"""
