"""What a type looks like in JSON: one shape, from which loading, dumping and the schema are made.

Read only when a value of some type first crosses JSON: it is a third of what importing the library would cost.
"""

from .converting import dumper, loader
from .kinds import nests_without_end
from .resolve import shape_of
from .schema import schema_of, schema_of_shape
from .shapes import Dump, Load, Shape

__all__ = ["Dump", "Load", "Shape", "dumper", "loader", "nests_without_end", "schema_of", "schema_of_shape", "shape_of"]
