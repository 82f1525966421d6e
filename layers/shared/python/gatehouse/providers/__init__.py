"""Where identity comes from: our own engine or Stytch."""
