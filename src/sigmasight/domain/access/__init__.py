"""Access: tiers, message usage and invite codes."""
