-- What all scripts share. KEYS[1] is the hash of the jobs, KEYS[2] the sorted
-- set of their next times; every other key is named after KEYS[1]. ARGV[1] is
-- the call, in MessagePack, and so is the answer.
--
-- Rows are packed as values one after the other, not as a list: unpacked they
-- make no table, which is what costs most here. For the same reason the long
-- calls and answers are one flat list.
--
-- Times are decimal strings of microseconds, "" for none: numbers in Lua are
-- doubles, and exact only until the year 2255. As scores that is enough.
--
-- A state is rev, kind, due, body: due is "" for a job that is not due by itself;
-- no script looks into the body. A run has the values that follow. What a script
-- has to change on the way is in front, and the rest is taken along as it is: a
-- run that is finished is not packed anew. KIND is packed: needs, max, group, and
-- of a run also limit; max is how many runs may live (-1: as many as may be), and
-- a run that is over has the empty KIND. ENDED is packed: finished, attempt,
-- started, kind, error, detail, result. PAST, too: {first, last, count, reason} of
-- what was skipped and {attempts...}. Revisions and tokens have nine bytes
-- always, so that they are compared without being read; a token comes last.
local PHASE, CANCEL, KIND, ENDED, NODE, JOB, SLOT, INSTANCE, PLACE, DUE, PAST, WORK, TOKEN =
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
local WAITING, RUNNING, DONE = 0, 1, 2
local CANCELLED = 3

local call = redis.call
local pack, unpack_, unpack_some = cmsgpack.pack, cmsgpack.unpack, cmsgpack.unpack_limit
local byte, sub = string.byte, string.sub
local jobs, times = KEYS[1], KEYS[2]
local arg = unpack_(ARGV[1])

local function key(name) return jobs .. ':' .. name end

local runs_key, state_key = key('runs'), key('state')

-- number is a revision or a token in its nine bytes.
local function number(n) return struct.pack('>BI8', 0xd3, n) end

-- kind_of has the values of a KIND.
local kinds = {}
local function kind_of(packed)
  local kind = kinds[packed]
  if not kind then kind = {unpack_(packed)}; kinds[packed] = kind end
  return kind
end

