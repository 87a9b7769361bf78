"""The ground everything stands on: errors, money, time, ids, settings, changes.

It exists so that the layers above share one vocabulary for what can go wrong and
for what a change is.  It knows nothing of accounting and imports nothing of ours.
"""
