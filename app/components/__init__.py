"""Streamlit components of our own: each draws in the browser and reports what was clicked."""
