"""Sign-in without Clerk: passwords, and session tokens signed with our own secret."""
