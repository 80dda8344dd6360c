"""What people write: names, comments, posts, formulas; and how campaigns vary a text."""
