"""The embedded model: its data, its training and its evaluation. See README.md."""
