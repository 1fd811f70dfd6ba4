"""The dashboard: it shows what metrics_core computes."""
