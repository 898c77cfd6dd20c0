"""What answers: any OpenAI-compatible server, or an analyst that needs none."""
