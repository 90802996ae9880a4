-- Commit: {node, {work hash = text...}, {{id, rev, body, due, remove, {run...}, {cancel...}}...}}.
-- Answers {lease?, {{code, rev, token...}...}}: 0 written, 1 no such job,
-- 2 changed, 3 at a limit, 4 a run has that id.
local node, texts, advances = arg[1], arg[2], arg[3]
local lease = call('ZSCORE', key('leases'), node)
if not lease or tonumber(lease) <= now then return pack({false}) end

local wake = false

local function cancel_runs(job, ids)
  for _, id in ipairs(ids) do
    local row = call('HGET', key('runs'), id)
    local r = row and unpack_(row)
    if r and r[JOB] == job and r[PHASE] ~= DONE then wake = cancel(id, r) or wake end
  end
end

-- What a run of the call is. ROW is its row, but for what stands before JOB.
local ID, ROW, SLOT, DUE, PHASE, INSTANCE, PLACE, WORK, NEEDS, GROUP = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10

local ids, run_ids, records = {}, {}, {}
for i, a in ipairs(advances) do
  ids[i] = a[1]
  for _, r in ipairs(a[6]) do
    run_ids[#run_ids + 1] = r[ID]
    if r[PHASE] == RUNNING and r[INSTANCE] >= 0 then records[#records + 1] = held(r[INSTANCE], a[1]) end
  end
end

local states = many(key("state"), ids)
local taken, used, places = {}, {}, {}
for i, row in ipairs(many(key('runs'), run_ids)) do if row then taken[run_ids[i]] = true end end
for i, owner in ipairs(many(key('held'), records)) do if owner then used[records[i]] = true end end
local seq = call('INCRBY', key('seq'), #ids + #run_ids) - #ids - #run_ids
local function next_seq() seq = seq + 1; return seq end

local function place_of(r) return r[PLACE] .. ':' .. r[GROUP] end

local function place_used(r)
  local p = place_of(r)
  if places[p] == nil then places[p] = call('HEXISTS', key('group:' .. r[GROUP]), r[PLACE]) == 1 end
  return places[p]
end

-- refuse says why the runs of an advance cannot be written; 0: they can.
local function refuse(job, runs)
  local ids, records = {}, {}
  for _, r in ipairs(runs) do
    if taken[r[ID]] or ids[r[ID]] then return 4 end
    ids[r[ID]] = true
    if r[PHASE] == RUNNING then
      local record = r[INSTANCE] >= 0 and held(r[INSTANCE], job)
      local place = r[PLACE] >= 0 and 'g' .. place_of(r)
      if record and (used[record] or records[record]) then return 3 end
      if place and (place_used(r) or records[place]) then return 3 end
      if record then records[record] = true end
      if place then records[place] = true end
    end
  end
  return 0
end

local runs_key = key('runs')
local running_row, waiting_row, done_row = string.char(0x9f), string.char(0x9f) .. pack('', 0), string.char(0x9d) .. pack('', 0)
local node_packed = pack(node)

local function write_run(job, r)
  local id, phase = r[ID], r[PHASE]
  taken[id] = true
  refer(r[WORK], 1)
  if phase == DONE then
    put('HSET', runs_key, id, done_row .. r[ROW])
    log(id, job, r[SLOT])
    return 0
  end
  list_live(id, job, r[SLOT])
  if phase == WAITING then
    wake = true
    put('HSET', runs_key, id, waiting_row .. r[ROW])
    list_waiting(id, r[NEEDS], r[DUE])
    return 0
  end
  local token = next_seq()
  put('HSET', runs_key, id, running_row .. node_packed .. pack(token) .. r[ROW])
  if r[INSTANCE] >= 0 then used[held(r[INSTANCE], job)] = true end
  if r[PLACE] >= 0 then places[place_of(r)] = true end
  list_running(id, job, node, r[NEEDS], r[INSTANCE], r[PLACE], r[GROUP])
  return token
end

local function advance(a, raw)
  if not raw then return {1, 0} end
  local old = unpack_(raw)
  if old[1] ~= a[2] then return {2, 0} end
  local code = refuse(a[1], a[6])
  if code ~= 0 then return {code, 0} end
  local answer = {0, next_seq()}
  for _, r in ipairs(a[6]) do answer[#answer + 1] = write_run(a[1], r) end
  cancel_runs(a[1], a[7])
  if a[5] then
    drop(a[1], old)
  else
    local state = {answer[2], a[4], old[3], old[4], old[5], a[3]}
    put('HSET', key('state'), a[1], pack(state))
    index(a[1], old, state)
  end
  return answer
end

local answers, here = {}, {}
for i, a in ipairs(advances) do
  if here[a[1]] then
    answers[i] = {2, 0}
  else
    answers[i] = advance(a, states[i])
    here[a[1]] = answers[i][1] == 0
  end
end
flush()
flush_work(texts)
flush_sizes()
if wake then publish() end
return pack({true, answers})
