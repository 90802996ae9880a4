-- CancelRun: {id}. Answers {code}: 0 done, 1 it is over, 2 no such run.
local id = arg[1]
local r = run_of(call('HGET', runs_key, id))
if not r then return pack({2}) end
if r[PHASE] == DONE then return pack({1}) end
local wake = cancel(id, r)
flush()
if wake then publish() end
return pack({0})
