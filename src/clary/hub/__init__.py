"""One installation: its connections and secrets, and the services that every face calls.

It exists so that command line, API and pages do the same things in the same way: they
turn a request into a call of one function in `services` and its answer into text.
"""
