-- Add of one job, without the library: that takes longer to begin than this takes.
-- ARGV[1] has, packed one after the other: id, spec, needs, state after its
-- revision, due, seconds. Answers, as add.lua, {whether it was added}.
local call = redis.call
local YES, NO = '\145\195', '\145\194' -- packed {true}, {false}
local jobs, times = KEYS[1], KEYS[2]
local id, spec, needs, state, due, seconds = cmsgpack.unpack(ARGV[1])
if call('HSETNX', jobs, id, spec) == 0 then return NO end
local rev = call('INCR', jobs .. ':seq')
-- Without its job a state is what somebody left who removed by hand. A claim
-- removes what of it is due.
local left = call('HSET', jobs .. ':state', id, struct.pack('>BI8', 0xd3, rev) .. state) == 0
if due == '' then
  if left then call('ZREM', times, id) end
  call('ZADD', jobs .. ':idle', 0, id)
  return YES
end
if left then call('ZREM', jobs .. ':idle', id) end
-- As sooner in lib.lua. Whoever comes for a job that is due at the same time
-- finds this one, too; it is not listed yet itself.
local k = jobs .. ':due:' .. needs
local far = (call('TIME')[1] + 60) .. '000000'
local known = #call('ZRANGEBYSCORE', k, far, due, 'LIMIT', 0, 1) > 0
call('ZADD', k, due, id)
call('ZADD', times, seconds, id)
if not known then call('PUBLISH', jobs .. ':wake', '') end
return YES
