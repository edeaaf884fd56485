"""免申即享 as pages show and take it."""
