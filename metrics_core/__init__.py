"""metrics_core: segmentation scores as counts, a formula and a convention.

`__init__.pyi` lists the public names. The module of a name is imported when the name is first used: who wants one score
does not wait for the readers of ten file formats.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
