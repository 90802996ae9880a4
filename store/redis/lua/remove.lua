-- Remove: {id, revision, first}. Removes the job (first) and cancels some of its
-- runs that wait. Answers {code}: 0 all done, 1 there are more runs, -1 changed,
-- -2 no such job.
local id, rev, first = arg[1], arg[2], arg[3]
if first then
  local raw = call('HGET', key('state'), id)
  if call('HEXISTS', jobs, id) == 0 then return pack({-2}) end
  local state = raw and unpack_(raw)
  if rev ~= 0 and (not state or state[1] ~= rev) then return pack({-1}) end
  drop(id, state)
  flush()
end
local ids, n, more, wake = call('ZRANGE', key('live:' .. id), 0, -1), 0, 0, false
local rows = many(key('runs'), ids)
for i, run in ipairs(ids) do
  local r = rows[i] and unpack_(rows[i])
  if r and r[PHASE] == WAITING then
    if n == 200 then more = 1; break end
    n = n + 1
    wake = cancel(run, r) or wake
  end
end
flush()
flush_sizes()
if wake then publish() end
return pack({more})
