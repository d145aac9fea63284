"""Conversations: whose turn it is, what was said, what is known of the resident, and the way to the bot."""
