"""The HTTP faces: what an installation offers to other programs."""
