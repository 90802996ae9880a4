-- Enqueue: {id, run, work}. Answers {whether it was new}.
local id, r = arg[1], arg[2]
if call('HEXISTS', key('runs'), id) == 1 then return pack({false}) end
refer(r[WORK], 1)
live(id, r)
flush()
flush_work({[r[WORK]] = arg[3]})
publish()
return pack({true})
