-- The requests a page looks at, as conditions: one on each line, left out if its parameters were not given, or if one
-- that was given has all of them and more.
requests.step_kind = 'llm'
requests.created_at >= {start:DateTime64(6)}
requests.created_at < {end:DateTime64(6)}
has({status:Array(String)}, if(requests.status_code is null, 'none', concat(toString(intDiv(requests.status_code, 100)), 'xx')))
has({provider:Array(String)}, requests.provider)
has({model:Array(String)}, ifNull(requests.model, ''))
requests.user_id = {user:String}
requests.session_id = {session:String}
mapContains(requests.properties, {property:String})
requests.properties[{property:String}] = {value:String}
positionCaseInsensitiveUTF8(concat(toString(requests.request_id), ' ', ifNull(requests.request_preview, ''), ' ', ifNull(requests.response_preview, '')), {search:String}) > 0
requests.latency_ms >= {min_latency_ms:Float64}
requests.cost_usd >= {min_cost_usd:Float64}
(requests.created_at, requests.request_id) < ({older_at:DateTime64(6)}, {older_id:UUID})
(requests.created_at, requests.request_id) > ({newer_at:DateTime64(6)}, {newer_id:UUID})
