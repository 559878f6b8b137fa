-- How ids map to shards, and how replicas agree to use more of them.
--
-- A mapping is a number of shards. <base>:config has in "shards" the mappings since the beginning, the one in use last
-- ("1,2,4"), and in "mapping" how many these are. {yard:0} has what was agreed; the others learn it from whoever offers
-- or looks by it. An offer by an older mapping than a shard knows is turned away (yard_offer), so that an id is never
-- accepted at its old shard after somebody found that it isn't there and took it to its new one.
--   <base>:knows   HASH   replica -> shards that it serves; at {yard:0} only

local function adopt(base, history)
  local _, commas = string.gsub(history, ',', '')
  if commas + 1 > config_number(base, 'mapping', 0) then
    redis.call('HSET', base .. ':config', 'shards', history, 'mapping', commas + 1)
  end
end

-- yard_known: which of these ids are or were here, before they are offered at the shard that a newer mapping says.
-- From then on this shard takes no offers by an older mapping.
-- KEYS[1] base. ARGV: mappings ("1,2,4"), ids. Returns 1 or 0 for each id.
redis.register_function{function_name = 'yard_known', flags = {'allow-oom'}, callback = function(keys, args)
  refuse_while_moving(keys[1])
  local base = keys[1]
  local wrong = corrupt_key(base .. ':config', 'hash')
  if wrong then
    return {'corrupt', wrong}
  end
  local answers = {}
  for i = 2, #args do
    answers[#answers + 1] = redis.call('EXISTS', base .. ':r:' .. args[i], base .. ':o:' .. args[i]) > 0 and 1 or 0
  end
  adopt(base, args[1])
  return answers
end}

-- yard_agree: a replica says how many shards it serves, and hears which mapping is in use. More shards are used only
-- when every live replica serves them; one that never said so (an older version) serves one.
-- KEYS[1] base, {yard:0}. ARGV: replica, shards it serves, shards to use from now on if all serve them (0: just ask).
-- Returns the mappings, and the shards that all replicas serve.
redis.register_function{function_name = 'yard_agree', flags = {'allow-oom'}, callback = function(keys, args)
  local base, replica, serves, wanted = keys[1], args[1], tonumber(args[2]), tonumber(args[3])
  local wrong = corrupt_key(base .. ':config', 'hash', base .. ':knows', 'hash', base .. ':replicas', 'zset',
    base .. ':clock', 'string', base .. ':queues', 'set')
  if wrong then
    return {'corrupt', wrong}
  end
  local now, known, all = clock_now(base), {}, serves
  local entries = redis.call('HGETALL', base .. ':knows')
  for i = 1, #entries, 2 do
    known[entries[i]] = tonumber(entries[i + 1])
  end
  known[replica] = serves
  for _, other in ipairs(redis.call('ZRANGEBYSCORE', base .. ':replicas', now - 5000, '+inf')) do
    all = math.min(all, known[other] or 1)
  end
  local history = redis.call('HGET', base .. ':config', 'shards')
  if not history then
    -- A shard that has queues was used by replicas that knew no other.
    history = redis.call('EXISTS', base .. ':queues') == 1 and '1' or number_text(all)
  end
  if wanted <= all and wanted > tonumber(string.match(history, '%d+$')) then
    history = history .. ',' .. number_text(wanted)
  end
  for other in pairs(known) do
    if other ~= replica and not redis.call('ZSCORE', base .. ':replicas', other) then
      redis.call('HDEL', base .. ':knows', other)
    end
  end
  redis.call('HSET', base .. ':knows', replica, serves)
  adopt(base, history)
  return {history, all}
end}

-- yard_shrink: forgets all mappings but one. The caller has seen that the shards beyond it are empty.
-- KEYS[1] base. ARGV: replica, shards. Returns ok | others (other replicas are alive; nothing is changed).
redis.register_function{function_name = 'yard_shrink', flags = {'allow-oom'}, callback = function(keys, args)
  refuse_while_moving(keys[1])
  local base = keys[1]
  local wrong = corrupt_key(base .. ':config', 'hash', base .. ':replicas', 'zset', base .. ':clock', 'string')
  if wrong then
    return {'corrupt', wrong}
  end
  for _, other in ipairs(redis.call('ZRANGEBYSCORE', base .. ':replicas', clock_now(base) - 5000, '+inf')) do
    if other ~= args[1] then
      return {'others'}
    end
  end
  redis.call('HSET', base .. ':config', 'shards', args[2], 'mapping', 1)
  return {'ok'}
end}
