-- Replace: {id, spec, rev, due, needs, max, group, body}, with the revision that
-- was read. Answers {revision}; 0: there is no such job, -1: it was changed.
local id, spec, rev, due, needs, max, group, body = unpack(arg)
local raw = call('HGET', state_key, id)
if not raw or call('HEXISTS', jobs, id) == 0 then return pack({0}) end
local old_rev, old_due, old_needs = unpack_(raw)
if old_rev ~= rev then return pack({-1}) end
rev = call('INCR', key('seq'))
put('HSET', jobs, id, spec)
store_state(id, rev, due, needs, max, group, body)
local wake = due ~= '' and sooner(needs, due)
index(id, old_due, old_needs, due, needs)
flush()
if wake then publish() end
return pack({rev})
