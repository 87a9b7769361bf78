"""Rehearsal: what a company would say to documents, and what they would post, unwritten.

A planner posts its canonical bodies in memory by the edition's own posting rules, so that
every finding (period, tax, credit, accounts, stock, duplicates ...) and every ledger row
of a whole selection is known before anything is written.  What the plan itself creates and
moves counts for the documents after it, as it will in the books.

    with Rehearsal(session, info, capabilities=company.capabilities()) as rehearsal:
        findings = rehearsal.add_record("customer", body)
        for done in rehearsal.post_many([("sales_invoice", body), ...]):
            done.findings, done.rows, done.total, done.tax
        rehearsal.by_account()

Grouping of the modules: `rehearsal` is the face; `books` is what posting rules look things
up in; `shelves` holds list records and `papers` documents; `wanted` tells what a group of
documents will look up, so that the company is asked in bulk; `settings` has the company's
own settings.
"""
