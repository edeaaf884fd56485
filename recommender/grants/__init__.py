"""Grants (免申即享): supports that reach an enterprise without an application, from the comparison to the payment."""
