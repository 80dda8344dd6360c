"""Labelled worlds made by other means than `detector simulate`, to judge the detector by.

Nothing of the detector's own simulator, suspicions or engine was looked at for it: what a platform, a
campaign and an innocent crowd look like is written here a second time, from the contract of events alone.
Parameters are drawn from wide ranges by the seed, so that worlds differ in more than their noise: days, time
zones, scripts, fields that are missing, impressions known or not, sizes from 20 accounts to 400.

`python -m tests.foreign --seed N --events 500000 --out F.jsonl --labels L.json`
"""
