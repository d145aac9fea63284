"""What keeps an installation alive: backup, restore, retention, and jobs that one process does for all."""
