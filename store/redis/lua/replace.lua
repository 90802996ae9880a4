-- Replace: {id, spec, rev, kind, due, body}, with the revision that
-- was read. Answers {revision}; 0: there is no such job, -1: it was changed.
local id, spec, rev, kind, due, body = unpack(arg)
local needs = kind_of(kind)[1]
local raw = call('HGET', state_key, id)
if not raw or call('HEXISTS', jobs, id) == 0 then return pack({0}) end
local old_rev, old_kind, old_due = unpack_(raw)
if old_rev ~= rev then return pack({-1}) end
rev = call('INCR', key('seq'))
put('HSET', jobs, id, spec)
put('HSET', state_key, id, state_of(rev, kind, due, body))
local wake = due ~= '' and sooner(needs, due)
index(id, old_due, kind_of(old_kind)[1], due, needs)
flush()
if wake then publish() end
return pack({rev})
