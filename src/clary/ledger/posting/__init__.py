"""What each document does to the books: pure rules, one module per side and edition.

A rule takes a checked document and a way to look things up, and gives either ledger rows
that add up to zero or every reason why not.  It writes nothing.
"""
