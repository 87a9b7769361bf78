"""Doors to Sage 50 companies: the contract, the drivers, and the suite that proves them."""
