-- Reserves what a call wants of all its limits, or nothing. Time is Redis's own, the same for every gateway.
-- KEYS: a hash for each counter, slot -> amount. ARGV: for each quota, slot in ms, slots, amount, whether all must be left.
-- Returns {refused (from 1, or 0), retry in ms, then for each: used, reset in ms, slot}.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limits, refused, retry = {}, 0, 0

local function enough(limit, used)
    local left = limit.quota - used
    if limit.whole then return left >= limit.amount end
    return left > 0
end

for place, key in ipairs(KEYS) do
    local base = (place - 1) * 5
    local limit = {
        quota = tonumber(ARGV[base + 1]), slot_ms = tonumber(ARGV[base + 2]), slots = tonumber(ARGV[base + 3]),
        amount = tonumber(ARGV[base + 4]), whole = ARGV[base + 5] == '1', used = 0, live = {},
    }
    limit.slot = math.floor(now / limit.slot_ms)
    local stored = redis.call('HGETALL', key)
    for index = 1, #stored, 2 do
        local slot, amount = tonumber(stored[index]), tonumber(stored[index + 1])
        -- A slot that is yet to come was written before the clock went back.
        if slot < limit.slot - limit.slots or slot > limit.slot then
            redis.call('HDEL', key, stored[index])
        else
            limit.used = limit.used + amount
            table.insert(limit.live, { slot, amount })
        end
    end
    table.sort(limit.live, function(one, other) return one[1] < other[1] end)
    if refused == 0 and not enough(limit, limit.used) then
        refused, retry = place, limit.slot_ms * limit.slots
        local used = limit.used
        for _, pair in ipairs(limit.live) do
            used = used - pair[2]
            if enough(limit, used) then
                retry = (pair[1] + limit.slots + 1) * limit.slot_ms - now
                break
            end
        end
    end
    limits[place] = limit
end

local answer = { refused, retry }
for place, key in ipairs(KEYS) do
    local limit = limits[place]
    local taken, reset = 0, 0
    if refused == 0 then
        taken = limit.amount
        redis.call('HINCRBY', key, string.format('%.0f', limit.slot), string.format('%.0f', taken))
        redis.call('PEXPIRE', key, string.format('%.0f', (limit.slots + 2) * limit.slot_ms))
        reset = (limit.slots + 1) * limit.slot_ms
    end
    if #limit.live > 0 then reset = (limit.live[1][1] + limit.slots + 1) * limit.slot_ms - now end
    for _, value in ipairs({ limit.used + taken, reset, limit.slot }) do
        table.insert(answer, string.format('%.0f', value))
    end
end
return answer
