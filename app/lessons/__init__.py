"""Lessons: one pitfall a file; whatever file here holds a LESSON is on the Learn page."""
