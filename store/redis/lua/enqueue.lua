-- Enqueue: {id, row, {job, slot, due, needs, work hash}, work}. Answers {whether it was new}.
local id, r = arg[1], arg[3]
if call('HEXISTS', runs_key, id) == 1 then return pack({false}) end
refer(r[5], 1)
put('HSET', runs_key, id, arg[2])
list_live(id, r[1], arg[2], -1)
list_waiting(id, r[4], r[3])
flush_work({[r[5]] = arg[4]})
flush()
publish()
return pack({true})
