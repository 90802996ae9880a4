-- Commit: {node, {work hash = text...}, {job...}, {run id...}, {advance...}}. The
-- advances are one flat list. Of each: id, rev, body, due, seconds, remove, how
-- many runs, the runs, how many to cancel, their ids. Of each run: id, row from
-- JOB on, slot, due, phase, instance, place, work hash, needs, group.
-- Answers {lease?, {code, rev, token...}}, flat as well; the code is 0 written,
-- 1 no such job, 2 changed, 3 at a limit, 4 a run has that id. Only 0 has tokens.
local node, texts, ids, run_ids, list = arg[1], arg[2], arg[3], arg[4], arg[5]
local lease = call('ZSCORE', key('leases'), node)
if not lease or tonumber(lease) <= now then return pack({false}) end

local rows, taken, places = many(runs_key, run_ids), {}, {}
for i, id in ipairs(run_ids) do if rows[i] then taken[id] = true end end
local states = many(state_key, ids)
know_alive(ids)
local seq = call('INCRBY', key('seq'), #ids + #run_ids) - #ids - #run_ids
local function next_seq() seq = seq + 1; return seq end

local function place_used(place, group)
  local p = place .. ':' .. group
  if places[p] == nil then places[p] = call('HEXISTS', key('group:' .. group), place) == 1 end
  return places[p]
end

-- The list has SIZE values of a run. refuse says why the n runs from at on cannot
-- be written; 0: they can.
local SIZE = 10
local function refuse(job, at, n)
  local mine = n > 1 and {}
  for from = at, at + (n - 1) * SIZE, SIZE do
    local id, instance, place, group = list[from], list[from + 5], list[from + 6], list[from + 9]
    if taken[id] or mine and mine['r' .. id] then return 4 end
    if mine then mine['r' .. id] = true end
    if list[from + 4] == RUNNING then
      if instance >= 0 and (is_held(job, instance) or mine and mine['i' .. instance]) then return 3 end
      if place >= 0 and (place_used(place, group) or mine and mine['p' .. place]) then return 3 end
      if mine and instance >= 0 then mine['i' .. instance] = true end
      if mine and place >= 0 then mine['p' .. place] = true end
    end
  end
  return 0
end

local wake = false
-- What stands before JOB in a row.
local OURS, NOBODYS = pack(node), pack('', 0)

local function write_run(job, id, row, slot, due, phase, instance, place, work, needs, group)
  taken[id] = true
  refer(work, 1)
  if phase == DONE then
    put('HSET', runs_key, id, NOBODYS .. row)
    log(id, job, slot)
    return 0
  end
  if phase == WAITING then
    wake = true
    list_live(id, job, slot, -1)
    put('HSET', runs_key, id, NOBODYS .. row)
    list_waiting(id, needs, due)
    return 0
  end
  local token = next_seq()
  list_live(id, job, slot, instance)
  put('HSET', runs_key, id, OURS .. pack(token) .. row)
  if place >= 0 then places[place .. ':' .. group] = true end
  list_running(id, node, needs, place, group)
  return token
end

local function cancel_run(job, id)
  local r = run_of(call('HGET', runs_key, id))
  if r and r[JOB] == job and r[PHASE] ~= DONE then wake = cancel(id, r) or wake end
end

local answers, answered, here = {}, 0, {}
local function answer(value)
  answered = answered + 1
  answers[answered] = value
end

-- advance answers for the one at a place of the list, whose runs are n from runs
-- on, and from cancels on those to cancel.
local function advance(at, raw, runs, n, cancels)
  local id, rev = list[at], list[at + 1]
  if not raw then answer(1); return answer(0) end
  local old_rev, old_due, needs, max, group = unpack_(raw)
  local code = (old_rev ~= rev or here[id]) and 2 or refuse(id, runs, n)
  answer(code)
  if code ~= 0 then return answer(0) end
  here[id] = true
  local new = next_seq()
  answer(new)
  for from = runs, runs + (n - 1) * SIZE, SIZE do
    answer(write_run(id, unpack(list, from, from + SIZE - 1)))
  end
  for i = 1, list[cancels] do cancel_run(id, list[cancels + i]) end
  if list[at + 5] then return drop(id, needs) end
  local due = list[at + 3]
  store_state(id, new, due, needs, max, group, list[at + 2])
  index(id, old_due, needs, due, needs, list[at + 4])
end

local at = 1
for i = 1, #ids do
  local n = list[at + 6]
  local cancels = at + 7 + n * SIZE
  advance(at, states[i], at + 7, n, cancels)
  at = cancels + 1 + list[cancels]
end
flush()
flush_work(texts)
flush_sizes()
if wake then publish() end
return pack({true, answers})
