-- What is billed by the piece instead of by the token. Few calls have any of it.
alter table requests
    add column if not exists input_audio_seconds Nullable(UInt32) codec(ZSTD(1)) after output_image_tokens,
    add column if not exists web_searches Nullable(UInt32) codec(ZSTD(1)) after input_audio_seconds,
    add column if not exists search_units Nullable(UInt32) codec(ZSTD(1)) after web_searches;
