-- Nodes: {remember}. Answers {now, {node, until, runs...}}: those with a lease,
-- and those whose lease was over less than remember ago.
local known, list = {}, {}

local function tell(node, ends)
  known[node] = true
  local runs = 0
  for _, needs in ipairs(call('SMEMBERS', key('serves:' .. node))) do
    runs = runs + call('SCARD', owned(node, needs))
  end
  if runs == 0 and tonumber(ends) <= now - arg[1] then return end
  local n = #list
  list[n + 1], list[n + 2], list[n + 3] = node, ends, runs
end

for _, name in ipairs({'leases', 'former'}) do
  local nodes = call('ZRANGE', key(name), 0, -1, 'WITHSCORES')
  for i = 1, #nodes, 2 do
    if not known[nodes[i]] then tell(nodes[i], text(tonumber(nodes[i + 1]))) end
  end
end
return pack({text(now), list})
