-- Commit: {node, {work hash, text, needs, group...}, {job...}, {run id...},
-- {advance...}}. The works are one flat list, and so are the advances. Of each
-- advance: id, rev, what stands in a state from DUE on, due, seconds, remove, how
-- many runs, the runs, how many to cancel, their ids. Of each run: id, row without
-- TOKEN, instance, place, which work.
-- Answers {lease?, {code, rev, token...}}, flat as well; the code is 0 written,
-- 1 no such job, 2 changed, 3 at a limit, 4 a run has that id. Only 0 has tokens.
local node, works, ids, run_ids, list = arg[1], arg[2], arg[3], arg[4], arg[5]
local lease = call('ZSCORE', key('leases'), node)
if not lease or tonumber(lease) <= now then return pack({false}) end

local taken, places, texts = {}, {}, {}
for i, row in ipairs(many(runs_key, run_ids)) do
  if row then taken[run_ids[i]] = true end
end
for i = 1, #works, 4 do texts[works[i]] = works[i + 1] end
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
local SIZE = 5
local function refuse(job, at, n)
  local mine = n > 1 and {}
  for from = at, at + (n - 1) * SIZE, SIZE do
    local id, instance, place, work = list[from], list[from + 2], list[from + 3], list[from + 4]
    if taken[id] or mine and mine['r' .. id] then return 4 end
    if mine then mine['r' .. id] = true end
    if byte(list[from + 1]) == RUNNING then
      if instance >= 0 and (is_held(job, instance) or mine and mine['i' .. instance]) then return 3 end
      if place >= 0 and (place_used(place, works[work + 3]) or mine and mine['p' .. place]) then return 3 end
      if mine and instance >= 0 then mine['i' .. instance] = true end
      if mine and place >= 0 then mine['p' .. place] = true end
    end
  end
  return 0
end

local wake = false
local written = writes('HSET', runs_key)

local function write_run(job, id, row, instance, place, work)
  taken[id] = true
  refer(works[work], 1)
  local token, phase, needs = 0, byte(row), works[work + 2]
  if phase == RUNNING then
    local group = works[work + 3]
    token = next_seq()
    list_live(id, job, row, instance)
    if place >= 0 then places[place .. ':' .. group] = true end
    list_running(id, node, needs, place, group)
  elseif phase == DONE then
    log(id, job, slot_of(row))
  else
    wake = true
    list_live(id, job, row, -1)
    list_waiting(id, needs, run_of(row)[DUE])
  end
  local n = written.n + 2
  written[n - 1], written[n] = id, row .. number(token)
  written.n = n
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

local advanced, EMPTY = writes('HSET', state_key), byte(pack(''))

-- advance answers for the one at a place of the list, whose runs are n from runs
-- on, and from cancels on those to cancel.
local function advance(at, raw, runs, n, cancels)
  local id, rev = list[at], list[at + 1]
  if not raw then answer(1); return answer(0) end
  local code = (sub(raw, 1, 9) ~= rev or here[id]) and 2 or refuse(id, runs, n)
  answer(code)
  if code ~= 0 then return answer(0) end
  here[id] = true
  local new = next_seq()
  answer(new)
  for from = runs, runs + (n - 1) * SIZE, SIZE do
    answer(write_run(id, unpack(list, from, from + SIZE - 1)))
  end
  for i = 1, list[cancels] do cancel_run(id, list[cancels + i]) end
  local rest, kind = unpack_some(raw, 1, 9)
  local needs = kind_of(kind)[1]
  if list[at + 5] then return drop(id, needs) end
  local n = advanced.n + 2
  advanced[n - 1], advanced[n] = id, number(new) .. sub(raw, 10, rest) .. list[at + 2]
  advanced.n = n
  -- index asks of when it was due no more than whether it was.
  local was = byte(raw, rest + 1) == EMPTY and '' or 'some time'
  index(id, was, needs, list[at + 3], needs, list[at + 4])
end

local at = 1
for i = 1, #ids do
  local n = list[at + 6]
  local cancels = at + 7 + n * SIZE
  advance(at, states[i], at + 7, n, cancels)
  at = cancels + 1 + list[cancels]
end
flush_work(texts)
flush()
if wake then publish() end
return pack({true, answers})
