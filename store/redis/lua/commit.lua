-- Commit: {node, {work hash = text...}, {{id, rev, state, remove, {{run id, run}...}, {cancel...}}...}}.
-- Answers {lease?, {{code, rev, token...}...}}: 0 written, 1 no such job,
-- 2 changed, 3 at a limit, 4 a run has that id.
local node, texts, advances = arg[1], arg[2], arg[3]
local lease = call('ZSCORE', key('leases'), node)
if not lease or tonumber(lease) <= now then return pack({false}) end

local ids, run_ids, records = {}, {}, {}
for i, a in ipairs(advances) do
  ids[i] = a[1]
  for _, run in ipairs(a[5]) do
    run_ids[#run_ids + 1] = run[1]
    local r = run[2]
    if r[PHASE] == RUNNING and r[INSTANCE] >= 0 then records[#records + 1] = held(r[INSTANCE], r[JOB]) end
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
local function refuse(runs)
  local ids, records = {}, {}
  for _, run in ipairs(runs) do
    local id, r = run[1], run[2]
    if taken[id] or ids[id] then return 4 end
    ids[id] = true
    if r[PHASE] == RUNNING then
      local record = r[INSTANCE] >= 0 and held(r[INSTANCE], r[JOB])
      local place = r[PLACE] >= 0 and 'g' .. place_of(r)
      if record and (used[record] or records[record]) then return 3 end
      if place and (place_used(r) or records[place]) then return 3 end
      if record then records[record] = true end
      if place then records[place] = true end
    end
  end
  return 0
end

local wake, some_done = false, false

local function write_runs(runs, answer)
  for _, run in ipairs(runs) do
    local id, r, token = run[1], run[2], 0
    taken[id] = true
    refer(r[WORK], 1)
    if r[PHASE] == RUNNING then
      token = next_seq()
      r[NODE], r[TOKEN] = node, token
      if r[INSTANCE] >= 0 then used[held(r[INSTANCE], r[JOB])] = true end
      if r[PLACE] >= 0 then places[place_of(r)] = true end
    end
    if r[PHASE] == DONE then
      record(id, r)
      some_done = true
    else
      wake = wake or r[PHASE] == WAITING
      live(id, r)
    end
    answer[#answer + 1] = token
  end
end

local function cancel_runs(job, ids)
  for _, id in ipairs(ids) do
    local row = call('HGET', key('runs'), id)
    local r = row and unpack_(row)
    if r and r[JOB] == job and r[PHASE] ~= DONE then
      wake = cancel(id, r) or wake
      some_done = true
    end
  end
end

local function advance(a, raw)
  if not raw then return {1, 0} end
  local old, state = unpack_(raw), a[3]
  if old[1] ~= a[2] then return {2, 0} end
  local code = refuse(a[5])
  if code ~= 0 then return {code, 0} end
  local answer = {0, next_seq()}
  write_runs(a[5], answer)
  cancel_runs(a[1], a[6])
  if a[4] then
    drop(a[1], old)
  else
    state[1], state[7], state[8], state[9] = answer[2], old[7], old[8], old[9]
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
if some_done then flush_sizes() end
if wake then publish() end
return pack({true, answers})
