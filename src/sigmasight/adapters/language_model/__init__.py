"""The language model: any OpenAI-compatible server, or the offline analyst."""
