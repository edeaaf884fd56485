"""What is printed or saved: packages, lists and simulations, as Excel or as HTML for paper."""
