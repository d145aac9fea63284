"""Channels: each brings residents' messages in and shows the replies in its own way."""
