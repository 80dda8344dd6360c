"""How flags are compared with labels: reading, matching, adding up."""
