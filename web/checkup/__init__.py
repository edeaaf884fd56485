"""政策体检: the form, what was typed, and its result with questions and assumptions, as pages show them."""
