-- Remove: {id, revision, first}. Removes the job (first) and cancels some of its
-- runs that wait. Answers {code}: 0 all done, 1 there are more runs, -1 changed,
-- -2 no such job.
local id, rev, first = arg[1], arg[2], arg[3]
if first then
  if call('HEXISTS', jobs, id) == 0 then return pack({-2}) end
  local raw, old_rev, kind, needs = call('HGET', state_key, id)
  if raw then
    old_rev, kind = unpack_(raw)
    needs = kind_of(kind)[1]
  end
  if rev ~= 0 and old_rev ~= rev then return pack({-1}) end
  drop(id, needs)
  flush()
end
local ids, n, more, wake = live_ids(id), 0, 0, false
local rows = many(runs_key, ids)
for i, run in ipairs(ids) do
  local r = run_of(rows[i])
  if r and r[PHASE] == WAITING then
    if n == 200 then more = 1; break end
    n = n + 1
    wake = cancel(run, r) or wake
  end
end
flush()
if wake then publish() end
return pack({more})
