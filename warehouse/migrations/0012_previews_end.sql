-- Previews are three quarters of a row, and are there to be searched: they become NULL when 90 days have passed since
-- the row was loaded, the next time its part is merged. Bodies stay in the raw log, where the row says. It is counted
-- from loading, so that an imported history can be searched too. Rows that are there already begin with their next merge.
alter table requests
    modify column request_preview ttl toDateTime(loaded_at) + interval 90 day,
    modify column response_preview ttl toDateTime(loaded_at) + interval 90 day
settings materialize_ttl_after_modify = 0;
