"""The board: the web pages on which people read figures, follow them to their lines, and look after deliveries."""
