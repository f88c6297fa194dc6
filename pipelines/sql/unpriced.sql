select
    countIf(input_tokens is not null or output_tokens is not null) as with_usage,
    countIf((input_tokens is not null or output_tokens is not null) and cost_usd is null) as unpriced
from requests
where created_at >= {since:DateTime64(6, 'UTC')}
