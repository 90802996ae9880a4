-- Finish: {{run id...}, {finished...}, {former...}}. The others are flat lists. Of
-- each: token, kind, ENDED as it stands in a row, retry. Of each that another node
-- carried out than the one that holds it: its place among the IDs, that node, its
-- token; the list is left out when there is none.
-- Answers a code for each: 0 written, 1 belongs to somebody else, 2 no such run.
local ids, list = arg[1], arg[2]
local codes, wake, freed, needed = {}, false, {}, {}
local rows, here, of = many(runs_key, ids), {}, {}
local former = {} -- {node, token}, by place
for i = 1, arg[3] and #arg[3] or 0, 3 do former[arg[3][i]] = {arg[3][i + 1], arg[3][i + 2]} end

-- wait_again makes of a run one that waits for its next attempt. It remembers
-- the last ten that failed.
local function wait_again(id, r, kind, ended, retry)
  r[ENDED] = ended
  if kind ~= 0 then
    local finished, number, started, _, why = unpack_(ended)
    local skipped, attempts = unpack_(r[PAST])
    attempts[#attempts + 1] = {number, r[NODE], r[TOKEN], started, finished, kind, why}
    if #attempts > 10 then table.remove(attempts, 1) end
    r[PAST] = pack(skipped, attempts)
  end
  r[PHASE], r[DUE], r[NODE], r[TOKEN], r[INSTANCE], r[PLACE] = WAITING, retry, '', 0, -1, -1
  list_waiting(id, needs_of(r), retry)
  store_run(id, r)
end

-- finish_any finishes whatever run; by is who carried it out, if not its owner.
local function finish_any(id, r, by, kind, ended, retry)
  local group = release(id, r)
  if by then r[NODE], r[TOKEN] = by[1], by[2] end
  if any_blocked then freed[#freed + 1] = {r[JOB], group} end
  needed[needs_of(r)] = true
  ended = unpack_(ended)
  if retry ~= '' and r[CANCEL] == 0 then
    wake = true
    return wait_again(id, r, kind, ended, retry)
  end
  if kind == 0 and r[CANCEL] == 1 then ended = cancelled(ended) end
  r[ENDED] = ended
  unlive(id, r[JOB])
  record(id, r)
end

-- What a row begins with whose run is over, and was not to be cancelled.
local OVER = pack(DONE, 0, '')
local written = writes('HSET', runs_key)

-- finish is finish_any of the run that most are: of which the row's end is kept
-- as it is. It has no place and is not to be cancelled or tried again.
local function finish(id, row, kind_at, node, job, slot, instance, ended, rest)
  put('SREM', owned(node, kind_of(kind_at)[1]), id)
  unhold(job, instance)
  if any_blocked then freed[#freed + 1] = {job, ''} end
  needed[kind_of(kind_at)[1]] = true
  unlive(id, job)
  log(id, job, slot)
  local n = written.n + 2
  written[n - 1], written[n] = id, OVER .. ended .. sub(row, rest + 1)
  written.n = n
end

local function dispatch(id, row, by, token, kind, ended, retry)
  if not row then return 2 end
  if byte(row) ~= RUNNING or sub(row, -9) ~= token or here[id] then return 1 end
  here[id] = true
  local rest, packed, _ = unpack_some(row, 2, 2)
  local _, node, job, slot, instance, place = unpack_some(row, 5, rest)
  if place >= 0 or retry ~= '' or byte(row, 2) ~= 0 or by then
    finish_any(id, run_of(row), by, kind, ended, retry)
  else
    finish(id, row, packed, node, job, slot, instance, ended, rest)
  end
  return 0
end

for i, row in ipairs(rows) do
  local _, job = false, ''
  if row then _, _, _, _, job = unpack_some(row, 4, 2) end
  of[i] = job
end
know_alive(of)
know_recent(of)
for i, id in ipairs(ids) do
  codes[i] = dispatch(id, rows[i], former[i], unpack(list, i * 4 - 3, i * 4))
end
flush()
for _, f in ipairs(freed) do wake = make_room(f[1], f[2]) or wake end
for needs in pairs(needed) do
  wake = wake or #call('ZRANGEBYSCORE', key('wait:' .. needs), '-inf', text(now), 'LIMIT', 0, 1) > 0
end
if wake then publish() end
return pack(codes)
