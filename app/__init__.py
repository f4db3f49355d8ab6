"""The window: drawing, checking and reading networks. It never imports torch."""
