-- Add: {{id, spec, state}...}. Answers for each whether it was added.
local ids, added, wake = {}, {}, false
for i, a in ipairs(arg) do ids[i] = a[1] end
local specs, states = many(jobs, ids), many(key('state'), ids)
local rev = call('INCRBY', key('seq'), #arg) - #arg
local here, first = {}, {}
for i, a in ipairs(arg) do
  local id, state = a[1], a[3]
  added[i] = not specs[i] and not here[id]
  if added[i] then
    here[id] = true
    state[1] = rev + i
    -- Without its job a state is what somebody left who removed by hand.
    if states[i] then
      drop(id, unpack_(states[i]))
      flush()
    end
    put('HSET', jobs, id, a[2])
    put('HSET', key('state'), id, pack(state))
    if is_due(state) and (not first[state[3]] or tonumber(state[2]) < tonumber(first[state[3]])) then
      first[state[3]] = state[2]
    end
    index(id, nil, state)
  end
end
for needs, due in pairs(first) do wake = wake or sooner(needs, due) end
flush()
if wake then publish() end
return pack(added)
