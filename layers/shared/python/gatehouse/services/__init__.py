"""The rules, one class per recipe."""
