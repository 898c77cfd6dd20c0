"""Months of billing as Clerk would report them, and the state that users must have at the end."""
