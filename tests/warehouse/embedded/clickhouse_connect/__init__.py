"""The integration tests of clickhouse-connect's own repository against our server: `make test-clickhouse-connect`."""
