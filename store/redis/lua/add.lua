-- Add: {{id...}, {job...}}. The second is a flat list. Of each: spec, kind,
-- due, body, seconds. Answers for each whether it was added.
local ids, list = arg[1], arg[2]
local added, here, first, wake = {}, {}, {}, false
local specs, states = many(jobs, ids), many(state_key, ids)
local rev = call('INCRBY', key('seq'), #ids) - #ids

local function add(i, id, spec, kind, due, body, seconds)
  here[id] = true
  local needs = kind_of(kind)[1]
  -- Without its job a state is what somebody left who removed by hand.
  if states[i] then
    local _, old = unpack_(states[i])
    drop(id, kind_of(old)[1])
    flush()
  end
  put('HSET', jobs, id, spec)
  put('HSET', state_key, id, state_of(rev + i, kind, due, body))
  index(id, nil, nil, due, needs, seconds)
  if due ~= '' and (not first[needs] or tonumber(due) < tonumber(first[needs])) then first[needs] = due end
end

for i, id in ipairs(ids) do
  added[i] = not specs[i] and not here[id]
  if added[i] then add(i, id, unpack(list, i * 5 - 4, i * 5)) end
end
for needs, due in pairs(first) do wake = wake or sooner(needs, due) end
flush()
if wake then publish() end
return pack(added)
