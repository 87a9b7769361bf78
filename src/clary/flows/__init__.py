"""The planners: each job of Clary is planned here and applied by the one executor."""
