-- Finish: {{id, token, started, attempt, kind, finished, rest, error, retry}...}.
-- Answers a code for each: 0 written, 1 belongs to somebody else, 2 no such run.
local ids, codes, wake = {}, {}, false
for i, f in ipairs(arg) do ids[i] = f[1] end
local rows, here, freed = many(key('runs'), ids), {}, {}

-- wait_again makes of a run one that waits for its next attempt. It remembers
-- the last ten that failed.
local function wait_again(id, r, f)
  if f[5] ~= 0 then
    local attempts = r[ATTEMPTS]
    attempts[#attempts + 1] = {f[4], r[NODE], r[TOKEN], f[3], f[6], f[5], f[8]}
    if #attempts > 10 then table.remove(attempts, 1) end
  end
  r[PHASE], r[DUE], r[NODE], r[TOKEN], r[INSTANCE], r[PLACE] = WAITING, f[9], '', 0, -1, -1
  put('ZADD', key('wait:' .. r[NEEDS]), r[DUE], id)
  store_run(id, r)
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
    release(id, r)
    freed[#freed + 1] = {[JOB] = r[JOB], [GROUP] = r[GROUP]}
    r[STARTED], r[ATTEMPT], r[KIND], r[FINISHED], r[REST] = f[3], f[4], f[5], f[6], f[7]
    if f[9] ~= '' and r[CANCEL] == 0 then
      wake = true
      wait_again(id, r, f)
    else
      if r[KIND] == 0 and r[CANCEL] == 1 then r[KIND], r[FINISHED] = CANCELLED, text(now) end
      unlive(id, r)
      record(id, r)
    end
  end
end
flush()
flush_sizes()
for _, r in ipairs(freed) do
  wake = make_room(r) or wake
end
if wake then publish() end
return pack(codes)
