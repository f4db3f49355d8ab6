"""Controls and rows of forms, for any part of the window that edits declared parameters."""
