"""The database gateway and one file of SQL per recipe."""
