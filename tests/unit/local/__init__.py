"""The local Clerk, for itself."""
