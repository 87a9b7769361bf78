"""One function per use case; command line, API and pages call these and nothing below.

Each takes the `Installation` it works in and answers with a small frozen class whose
`as_dict` is what every face gives out, so that their answers cannot drift apart.
"""
