"""Who the enterprises are: facts, codes, profiles and the sample enterprises."""
