"""The accounting language: what records are, what the editions demand, what posts where.

Pure: no I/O and nothing third-party but the model and grammar libraries, so that the
small helper beside Sage can carry it and every rule can be tested without a company.
"""
