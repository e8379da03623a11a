"""The agent: sessions, the worker in which it thinks, the tools by which it acts, the playbook.

The daemon's half begins at `agent.improver`; the worker, `agent.worker`, is a program of its own
and imports nothing of that half. So nothing is imported here.
"""
