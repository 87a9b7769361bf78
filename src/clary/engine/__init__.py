"""Plans, the journal, leases and the one executor: how every change of Clary is applied.

Every flow is a planner in front of it; nothing else writes to a company or an app.
"""
