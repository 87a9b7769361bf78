"""The demo world: sandbox companies with two years of books, and the main jobs on them.

It uses the same services as every face, so that what it shows is what users get.
"""
