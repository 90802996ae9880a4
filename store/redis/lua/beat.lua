-- Beat: {node, lease, ahead}. Answers {now, {cancelled...}}.
local node, lease, ahead = arg[1], arg[2], arg[3]
call('ZADD', key('leases'), text(now + lease), node)
-- A promise is not taken back: what it covered may have begun.
local promised = tonumber(call('HGET', key('ahead'), node) or '0')
call('HSET', key('ahead'), node, text(math.max(promised, now + ahead)))
if lease <= 0 then
  if call('SCARD', key('serves:' .. node)) == 0 then
    call('ZREM', key('leases'), node)
    call('ZREM', key('former'), node)
    call('HDEL', key('ahead'), node)
  else
    publish()
  end
end
return pack({text(now), call('SMEMBERS', key('cancel:' .. node))})
