"""Payments of invoices, from the books back to where the invoices were billed."""
