"""Months of billing as Clerk would tell them, and what must be known of everybody at their end."""
