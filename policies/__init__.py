"""What the policies say: documents, items, the rule language, benefits and the bundled library."""
