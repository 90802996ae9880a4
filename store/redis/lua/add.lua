-- Add: {{id, spec, due, needs, max, group, body}...}. Answers for each whether it
-- was added.
local ids, added, wake = {}, {}, false
for i, a in ipairs(arg) do ids[i] = a[1] end
local specs, states = many(jobs, ids), many(state_key, ids)
local rev = call('INCRBY', key('seq'), #arg) - #arg
local here, first = {}, {}
for i, a in ipairs(arg) do
  local id, spec, due, needs, max, group, body = unpack(a)
  added[i] = not specs[i] and not here[id]
  if added[i] then
    here[id] = true
    -- Without its job a state is what somebody left who removed by hand.
    if states[i] then
      local _, _, old = unpack_(states[i])
      drop(id, old)
      flush()
    end
    put('HSET', jobs, id, spec)
    store_state(id, rev + i, due, needs, max, group, body)
    index(id, nil, nil, due, needs)
    if due ~= '' and (not first[needs] or tonumber(due) < tonumber(first[needs])) then first[needs] = due end
  end
end
for needs, due in pairs(first) do wake = wake or sooner(needs, due) end
flush()
if wake then publish() end
return pack(added)
