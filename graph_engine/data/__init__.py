"""Where samples come from, how they are split and scaled, and in what order they are met.

Nothing here imports torch but ``loading``.
"""
