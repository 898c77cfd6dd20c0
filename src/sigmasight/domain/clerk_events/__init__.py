"""What Clerk tells us in webhooks: taken in once, kept, and told again where it failed."""
