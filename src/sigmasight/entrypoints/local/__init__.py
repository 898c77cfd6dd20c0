"""What `sigmasight dev` adds: a stand-in for Clerk, demo people, and everything in one process."""
