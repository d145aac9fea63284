"""The front door and the internal APIs: one process, two listeners, a folder a part.

A part is a package or module with `setup(app)`, which adds routes, keys and cleanup contexts.
Nothing opens at import or in `setup`: connections open in `cleanup_ctx` and close after it.
"""
