"""An analyst without a server: computes its sentences from the question's portfolios."""
