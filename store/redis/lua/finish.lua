-- Finish: {{run id...}, {finished...}}. The second is a flat list. Of each: token,
-- kind, finished, outcome, retry.
-- Answers a code for each: 0 written, 1 belongs to somebody else, 2 no such run.
local ids, list = arg[1], arg[2]
local codes, wake, freed, needed = {}, false, {}, {}
local runs, here, of = many(runs_key, ids), {}, {}
for i, row in ipairs(runs) do
  local r = run_of(row)
  runs[i], of[i] = r, r and r[JOB] or ''
end
know_alive(of)

-- wait_again makes of a run one that waits for its next attempt. It remembers
-- the last ten that failed.
local function wait_again(id, r, kind, outcome, retry)
  if kind ~= 0 then
    local number, started, _, why = unpack_(outcome)
    local skipped, attempts = unpack_(r[PAST])
    attempts[#attempts + 1] = {number, r[NODE], r[TOKEN], started, r[FINISHED], kind, why}
    if #attempts > 10 then table.remove(attempts, 1) end
    r[PAST] = pack(skipped, attempts)
  end
  r[PHASE], r[DUE], r[NODE], r[TOKEN], r[INSTANCE], r[PLACE] = WAITING, retry, '', 0, -1, -1
  list_waiting(id, r[NEEDS], retry)
  store_run(id, r)
end

local function finish(id, r, kind, finished, outcome, retry)
  local group = release(id, r)
  if any_blocked then freed[#freed + 1] = {r[JOB], group} end
  needed[r[NEEDS]] = true
  r[FINISHED], r[OUTCOME] = finished, outcome
  if retry ~= '' and r[CANCEL] == 0 then
    wake = true
    return wait_again(id, r, kind, outcome, retry)
  end
  if kind == 0 and r[CANCEL] == 1 then r[FINISHED], r[OUTCOME] = text(now), cancelled(outcome) end
  unlive(id, r[JOB])
  record(id, r)
end

for i, id in ipairs(ids) do
  local r, at = runs[i], (i - 1) * 5
  if not r then
    codes[i] = 2
  elseif r[PHASE] ~= RUNNING or r[TOKEN] ~= list[at + 1] or here[id] then
    codes[i] = 1
  else
    codes[i], here[id] = 0, true
    finish(id, r, unpack(list, at + 2, at + 5))
  end
end
flush()
flush_sizes()
for _, f in ipairs(freed) do wake = make_room(f[1], f[2]) or wake end
for needs in pairs(needed) do
  wake = wake or #call('ZRANGEBYSCORE', key('wait:' .. needs), '-inf', text(now), 'LIMIT', 0, 1) > 0
end
if wake then publish() end
return pack(codes)
