"""An analyst that needs no server: it computes its sentences from what a question carries."""