-- owned has the runs of a node, by what they need.
local owned_keys = {}
local function owned(node, needs)
  local of = owned_keys[node]
  if not of then of = {}; owned_keys[node] = of end
  local k = of[needs]
  if not k then k = key('own:' .. #node .. ':' .. node .. ':' .. needs); of[needs] = k end
  return k
end

-- due_key has the jobs that are due some time, by what they need.
local due_keys = {}
local function due_key(needs)
  local k = due_keys[needs]
  if not k then k = key('due:' .. needs); due_keys[needs] = k end
  return k
end

local time = call('TIME')
local now = time[1] * 1000000 + time[2]

local function text(us) return string.format('%.0f', us) end

-- score is t as a score: the zero time comes first.
local function score(t) if t == '' then return 0 end return t end

local function publish() call('PUBLISH', key('wake'), '') end

-- Writes are gathered, so that a chunk makes one command a key of them; flush
-- does them, removals first. Nothing may rely on reading what was put.
local gathered = {ZREM = {}, SREM = {}, HDEL = {}, HSET = {}, ZADD = {}, SADD = {}}

local function writes(cmd, k)
  local list = gathered[cmd][k]
  if not list then list = {n = 0}; gathered[cmd][k] = list end
  return list
end

local function put(cmd, k, a, b)
  local list = writes(cmd, k)
  local n = list.n + 1 -- # would search
  list[n] = a
  if b ~= nil then
    n = n + 1
    list[n] = b
  end
  list.n = n
end

local write_alive, write_recent
local function flush()
  write_alive()
  write_recent()
  for _, cmd in ipairs({'ZREM', 'SREM', 'HDEL', 'HSET', 'ZADD', 'SADD'}) do
    for k, list in pairs(gathered[cmd]) do
      for i = 1, list.n, 2000 do
        call(cmd, k, unpack(list, i, math.min(i + 1999, list.n)))
      end
      list.n = 0
    end
  end
end

-- many is HMGET of any number of fields, none included.
local function many(k, fields)
  local values, n = {}, #fields
  if n > 0 and n <= 2000 then return call('HMGET', k, unpack(fields)) end
  for i = 1, n, 2000 do
    local got = call('HMGET', k, unpack(fields, i, math.min(i + 1999, n)))
    for j = 1, #got do values[#values + 1] = got[j] end
  end
  return values
end

-- index moves a job in the sorted sets from where it was due (was: "" for never,
-- nil for a job that is new) to where it is now. seconds is when that is as times
-- has it, if known.
local function index(id, was, was_needs, due, needs, seconds)
  if was and was ~= '' and (due == '' or was_needs ~= needs) then put('ZREM', due_key(was_needs), id) end
  if due ~= '' then
    if was == '' then put('ZREM', key('idle'), id) end
    put('ZADD', due_key(needs), due, id)
    put('ZADD', times, seconds or string.format('%.6f', due / 1000000), id)
  elseif was ~= '' then
    if was then put('ZREM', times, id) end
    put('ZADD', key('idle'), 0, id)
  end
end

-- drop takes a job out of everything but its runs.
local function drop(id, needs)
  put('HDEL', jobs, id)
  put('HDEL', state_key, id)
  put('ZREM', times, id)
  put('ZREM', key('idle'), id)
  if needs then put('ZREM', due_key(needs), id) end
end

-- sooner says whether nodes may have to be told of a job that is due at a time:
-- unless one that nobody can have claimed yet is due before it. A minute is
-- far beyond every horizon.
local function sooner(needs, due)
  return #call('ZRANGEBYSCORE', due_key(needs), text(now + 60000000), '(' .. due, 'LIMIT', 0, 1) == 0
end

-- work counts the runs that refer to what is to be done; the last one that goes
-- takes it along.
local refs = {}
local function refer(hash, by) refs[hash] = (refs[hash] or 0) + by end

local function flush_work(texts)
  local hashes, n = {}, 0
  for hash in pairs(refs) do n = n + 1; hashes[n] = hash end
  local counts = many(key('workrefs'), hashes)
  for i, hash in ipairs(hashes) do
    local count = (counts[i] or 0) + refs[hash]
    if count <= 0 then
      put('HDEL', key('workrefs'), hash)
      put('HDEL', key('works'), hash)
    else
      put('HSET', key('workrefs'), hash, count)
      if not counts[i] then put('HSET', key('works'), hash, texts[hash]) end
    end
  end
  refs = {}
end

-- run_of is the table of a row, if there is one.
local function run_of(row) return row and {unpack_(row)} end

local function row_of(r) return pack(unpack(r, 1, WORK)) .. number(r[TOKEN]) end

local function store_run(id, r) put('HSET', runs_key, id, row_of(r)) end

local function state_of(rev, kind, due, body) return number(rev) .. pack(kind, due, body) end

local function needs_of(r) return kind_of(r[KIND])[1] end

-- limits_of gives max, group and limit.
local function limits_of(r) return unpack(kind_of(r[KIND]), 2, 4) end

-- The history of a job is log:JOB, by slot, and before that, until they are SPILL,
-- what was over last: a field of the hash recent, which has how many these are and
-- then, of each, slot and id, "" for the id that a slot gives. So not every run is
-- a command of its own. The sorted set sizes has how long the history of a job is
-- at most, until it is looked at.
local SPILL = 16
local recents, recent_key, spoken = {}, key('recent'), {}
local log_key, sizes_key = key('log'), key('sizes')

local function know_recent(of)
  for i, raw in ipairs(many(recent_key, of)) do
    if recents[of[i]] == nil then recents[of[i]] = raw end
  end
end

local function recent_of(job)
  if recents[job] == nil then recents[job] = call('HGET', recent_key, job) end
  return recents[job]
end

write_recent = function()
  for job in pairs(spoken) do
    if recents[job] then put('HSET', recent_key, job, recents[job]) else put('HDEL', recent_key, job) end
  end
  spoken = {}
end

local function log_of(job) return key('log:' .. job) end

-- spill moves what was over last into the sorted set.
local function spill(job)
  local raw = recent_of(job)
  if not raw then return end
  local values, members = {unpack_(sub(raw, 2))}, {}
  for i = 1, #values, 2 do
    local slot, id = values[i], values[i + 1]
    members[i], members[i + 1] = score(slot), id ~= '' and id or job .. '@' .. slot
  end
  call('ZADD', log_of(job), unpack(members))
  recents[job], spoken[job] = false, true
end

-- log lists a run that is over.
local function log(id, job, slot)
  put('ZADD', log_key, score(slot), id)
  local raw, n, rest = recent_of(job), 0, ''
  if raw then
    n, rest = byte(raw), sub(raw, 2)
  else
    put('ZADD', sizes_key, call('ZCARD', log_of(job)) + SPILL, job)
  end
  if id == job .. '@' .. slot then id = '' end
  recents[job], spoken[job] = string.char(n + 1) .. rest .. pack(slot, id), true
  if n + 1 == SPILL then spill(job) end
end

-- record puts a run that is over into the history.
local function record(id, r)
  r[KIND], r[PHASE] = '', DONE
  log(id, r[JOB], r[SLOT])
  store_run(id, r)
end

-- alive has the runs of a job that are not over: the id if it is one, as most
-- often, '' if they are more. Then live:JOB lists them by slot, and held
-- has the instances that they hold: the record (job, k). The table is what this
-- script knows of the hash: false for none.
local alive, alive_key, changed = {}, key('alive'), {}
local held_key = key('held')
local only = {} -- the rows of runs that this script made, by the job whose only run it is

local function live_key(job) return key('live:' .. job) end

local function held(job, instance) return instance .. ':' .. job end

local function know_alive(of)
  local values = many(alive_key, of)
  for i, job in ipairs(of) do
    if alive[job] == nil then alive[job] = values[i] end
  end
end

local function alive_of(job)
  if alive[job] == nil then alive[job] = call('HGET', alive_key, job) end
  return alive[job]
end

local function set_alive(job, to)
  alive[job], changed[job] = to, true
end

write_alive = function()
  for job in pairs(changed) do
    if alive[job] then put('HSET', alive_key, job, alive[job]) else put('HDEL', alive_key, job) end
  end
  changed = {}
end

-- slot_of is the slot of a row.
local function slot_of(row)
  local _, _, _, _, _, _, _, slot = unpack_some(row, SLOT)
  return slot
end

-- the_only is the slot and the instance of a job's one run.
local function the_only(job)
  local r = run_of(only[job] or call('HGET', runs_key, alive[job]))
  if not r then return '', -1 end
  return r[SLOT], r[INSTANCE]
end

-- hold takes the record of an instance, unless it is plain who has it.
local function hold(id, job, instance)
  if instance >= 0 and alive_of(job) == '' then call('HSET', held_key, held(job, instance), id) end
end

local function unhold(job, instance)
  if instance >= 0 and alive_of(job) == '' then call('HDEL', held_key, held(job, instance)) end
end

local function is_held(job, instance)
  local a = alive_of(job)
  if not a then return false end
  if a == '' then return call('HEXISTS', held_key, held(job, instance)) == 1 end
  local _, its = the_only(job)
  return its == instance
end

-- list_live lists a run; row is what the only one of its job has.
local function list_live(id, job, row, instance)
  local a, slot = alive_of(job)
  if not a then
    only[job] = row
    return set_alive(job, id)
  end
  slot = slot_of(row)
  if a ~= '' then
    local first, its_slot, its_instance = a, the_only(job)
    set_alive(job, '')
    call('ZADD', live_key(job), score(its_slot), first)
    hold(first, job, its_instance)
  end
  call('ZADD', live_key(job), score(slot), id)
  hold(id, job, instance)
end

-- unlive takes a run from the list; it holds no instance any more.
local function unlive(id, job)
  if alive_of(job) == '' then
    call('ZREM', live_key(job), id)
    if call('EXISTS', live_key(job)) == 0 then set_alive(job, false) end
  elseif alive[job] == id then
    set_alive(job, false)
  end
end

local function live_ids(job)
  local a = alive_of(job)
  if not a then return {} end
  if a == '' then return call('ZRANGE', live_key(job), 0, -1) end
  return {a}
end

local function list_waiting(id, needs, due) put('ZADD', key('wait:' .. needs), score(due), id) end

-- list_running gives a run to a node, with the place that it holds.
local served = {}
local function list_running(id, node, needs, place, group)
  local list = served[needs]
  if not list then -- one script gives runs to one node
    put('SADD', key('serves:' .. node), needs)
    list = owned(node, needs)
    served[needs] = list
  end
  put('SADD', list, id)
  if place >= 0 then put('HSET', key('group:' .. group), place, id) end
end

-- Runs that found no room wait in blocked:j:JOB or blocked:g:GROUP, where no
-- claim looks, until a run of that job or group makes room. The set blocked has
-- the names of these lists.
local any_blocked = call('EXISTS', key('blocked')) == 1
local function unblock(name)
  local list = key('blocked:' .. name)
  local ids = call('ZRANGE', list, 0, 15, 'WITHSCORES')
  for i = 1, #ids, 2 do
    local row = call('HGET', key('runs'), ids[i])
    if row then call('ZADD', key('wait:' .. needs_of(run_of(row))), ids[i + 1], ids[i]) end
    call('ZREM', list, ids[i])
  end
  if #ids > 0 and call('EXISTS', list) == 0 then call('SREM', key('blocked'), name) end
  return #ids > 0
end

-- make_room lets runs be looked at that wait for what a run held or waited for.
local function make_room(job, group)
  if not any_blocked then return false end
  local some = unblock('j:' .. job)
  if group ~= '' then some = unblock('g:' .. group) or some end
  return some
end

-- release takes from a run what only a running one has, and returns the group in
-- which it held a place.
local function release(id, r)
  put('SREM', owned(r[NODE], needs_of(r)), id)
  if r[CANCEL] == 1 then put('SREM', key('cancel:' .. r[NODE]), id) end
  unhold(r[JOB], r[INSTANCE])
  if r[PLACE] < 0 then return '' end
  local _, group = limits_of(r)
  put('HDEL', key('group:' .. group), r[PLACE])
  return group
end

-- cancelled is how a run ended that was cancelled, given how it did so far.
local function cancelled(ended)
  local attempt, started, _ = 0, ''
  if ended ~= '' then _, attempt, started = unpack_(ended) end
  return pack(text(now), attempt, started, CANCELLED, '', '', '')
end

-- cancel ends a run that waits and flags one that runs; it says whether others
-- have to hear of it.
local function cancel(id, r)
  r[CANCEL] = 1
  if r[PHASE] == RUNNING then
    put('SADD', key('cancel:' .. r[NODE]), id)
    store_run(id, r)
    return true
  end
  local _, group = limits_of(r)
  put('ZREM', key('wait:' .. needs_of(r)), id)
  put('ZREM', key('blocked:j:' .. r[JOB]), id)
  put('ZREM', key('blocked:g:' .. group), id)
  unlive(id, r[JOB])
  flush()
  local some = make_room(r[JOB], group)
  r[ENDED] = cancelled(r[ENDED])
  record(id, r)
  return some
end
