"""The HTTP edge: apps, answers, cookies and the dependencies of endpoints."""
