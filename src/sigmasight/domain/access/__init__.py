"""What a person may do: tiers, usage, invites."""
