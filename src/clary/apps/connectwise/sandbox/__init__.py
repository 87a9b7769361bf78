"""A ConnectWise site to try things on: a real HTTP server whose state is one SQLite file.

It behaves as the vendor's own site is known to, so that a client cannot tell the two apart
where it matters: paging, errors, what an export computes and what a batch marks.  It shares
no code with the client of this package, so that neither can hide a mistake of the other.
"""
