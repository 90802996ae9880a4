-- Prune: {per job, oldest time that stays ("": all), limit}. Answers {removed,
-- whether there may be more}.
local per_job, oldest, limit = arg[1], arg[2], arg[3]
local removed, more = 0, false

-- looked has the jobs whose history is all in the sorted set, so that its length
-- is known.
local looked = {}
local function write_sizes()
  flush()
  for job in pairs(looked) do
    local n = call('ZCARD', log_of(job))
    if n == 0 then put('ZREM', sizes_key, job) else put('ZADD', sizes_key, n, job) end
  end
  looked = {}
  flush()
end

-- finished_of is when a run was over: '' for always.
local function finished_of(r)
  if r[ENDED] == '' then return '' end
  return (unpack_(r[ENDED]))
end

local function forget(id, r)
  removed = removed + 1
  looked[r[JOB]] = true
  spill(r[JOB])
  put('HDEL', runs_key, id)
  put('ZREM', log_key, id)
  put('ZREM', log_of(r[JOB]), id)
  refer(r[WORK], -1)
end

-- forget_listed forgets what list names. What has no row is only listed.
local function forget_listed(ids, list, old_enough)
  for i, row in ipairs(many(runs_key, ids)) do
    local r = run_of(row)
    if not r then
      put('ZREM', list, ids[i])
      put('ZREM', log_key, ids[i])
    elseif old_enough(r) then
      forget(ids[i], r)
    end
  end
end

if per_job > 0 then
  local full = call('ZRANGEBYSCORE', sizes_key, '(' .. per_job, '+inf', 'LIMIT', 0, limit)
  more = #full == limit
  for _, job in ipairs(full) do
    if removed >= limit then break end
    spill(job)
    looked[job] = true
    local list = log_of(job)
    local over = math.min(call('ZCARD', list) - per_job, limit - removed)
    if over > 0 then
      forget_listed(call('ZRANGE', list, 0, over - 1), list, function() return true end)
    end
  end
  write_sizes()
end
if oldest ~= '' and removed < limit then
  -- No run is over before its slot.
  local ids = call('ZRANGEBYSCORE', log_key, '-inf', '(' .. oldest, 'LIMIT', 0, limit - removed)
  local before = tonumber(oldest)
  forget_listed(ids, log_key, function(r) return finished_of(r) == '' or tonumber(finished_of(r)) < before end)
end
flush_work({})
write_sizes()
return pack({removed, more or removed >= limit})
