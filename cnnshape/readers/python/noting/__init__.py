"""Readings that note what they make of the numbers they are given, so that other numbers need no reading."""
