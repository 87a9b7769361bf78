"""The `clary` command: turns words on a command line into calls of services and back.

Only the option library is imported when the command starts; whatever a command works
with is imported inside it, so that help and completion answer at once.
"""
