-- Corrects reservations. KEYS: the counters. ARGV: for each its slot and by how much. A slot that is gone stays gone.
for place, key in ipairs(KEYS) do
    local slot, amount = ARGV[place * 2 - 1], ARGV[place * 2]
    if redis.call('HEXISTS', key, slot) == 1 then
        redis.call('HINCRBY', key, slot, amount)
    end
end
return 0
