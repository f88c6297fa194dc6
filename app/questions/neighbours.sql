-- The requests right before and right after one, by time.
select
    (
        select toString(max((created_at, request_id)).2)
        from requests
        where created_at >= {at:DateTime64(6)} - interval 7 day
          and (created_at, request_id) < ({at:DateTime64(6)}, {id:UUID})
    ) as older_id,
    (
        select toString(min((created_at, request_id)).2)
        from requests
        where created_at <= {at:DateTime64(6)} + interval 7 day
          and (created_at, request_id) > ({at:DateTime64(6)}, {id:UUID})
    ) as newer_id
