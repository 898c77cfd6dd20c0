"""`sigmasight dev`: a local Clerk, demo users, and everything in one process."""
