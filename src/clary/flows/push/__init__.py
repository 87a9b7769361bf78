"""The push API's documents: what a document of one side is on the other, and nothing else.

Pure: no HTTP, no tables, no log-on.  `types` declares each data type once; from there come
the options (`options`), the reading of pushed documents (`inbound`), the read shapes
(`outbound`) and the query language (`query`).  `answers` builds the API's own envelopes.
"""
