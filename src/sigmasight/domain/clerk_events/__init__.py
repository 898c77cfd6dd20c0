"""Clerk's webhooks: each processed once, stored, and replayed if it failed."""
