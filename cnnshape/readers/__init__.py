"""What a FILE may be, and who reads it."""
