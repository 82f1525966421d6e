"""Moving in from elsewhere: commands for a person at a terminal; nothing here is deployed."""
