-- Claim: {node, {serves...}, {except id = revision; 0: any}, limit, horizon}.
-- Answers {lease?, now, next, jobs, taken, dropped, uneven}. The jobs are one flat
-- list. Of each: id, spec, state, live run ids, their rows, places held; the last
-- three false if there are none.
local node, serves, except, limit, horizon = arg[1], arg[2], arg[3], arg[4], arg[5]
local lease = call('ZSCORE', key('leases'), node)
if not lease or tonumber(lease) <= now then return pack({false}) end

local next_due = nil
local function wake_at(t)
  t = tonumber(t)
  if not next_due or t < next_due then next_due = t end
end

local mine = {}
for _, needs in ipairs(serves) do mine[needs] = true end

-- Taking over a run is some ten commands: fewer of them in one go.
local room, taken = math.min(limit, 250), {}

local function take(id, r, group, began)
  local from = {r[NODE], r[TOKEN]}
  local was = r[PHASE]
  room = room - 1
  if was == RUNNING then
    call('SREM', owned(r[NODE], needs_of(r)), id)
    if r[CANCEL] == 1 then call('SREM', key('cancel:' .. r[NODE]), id) end
  else
    call('ZREM', key('wait:' .. needs_of(r)), id)
  end
  r[PHASE], r[NODE], r[TOKEN] = RUNNING, node, call('INCR', key('seq'))
  if r[CANCEL] == 1 then call('SADD', key('cancel:' .. node), id) end
  if was == WAITING then hold(id, r[JOB], r[INSTANCE]) end
  list_running(id, node, needs_of(r), r[PLACE], group)
  store_run(id, r)
  flush()
  taken[#taken + 1] = {id, row_of(r), call('HGET', key('works'), r[WORK]) or '', from[1], from[2], began}
end

-- rows_of reads runs; what is listed and not there is forgotten by forget.
local function each_run(ids, forget, f)
  for i, row in ipairs(many(runs_key, ids)) do
    if row then f(ids[i], run_of(row)) else forget(ids[i]) end
  end
end

-- remember keeps who had a lease, for as long as job.RememberNodes has it.
local function remember(lost)
  call('ZADD', key('former'), call('ZSCORE', key('leases'), lost), lost)
  call('ZREMRANGEBYSCORE', key('former'), '-inf', text(now - 25 * 3600 * 1000000))
end

local function take_lost(lost)
  local promise = tonumber(call('HGET', key('ahead'), lost) or '0')
  for _, needs in ipairs(call('SMEMBERS', key('serves:' .. lost))) do
    local own = owned(lost, needs)
    if mine[needs] and room > 0 then
      each_run(call('SRANDMEMBER', own, room),
        function(id) call('SREM', own, id) end,
        function(id, r)
          local _, group = limits_of(r)
          take(id, r, group, tonumber(score(r[DUE])) <= promise)
        end)
    end
    if call('EXISTS', own) == 0 then
      call('SREM', key('serves:' .. lost), needs)
    elseif mine[needs] then
      wake_at(now)
    end
  end
  if call('EXISTS', key('serves:' .. lost)) == 0 then
    remember(lost)
    call('ZREM', key('leases'), lost)
    call('HDEL', key('ahead'), lost)
    call('DEL', key('cancel:' .. lost))
  end
end

local function look_after_nodes()
  for _, lost in ipairs(call('ZRANGEBYSCORE', key('leases'), '-inf', text(now), 'LIMIT', 0, 100)) do
    take_lost(lost)
  end
  local living = call('ZRANGEBYSCORE', key('leases'), '(' .. text(now), '+inf', 'WITHSCORES')
  for i = 1, #living, 2 do
    if living[i] ~= node then
      for _, needs in ipairs(call('SMEMBERS', key('serves:' .. living[i]))) do
        if mine[needs] and call('EXISTS', owned(living[i], needs)) == 1 then wake_at(living[i + 1]) end
      end
    end
  end
end

-- free is the lowest number below max that is nobody's.
local function free(max, is_taken)
  for i = 0, max - 1 do
    if not is_taken(i) then return i end
  end
end

local function block(id, r, name)
  call('ZREM', key('wait:' .. needs_of(r)), id)
  call('ZADD', key('blocked:' .. name), score(r[DUE]), id)
  call('SADD', key('blocked'), name)
end

local function take_waiting(id, r)
  local instance, place = -1, -1
  local max, group, limit = limits_of(r)
  if max >= 0 then
    instance = free(max, function(i) return is_held(r[JOB], i) end)
    if not instance then return block(id, r, 'j:' .. r[JOB]) end
  end
  if group ~= '' then
    place = free(limit, function(i) return call('HEXISTS', key('group:' .. group), i) == 1 end)
    if not place then return block(id, r, 'g:' .. group) end
  end
  r[INSTANCE], r[PLACE] = instance, place
  take(id, r, group, false)
end

local function look_after_waiting()
  local found, looked = {}, 0
  for _, needs in ipairs(serves) do
    local k = key('wait:' .. needs)
    local ids = call('ZRANGEBYSCORE', k, '-inf', text(now), 'WITHSCORES', 'LIMIT', 0, 250)
    for i = 1, #ids, 2 do found[#found + 1] = {ids[i], tonumber(ids[i + 1]), k} end
    local later = call('ZRANGEBYSCORE', k, '(' .. text(now), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    if later[2] then wake_at(later[2]) end
    if #ids == 250 then wake_at(now) end
  end
  table.sort(found, function(a, b) return a[2] < b[2] end)
  for _, f in ipairs(found) do
    looked = looked + 1
    if room <= 0 or looked > 500 then return wake_at(now) end
    local r = run_of(call('HGET', runs_key, f[1]))
    if r and r[PHASE] == WAITING then take_waiting(f[1], r) else call('ZREM', f[3], f[1]) end
  end
end

-- candidates are the jobs that are due up to the horizon, the longest due first,
-- with their states and what set lists them; a few more than wanted.
local function candidates()
  local unwanted, ends, sets = 0, text(now + horizon), 0
  for _ in pairs(except) do unwanted = unwanted + 1 end
  local found, of = {}, {}
  for _, needs in ipairs(serves) do
    local k, n = due_key(needs), #found
    for i, id in ipairs(call('ZRANGEBYSCORE', k, '-inf', ends, 'LIMIT', 0, limit + unwanted + 1)) do
      found[n + i], of[n + i] = id, needs
    end
    if #found > n then sets = sets + 1 end
    local later = call('ZRANGEBYSCORE', k, '(' .. ends, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    if later[2] then wake_at(later[2]) end
  end
  local states = many(state_key, found)
  if sets < 2 then return found, of, states end
  local sorted, due = {}, {}
  for i = 1, #found do
    local _, t
    if states[i] then _, _, t = unpack_(states[i]) end
    sorted[i], due[i] = i, t and tonumber(t) or 0
  end
  table.sort(sorted, function(a, b) return due[a] < due[b] or due[a] == due[b] and found[a] < found[b] end)
  local ids, needs, raws = {}, {}, {}
  for i, at in ipairs(sorted) do ids[i], needs[i], raws[i] = found[at], of[at], states[at] end
  return ids, needs, raws
end

local function instances(rows)
  local n = 0
  for _, row in ipairs(rows) do
    if row and run_of(row)[INSTANCE] >= 0 then n = n + 1 end
  end
  return n
end

local places = {}
local function places_of(group)
  if not places[group] then places[group] = call('HKEYS', key('group:' .. group)) end
  return places[group]
end

local owed, owed_jobs, dropped = {}, 0, {}

-- consider adds a job to those owed, unless it is at its limit and not due yet.
local function consider(id, listed, spec, raw)
  if not spec or not raw then
    if not spec then drop(id, listed) end
    put('ZREM', due_key(listed), id)
    dropped[#dropped + 1] = {id, not spec}
    return
  end
  local rev, kind, due = unpack_(raw)
  if except[id] and (except[id] == 0 or except[id] == rev) then return end
  local needs, max, group = unpack(kind_of(kind))
  if due == '' or needs ~= listed then -- the set is wrong, the state is right
    return put('ZREM', due_key(listed), id)
  end
  local ids, rows = false, false
  if alive_of(id) then
    ids = live_ids(id)
    rows = many(runs_key, ids)
    if max >= 0 and tonumber(due) > now and instances(rows) >= max then return wake_at(due) end
  end
  local n = owed_jobs * 6
  owed[n + 1], owed[n + 2], owed[n + 3], owed[n + 4], owed[n + 5] = id, spec, raw, ids, rows
  owed[n + 6] = group ~= '' and places_of(group)
  owed_jobs = owed_jobs + 1
end

look_after_nodes()
look_after_waiting()
local found, listed, states = candidates()
for from = 1, #found, 250 do
  if owed_jobs == limit then
    wake_at(now)
    break
  end
  local to = math.min(from + 249, #found)
  local ids = {unpack(found, from, to)}
  local specs = many(jobs, ids)
  know_alive(ids)
  for i = from, to do
    if owed_jobs == limit then
      wake_at(now)
      break
    end
    consider(found[i], listed[i], specs[i - from + 1], states[i])
  end
end
flush()
local n = call('HLEN', jobs)
local uneven = n ~= call('HLEN', state_key) or n ~= call('ZCARD', times) + call('ZCARD', key('idle'))
return pack({true, text(now), next_due and text(next_due) or '', owed, taken, dropped, uneven})
