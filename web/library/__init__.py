"""What the officials' pages of the library and of drafts are made of."""
