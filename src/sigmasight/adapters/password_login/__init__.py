"""What signs people in without Clerk: passwords, and tokens signed with our own secret."""
