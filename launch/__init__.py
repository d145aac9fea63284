"""Set-up of one machine: train if needed, start the parts under supervisord, watch them, say where to open it."""
