-- The journal has no authority: the tables say themselves what they hold. A month is enough to look back at.
alter table loads modify ttl toDateTime(loaded_at) + interval 35 day;
