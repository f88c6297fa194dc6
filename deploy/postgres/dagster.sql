-- Dagster keeps its runs and events beside the application database, in a database of its own.
create database dagster;
