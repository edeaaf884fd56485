"""诉求 as pages show and take them."""
