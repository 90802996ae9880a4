-- What all scripts share. KEYS[1] is the hash of the jobs, KEYS[2] the sorted
-- set of their next times; every other key is named after KEYS[1]. ARGV[1] is
-- the call, in MessagePack, and so is the answer.
--
-- Times are decimal strings of microseconds, "" for none: numbers in Lua are
-- doubles, and exact only until the year 2255. As scores that is enough.
--
-- A state is {rev, due, needs, max, group, body}: due is "" for a job that is
-- not due by itself, max how many runs may live (-1: as many as may be); no
-- script looks into the body. A run is the list that follows. OUTCOME is packed:
-- attempt, started, kind, error, detail, result; PAST, too: {first, last, count,
-- reason} of what was skipped and {attempts...}; LIMITS, too: max, group, limit.
-- Rows of the history end at WORK.
local NODE, TOKEN, JOB, SLOT, DUE, PHASE, INSTANCE, PLACE, CANCEL, FINISHED = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
local OUTCOME, PAST, WORK, NEEDS, LIMITS = 11, 12, 13, 14, 15
local WAITING, RUNNING, DONE = 0, 1, 2
local CANCELLED = 3

local call = redis.call
local pack, unpack_ = cmsgpack.pack, cmsgpack.unpack
local jobs, times = KEYS[1], KEYS[2]
local arg = unpack_(ARGV[1])

local function key(name) return jobs .. ':' .. name end

