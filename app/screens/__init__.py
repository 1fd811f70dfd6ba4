"""Screens: one page each."""
