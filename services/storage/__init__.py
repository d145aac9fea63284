"""The services' database: tables, sessions, migrations. SQLite (WAL) by default, PostgreSQL at scale."""
