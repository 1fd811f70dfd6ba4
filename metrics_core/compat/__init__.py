"""Drop-in interfaces of other libraries: their names, arguments and values, without their known defects."""

from metrics_core.compat import elektronn3, keras, lightning

__all__ = ["elektronn3", "keras", "lightning"]
