-- Heal: {{id...}, {id = state...}}. Makes everything that is kept of these jobs
-- fit together: what has no job is dropped; what has no state gets the one that
-- is given, with the next time that it is listed with; what is not listed where
-- its state wants it is. Answers {{dropped...}, {relisted...}, {{id, spec}... without a state}}.
local ids, given = arg[1], arg[2]
local specs, states = many(jobs, ids), many(key('state'), ids)
local dropped, relisted, stateless = {}, {}, {}

local function listed(id, s)
  if is_due(s) then
    return call('ZSCORE', times, id) and call('ZSCORE', due_key(s[3]), id) and not call('ZSCORE', key('idle'), id)
  end
  return call('ZSCORE', key('idle'), id) and not call('ZSCORE', times, id)
end

for i, id in ipairs(ids) do
  local s = states[i] and unpack_(states[i])
  if not specs[i] then
    drop(id, s)
    dropped[#dropped + 1] = id
  elseif not s and given[id] then
    s = given[id]
    s[1] = call('INCR', key('seq'))
    local seconds, us = call('ZSCORE', times, id), call('ZSCORE', due_key(s[3]), id)
    if us or seconds then
      s[2] = text(us or math.floor(seconds * 1000000 + 0.5))
      s[6] = pack(s[2], s[2], '', false, '') -- next, slot, last, paused, parked
    end
    put('HSET', key('state'), id, pack(s))
    index(id, nil, s)
    if not is_due(s) then put('ZREM', times, id) end
    relisted[#relisted + 1] = id
  elseif not s then
    stateless[#stateless + 1] = {id, specs[i]}
  elseif not listed(id, s) then
    put('ZREM', is_due(s) and key('idle') or times, id)
    index(id, nil, s)
    relisted[#relisted + 1] = id
  end
end
flush()
if #relisted > 0 then publish() end
return pack({dropped, relisted, stateless})
