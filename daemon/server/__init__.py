"""The daemon as its clients meet it: socket, connections, lifecycle, the stdio shim, the client.

Nothing is imported here: the shim starts with every editor window and must stay within twice the
start-up time of a bare interpreter. Import the file that you need.
"""
