"""Answers that are kept, so that nothing is worked out twice: what each rests on, and where they lie."""
