"""The training panel: starting, steering and understanding a run. The process that trains is another."""
