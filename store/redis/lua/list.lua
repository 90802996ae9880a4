-- List: {ids, after, start, count}. With ids those jobs; otherwise count of them
-- from start, in the order of next times and then, without one, of ids. after
-- names the job before the first instead of start. Answers {start after these, {{id, spec, state}...}}.
local ids, after, start, count = arg[1], arg[2], arg[3], arg[4]
if not ids then
  local due = call('ZCARD', times)
  if after ~= '' then
    local rank = call('ZRANK', times, after)
    if not rank then
      rank = call('ZRANK', key('idle'), after)
      rank = rank and rank + due
    end
    if rank then start = rank + 1 end
  end
  ids = {}
  if start < due then ids = call('ZRANGE', times, start, math.min(start + count, due) - 1) end
  if #ids < count then
    local from = math.max(start - due, 0)
    for _, id in ipairs(call('ZRANGE', key('idle'), from, from + count - #ids - 1)) do ids[#ids + 1] = id end
  end
end
local found = {}
local specs, states = many(jobs, ids), many(state_key, ids)
for i, id in ipairs(ids) do
  if specs[i] then found[#found + 1] = {id, specs[i], states[i] or ''} end
end
return pack({start + #ids, #ids, found})