local function owned(node, needs) return key('own:' .. #node .. ':' .. node .. ':' .. needs) end

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

-- put gathers writes, so that a chunk makes one command a key of them; flush
-- does them, removals first. Nothing may rely on reading what was put.
local gathered = {}
local function put(cmd, k, a, b)
  local c = gathered[cmd]
  if not c then c = {}; gathered[cmd] = c end
  local list = c[k]
  if not list then list = {}; c[k] = list end
  list[#list + 1] = a
  if b ~= nil then list[#list + 1] = b end
end

local function flush()
  for _, cmd in ipairs({'ZREM', 'SREM', 'HDEL', 'HSET', 'ZADD', 'SADD'}) do
    for k, list in pairs(gathered[cmd] or {}) do
      for i = 1, #list, 2000 do
        call(cmd, k, unpack(list, i, math.min(i + 1999, #list)))
      end
    end
  end
  gathered = {}
end

-- many is HMGET of any number of fields, none included.
local function many(k, fields)
  local values = {}
  for i = 1, #fields, 2000 do
    local got = call('HMGET', k, unpack(fields, i, math.min(i + 1999, #fields)))
    for j = 1, #got do values[#values + 1] = got[j] end
  end
  return values
end

-- is_due says whether a job with state s is due some time by itself.
local function is_due(s) return s and s[2] ~= '' end

-- index moves a job in the sorted sets from where old has it (nil: nowhere) to
-- where new wants it (nil: nowhere).
local function index(id, old, new)
  local was, is = is_due(old), is_due(new)
  if was and not (is and old[3] == new[3]) then put('ZREM', due_key(old[3]), id) end
  if was and not is then put('ZREM', times, id) end
  if old and not was and (is or not new) then put('ZREM', key('idle'), id) end
  if is then
    put('ZADD', due_key(new[3]), new[2], id)
    put('ZADD', times, string.format('%.6f', new[2] / 1000000), id)
  elseif new and (was or not old) then
    put('ZADD', key('idle'), 0, id)
  end
end

-- drop takes a job out of everything but its runs.
local function drop(id, state)
  put('HDEL', jobs, id)
  put('HDEL', key('state'), id)
  put('ZREM', times, id)
  put('ZREM', key('idle'), id)
  if state then put('ZREM', due_key(state[3]), id) end
end

-- sooner says whether nodes may have to be told of a job that is due at a time:
-- unless one that nobody can have claimed yet is due before it. A minute is
-- far beyond every horizon.
local function sooner(needs, due)
  return #call('ZRANGEBYSCORE', due_key(needs), text(now + 60000000), '(' .. due, 'LIMIT', 0, 1) == 0
end

-- held is the name of the record that a run with this instance of the job has.
local function held(instance, job) return instance .. ':' .. job end

-- work counts the runs that refer to what is to be done; the last one that goes
-- takes it along.
local refs = {}
local function refer(hash, by) refs[hash] = (refs[hash] or 0) + by end

local function flush_work(texts)
  for hash, by in pairs(refs) do
    local count = call('HINCRBY', key('workrefs'), hash, by)
    if count <= 0 then
      call('HDEL', key('workrefs'), hash)
      call('HDEL', key('works'), hash)
    elseif count == by then
      call('HSET', key('works'), hash, texts[hash])
    end
  end
  refs = {}
end

-- sizes are the jobs whose part of the history changed. The sorted set has how
-- long these parts are: beyond 64 runs it is kept up to every eighth.
local sizes = {}
local function flush_sizes(exactly)
  for job, new in pairs(sizes) do
    local n = call('ZCARD', key('log:' .. job))
    if n == 0 then
      put('ZREM', key('sizes'), job)
    elseif exactly or n <= 64 or n % 8 < new then
      put('ZADD', key('sizes'), n, job)
    end
  end
  sizes = {}
  flush()
end

local function store_run(id, r) put('HSET', key('runs'), id, pack(r)) end

local function limits_of(r) return unpack_(r[LIMITS]) end

-- log lists a run that is over.
local function log(id, job, slot)
  put('ZADD', key('log'), score(slot), id)
  call('ZADD', key('log:' .. job), score(slot), id)
  sizes[job] = (sizes[job] or 0) + 1
end

-- record puts a run that is over into the history.
local function record(id, r)
  r[NEEDS], r[LIMITS], r[PHASE] = nil, nil, DONE
  log(id, r[JOB], r[SLOT])
  store_run(id, r)
end

-- list_live lists a run that is not over.
local function list_live(id, job, slot)
  put('SADD', key('live'), id)
  call('ZADD', key('live:' .. job), score(slot), id)
end

local function list_waiting(id, needs, due) put('ZADD', key('wait:' .. needs), score(due), id) end

-- list_running gives a run to a node, with the records that it holds.
local own_keys = {}
local function list_running(id, job, node, needs, instance, place, group)
  local own = own_keys[needs]
  if not own then -- all runs of one script that are given go to one node
    own = owned(node, needs)
    own_keys[needs] = own
    put('SADD', key('serves:' .. node), needs)
  end
  put('SADD', own, id)
  if instance >= 0 then put('HSET', key('held'), held(instance, job), id) end
  if place >= 0 then put('HSET', key('group:' .. group), place, id) end
end

local function unlive(id, r)
  put('SREM', key('live'), id)
  call('ZREM', key('live:' .. r[JOB]), id)
end

-- Runs that found no room wait in blocked:j:JOB or blocked:g:GROUP, where no
-- claim looks, until a run of that job or group makes room. The set blocked has
-- the names of these lists.
local any_blocked
local function unblock(name)
  if any_blocked == nil then any_blocked = call('SCARD', key('blocked')) > 0 end
  if not any_blocked then return end
  local list = key('blocked:' .. name)
  local ids = call('ZRANGE', list, 0, 15, 'WITHSCORES')
  for i = 1, #ids, 2 do
    local row = call('HGET', key('runs'), ids[i])
    if row then call('ZADD', key('wait:' .. unpack_(row)[NEEDS]), ids[i + 1], ids[i]) end
    call('ZREM', list, ids[i])
  end
  if #ids > 0 and call('EXISTS', list) == 0 then call('SREM', key('blocked'), name) end
  return #ids > 0
end

-- make_room lets runs be looked at that wait for what a run held or waited for.
local function make_room(job, group)
  local some = unblock('j:' .. job)
  if group ~= '' then some = unblock('g:' .. group) or some end
  return some
end

-- release takes from a run what only a running one has, and returns the group in
-- which it held a place.
local function release(id, r)
  put('SREM', owned(r[NODE], r[NEEDS]), id)
  if r[CANCEL] == 1 then put('SREM', key('cancel:' .. r[NODE]), id) end
  if r[INSTANCE] >= 0 then put('HDEL', key('held'), held(r[INSTANCE], r[JOB])) end
  if r[PLACE] < 0 then return '' end
  local _, group = limits_of(r)
  put('HDEL', key('group:' .. group), r[PLACE])
  return group
end

-- cancelled is the outcome of a run that was cancelled, given the one so far.
local function cancelled(outcome)
  local attempt, started = unpack_(outcome)
  return pack(attempt, started, CANCELLED, '', '', '')
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
  put('ZREM', key('wait:' .. r[NEEDS]), id)
  put('ZREM', key('blocked:j:' .. r[JOB]), id)
  put('ZREM', key('blocked:g:' .. group), id)
  unlive(id, r)
  flush()
  local some = make_room(r[JOB], group)
  r[OUTCOME], r[FINISHED] = cancelled(r[OUTCOME]), text(now)
  record(id, r)
  return some
end
