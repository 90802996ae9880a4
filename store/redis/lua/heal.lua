-- Heal: {{id...}, {id = {kind, body}...}}. Makes everything that is
-- kept of these jobs fit together: what has no job is dropped; what has no state
-- gets the one that is given, or the next time that it is listed with; what is
-- not listed where its state wants it is.
-- Answers {{dropped...}, {relisted...}, {{id, spec}... without a state}}.
local ids, given = arg[1], arg[2]
local specs, states = many(jobs, ids), many(state_key, ids)
local dropped, relisted, stateless = {}, {}, {}

local function is_listed(id, due, needs)
  if due ~= '' then
    return call('ZSCORE', times, id) and call('ZSCORE', due_key(needs), id) and not call('ZSCORE', key('idle'), id)
  end
  return call('ZSCORE', key('idle'), id) and not call('ZSCORE', times, id)
end

-- list makes a job listed where it belongs, and nowhere else.
local function list(id, due, needs)
  relisted[#relisted + 1] = id
  if due ~= '' then
    put('ZREM', key('idle'), id)
  else
    put('ZREM', times, id)
    put('ZREM', due_key(needs), id)
  end
  index(id, nil, nil, due, needs)
end

local function adopt(id, kind, body)
  local needs = kind_of(kind)[1]
  local seconds, due = call('ZSCORE', times, id), call('ZSCORE', due_key(needs), id)
  due = due and text(due) or seconds and text(math.floor(seconds * 1000000 + 0.5)) or ''
  if due ~= '' then body = pack(due, due, '', false, '') end -- next, slot, last, paused, parked
  put('HSET', state_key, id, state_of(call('INCR', key('seq')), kind, due, body))
  list(id, due, needs)
end

for i, id in ipairs(ids) do
  local due, needs, kind, _
  if states[i] then
    _, kind, due = unpack_(states[i])
    needs = kind_of(kind)[1]
  end
  if not specs[i] then
    drop(id, needs)
    dropped[#dropped + 1] = id
  elseif not due and given[id] then
    adopt(id, unpack(given[id]))
  elseif not due then
    stateless[#stateless + 1] = {id, specs[i]}
  elseif not is_listed(id, due, needs) then
    list(id, due, needs)
  end
end
flush()
if #relisted > 0 then publish() end
return pack({dropped, relisted, stateless})
