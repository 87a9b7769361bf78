"""Tasks of the project that `make` starts; none of them is part of the installed package."""
