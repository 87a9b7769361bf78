"""Clary moves data in and out of Sage 50 company books, safely."""
