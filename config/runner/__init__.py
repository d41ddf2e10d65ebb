"""`make run`: everything EventZombie needs on one machine, under one supervisor (docs/adr/0002-process-supervisor.md)."""
