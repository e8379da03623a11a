"""Intern: improves language-model post-training runs, inside the editor.

Importing this package costs nothing: the rooms are imported where they are used, because the stdio
shim (`intern lsp`) starts with every editor window.
"""

__version__ = "0.1.0"
