"""Measures speed as ratios to a raw floor or a peer in the same run; never a timed test."""
