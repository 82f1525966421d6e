"""Letters and text messages: what they say, and how they leave."""
