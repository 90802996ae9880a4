-- Prune: {per job, oldest time that stays ("": all), limit}. Answers {removed}.
local per_job, oldest, limit = arg[1], arg[2], arg[3]
local removed = 0

-- finished_of is when a run was over: '' for always.
local function finished_of(r)
  if r[ENDED] == '' then return '' end
  return (unpack_(r[ENDED]))
end

local function forget(id, r)
  removed = removed + 1
  put('HDEL', runs_key, id)
  put('ZREM', key('log'), id)
  put('ZREM', key('log:' .. r[JOB]), id)
  sizes[r[JOB]] = 0
  refer(r[WORK], -1)
end

-- forget_listed forgets what list names. What has no row is only listed.
local function forget_listed(ids, list, old_enough)
  for i, row in ipairs(many(runs_key, ids)) do
    local r = run_of(row)
    if not r then
      put('ZREM', list, ids[i])
      put('ZREM', key('log'), ids[i])
    elseif old_enough(r) then
      forget(ids[i], r)
    end
  end
  flush()
  flush_sizes(true)
end

if per_job > 0 then
  local full = call('ZRANGEBYSCORE', key('sizes'), '(' .. per_job, '+inf', 'LIMIT', 0, limit)
  for _, job in ipairs(full) do
    if removed >= limit then break end
    local list = key('log:' .. job)
    local over = math.min(call('ZCARD', list) - per_job, limit - removed)
    sizes[job] = 0
    if over > 0 then
      forget_listed(call('ZRANGE', list, 0, over - 1), list, function() return true end)
    else
      flush_sizes(true)
    end
  end
end
if oldest ~= '' and removed < limit then
  -- No run is over before its slot.
  local ids = call('ZRANGEBYSCORE', key('log'), '-inf', '(' .. oldest, 'LIMIT', 0, limit - removed)
  local before = tonumber(oldest)
  forget_listed(ids, key('log'), function(r) return finished_of(r) == '' or tonumber(finished_of(r)) < before end)
end
flush_work({})
flush()
return pack({removed})
