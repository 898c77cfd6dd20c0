"""Our users compared with Clerk, and brought in line with it."""
