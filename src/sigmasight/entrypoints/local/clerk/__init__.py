"""A stand-in for Clerk: an instance in memory, its Backend API, session tokens and webhooks."""
