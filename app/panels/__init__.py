"""Panels: the parts of a page; each draws one result with Streamlit."""
