"""Pages and windows that open for one purpose."""
