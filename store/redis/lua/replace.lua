-- Replace: {id, spec, state}, with the revision that was read in state.
-- Answers {revision}; 0: there is no such job, -1: it was changed.
local id, state = arg[1], arg[3]
local raw = call('HGET', key('state'), id)
if not raw or call('HEXISTS', jobs, id) == 0 then return pack({0}) end
local old = unpack_(raw)
if old[1] ~= state[1] then return pack({-1}) end
state[1] = call('INCR', key('seq'))
put('HSET', jobs, id, arg[2])
put('HSET', key('state'), id, pack(state))
local wake = is_due(state) and sooner(state[3], state[2])
index(id, old, state)
flush()
if wake then publish() end
return pack({state[1]})
