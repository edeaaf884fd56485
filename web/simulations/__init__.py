"""What the pages of simulations are made of: what can be simulated, the curves, the tables."""
