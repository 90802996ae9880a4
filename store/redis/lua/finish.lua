-- Finish: {{id, token, kind, finished, outcome, retry}...}.
-- Answers a code for each: 0 written, 1 belongs to somebody else, 2 no such run.
local ids, codes, wake = {}, {}, false
for i, f in ipairs(arg) do ids[i] = f[1] end
local rows, here, freed, needed = many(key('runs'), ids), {}, {}, {}

-- wait_again makes of a run one that waits for its next attempt. It remembers
-- the last ten that failed.
local function wait_again(id, r, f)
  if f[3] ~= 0 then
    local number, started, kind, why = unpack_(f[5])
    local skipped, attempts = unpack_(r[PAST])
    attempts[#attempts + 1] = {number, r[NODE], r[TOKEN], started, f[4], kind, why}
    if #attempts > 10 then table.remove(attempts, 1) end
    r[PAST] = pack(skipped, attempts)
  end
  r[PHASE], r[DUE], r[NODE], r[TOKEN], r[INSTANCE], r[PLACE] = WAITING, f[6], '', 0, -1, -1
  list_waiting(id, r[NEEDS], r[DUE])
  store_run(id, r)
end

local function finish(id, r, f)
  freed[#freed + 1] = {r[JOB], release(id, r)}
  needed[r[NEEDS]] = true
  r[FINISHED], r[OUTCOME] = f[4], f[5]
  if f[6] ~= '' and r[CANCEL] == 0 then
    wake = true
    return wait_again(id, r, f)
  end
  if f[3] == 0 and r[CANCEL] == 1 then r[FINISHED], r[OUTCOME] = text(now), cancelled(f[5]) end
  unlive(id, r)
  record(id, r)
end

for i, f in ipairs(arg) do
  local id, row = f[1], rows[i]
  local r = row and unpack_(row)
  if not r then
    codes[i] = 2
  elseif r[PHASE] ~= RUNNING or r[TOKEN] ~= f[2] or here[id] then
    codes[i] = 1
  else
    codes[i], here[id] = 0, true
    finish(id, r, f)
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
