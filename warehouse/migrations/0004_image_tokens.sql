-- Tokens of pictures, which cost other than those of text.
alter table requests
    add column if not exists input_image_tokens Nullable(UInt64) codec(ZSTD(1)) after output_audio_tokens,
    add column if not exists output_image_tokens Nullable(UInt64) codec(ZSTD(1)) after input_image_tokens;
