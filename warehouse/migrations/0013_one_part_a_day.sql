-- A day that nothing is added to any more becomes one part: a question about a month otherwise opens five parts a day, and
-- at the edges of an organization reads a granule of each, which is as many rows again as a tenth of the table has
-- (docs/warehouse.md has the numbers). While a day is written parts are merged as ever.
alter table requests modify setting
    min_age_to_force_merge_seconds = 3600,
    min_age_to_force_merge_on_partition_only = 1;
alter table scores modify setting
    min_age_to_force_merge_seconds = 3600,
    min_age_to_force_merge_on_partition_only = 1;
alter table property_edits modify setting
    min_age_to_force_merge_seconds = 3600,
    min_age_to_force_merge_on_partition_only = 1;
