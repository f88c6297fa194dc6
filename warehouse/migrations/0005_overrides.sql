-- What callers say of a call beyond what it shows: the model it counts as, and the values its prompt was filled with.
alter table requests
    add column if not exists prompt_inputs Map(LowCardinality(String), String) codec(ZSTD(1)) after prompt_version,
    add column if not exists model_override LowCardinality(Nullable(String)) codec(ZSTD(1)) after response_model;

alter table requests
    modify column model LowCardinality(Nullable(String)) alias coalesce(model_override, response_model, request_model);
