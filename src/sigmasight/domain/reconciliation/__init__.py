"""Reconciliation: comparing what is stored with what Clerk reports, and repairing it."""
