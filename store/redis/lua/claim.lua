-- Claim: {node, {serves...}, {except id = revision; 0: any}, limit, horizon}.
-- Answers {lease?, now, next, jobs, taken, dropped, uneven}.
local node, serves, except, limit, horizon = arg[1], arg[2], arg[3], arg[4], arg[5]
local lease = call('ZSCORE', key('leases'), node)
if not lease or tonumber(lease) <= now then return pack({false}) end

local next_due = nil
local function wake_at(t)
  t = tonumber(t)
  if not next_due or t < next_due then next_due = t end
end

local served = {}
for _, needs in ipairs(serves) do served[needs] = true end

-- Taking over a run is some ten commands: fewer of them in one go.
local room, taken = math.min(limit, 250), {}

local function take(id, r, group, began)
  local from = {r[NODE], r[TOKEN]}
  local was = r[PHASE]
  room = room - 1
  if was == RUNNING then
    call('SREM', owned(r[NODE], r[NEEDS]), id)
    if r[CANCEL] == 1 then call('SREM', key('cancel:' .. r[NODE]), id) end
  else
    call('ZREM', key('wait:' .. r[NEEDS]), id)
  end
  r[PHASE], r[NODE], r[TOKEN] = RUNNING, node, call('INCR', key('seq'))
  if r[CANCEL] == 1 then call('SADD', key('cancel:' .. node), id) end
  list_running(id, r[JOB], node, r[NEEDS], r[INSTANCE], r[PLACE], group)
  store_run(id, r)
  flush()
  taken[#taken + 1] = {id, pack(r), call('HGET', key('works'), r[WORK]) or '', from[1], from[2], began}
end

-- rows_of reads runs; what is listed and not there is forgotten by forget.
local function each_run(ids, forget, f)
  for i, row in ipairs(many(key('runs'), ids)) do
    if row then f(ids[i], unpack_(row)) else forget(ids[i]) end
  end
end

local function take_lost(lost)
  local promise = tonumber(call('HGET', key('ahead'), lost) or '0')
  for _, needs in ipairs(call('SMEMBERS', key('serves:' .. lost))) do
    local own = owned(lost, needs)
    if served[needs] and room > 0 then
      each_run(call('SRANDMEMBER', own, room),
        function(id) call('SREM', own, id) end,
        function(id, r)
          local _, group = limits_of(r)
          take(id, r, group, tonumber(score(r[DUE])) <= promise)
        end)
    end
    if call('EXISTS', own) == 0 then
      call('SREM', key('serves:' .. lost), needs)
    elseif served[needs] then
      wake_at(now)
    end
  end
  if call('EXISTS', key('serves:' .. lost)) == 0 then
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
        if served[needs] and call('EXISTS', owned(living[i], needs)) == 1 then wake_at(living[i + 1]) end
      end
    end
  end
end

-- free is the lowest number below max whose record is nobody's.
local function free(max, k, field)
  for i = 0, max - 1 do
    if call('HEXISTS', k, field(i)) == 0 then return i end
  end
end

local function block(id, r, name)
  call('ZREM', key('wait:' .. r[NEEDS]), id)
  call('ZADD', key('blocked:' .. name), score(r[DUE]), id)
  call('SADD', key('blocked'), name)
end

local function take_waiting(id, r)
  local instance, place = -1, -1
  local max, group, limit = limits_of(r)
  if max >= 0 then
    instance = free(max, key('held'), function(i) return held(i, r[JOB]) end)
    if not instance then return block(id, r, 'j:' .. r[JOB]) end
  end
  if group ~= '' then
    place = free(limit, key('group:' .. group), function(i) return i end)
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
    if #ids == 500 then wake_at(now) end
  end
  table.sort(found, function(a, b) return a[2] < b[2] end)
  for _, f in ipairs(found) do
    looked = looked + 1
    if room <= 0 or looked > 500 then return wake_at(now) end
    local row = call('HGET', key('runs'), f[1])
    local r = row and unpack_(row)
    if r and r[PHASE] == WAITING then take_waiting(f[1], r) else call('ZREM', f[3], f[1]) end
  end
end

-- candidates are the jobs that are due up to the horizon, the longest due first,
-- and whether there are more.
local function candidates()
  local found, unwanted, ends = {}, 0, text(now + horizon)
  for _ in pairs(except) do unwanted = unwanted + 1 end
  for _, needs in ipairs(serves) do
    local k = due_key(needs)
    local ids = call('ZRANGEBYSCORE', k, '-inf', ends, 'WITHSCORES', 'LIMIT', 0, limit + unwanted + 1)
    for i = 1, #ids, 2 do found[#found + 1] = {ids[i], tonumber(ids[i + 1]), needs} end
    local later = call('ZRANGEBYSCORE', k, '(' .. ends, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    if later[2] then wake_at(later[2]) end
  end
  table.sort(found, function(a, b) return a[2] < b[2] or a[2] == b[2] and a[1] < b[1] end)
  return found
end

local function instances(rows)
  local n = 0
  for _, row in ipairs(rows) do
    if row and unpack_(row)[INSTANCE] >= 0 then n = n + 1 end
  end
  return n
end

local places = {}
local function places_of(group)
  if group == '' then return {} end
  if not places[group] then places[group] = call('HKEYS', key('group:' .. group)) end
  return places[group]
end

local owed, dropped = {}, {}

-- consider adds a job to those owed, unless it is at its limit and not due yet.
local function consider(c, spec, raw)
  local id, due = c[1], c[2]
  local state = raw and unpack_(raw)
  if not spec or not state then
    if not spec then drop(id, state) end
    put('ZREM', due_key(c[3]), id)
    dropped[#dropped + 1] = {id, not spec}
    return
  end
  if except[id] and (except[id] == 0 or except[id] == state[1]) then return end
  if not is_due(state) or state[3] ~= c[3] then -- the set is wrong, the state is right
    put('ZREM', due_key(c[3]), id)
    return
  end
  local ids, rows = {}, {}
  if call('EXISTS', key('live:' .. id)) == 1 then
    ids = call('ZRANGE', key('live:' .. id), 0, -1)
    rows = many(key('runs'), ids)
    if state[4] >= 0 and due > now and instances(rows) >= state[4] then return wake_at(due) end
  end
  if #owed == limit then return wake_at(now) end
  owed[#owed + 1] = {id, spec, raw, ids, rows, places_of(state[5])}
end

look_after_nodes()
look_after_waiting()
local found = candidates()
for from = 1, #found, 500 do
  local ids = {}
  for i = from, math.min(from + 499, #found) do ids[#ids + 1] = found[i][1] end
  local specs, states = many(jobs, ids), many(key('state'), ids)
  for i = 1, #ids do
    if #owed == limit then wake_at(now); break end
    consider(found[from + i - 1], specs[i], states[i])
  end
end
flush()
local n = call('HLEN', jobs)
local uneven = n ~= call('HLEN', key('state')) or n ~= call('ZCARD', times) + call('ZCARD', key('idle'))
return pack({true, text(now), next_due and text(next_due) or '', owed, taken, dropped, uneven})
