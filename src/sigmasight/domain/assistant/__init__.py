"""The assistant: conversations, answers, memories and insights, and the model behind them."""
