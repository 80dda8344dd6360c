"""The commands, one file each. What a command needs beyond click it imports when it runs."""
