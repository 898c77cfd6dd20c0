"""Tags: words of one's own to sort positions by."""
