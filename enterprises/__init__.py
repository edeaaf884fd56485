"""Who the enterprises are: facts, codes, profiles, imports and the sample population."""
