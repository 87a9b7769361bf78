"""Generic operations on any record of a company: the flow behind `clary records` and the API.

A request names an action, a record type and documents; the planner turns it into a plan,
the engine applies it, and every document gets exactly one result.
"""
