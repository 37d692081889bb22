"""Explanations as text: the steps of one answer, and whole layers for a terminal, a note or a lecture."""
