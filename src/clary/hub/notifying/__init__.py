"""Notifications: what happened, told to the people who asked for it, by e-mail or webhook."""
