"""The suite that every door to a Sage 50 company must pass."""
