"""Published networks, drawn through the API: what the engine's figures are held against."""
