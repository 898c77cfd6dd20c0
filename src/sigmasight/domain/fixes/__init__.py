"""What operators have done to everybody's portfolios: durable, and kept with who and when."""
