-- What operators look through: requests wherever they are. No function here writes anything, and none looks at more
-- rows than the caller names; Java walks all indexes of all shards in such steps, and filters there.
--
-- Of a request a row has its beginning, with header, service, method and the first part of its path; of its history
-- the beginning of the last line, and of an outcome its beginning. Java reads what these say.

do
local START = PREFIX_LENGTH + 301
local LINE = 400
local TAIL = 2400
local OUTCOME = 1349
local SCANS_MOST = 4

-- The beginning of a string; '' when there is none or something else is at its key.
local function beginning(key, length)
  local start = redis.pcall('GETRANGE', key, 0, length - 1)
  return type(start) == 'string' and start or ''
end

-- The beginning of the last line of a request's history: how its last attempt went. '' when there is none, or it is
-- too long to be found.
local function last_line(base, id, start)
  if #start < HEADER_LENGTH or string.byte(start, 5) + string.byte(start, 6) == 0 then
    return ''
  end
  local key, history = base .. ':r:' .. id, HEADER_LENGTH + struct.unpack('>I4', start, HEADER_LENGTH - 3)
  local size = redis.call('STRLEN', key)
  if size <= history then
    return ''
  end
  local tail = redis.call('GETRANGE', key, math.max(history, size - TAIL), size - 1)
  -- By steps from line to line, which looks at no byte twice, as a pattern would.
  local from, stop = 1, string.find(tail, '\n', 1, true)
  while stop and stop < #tail do
    from = stop + 1
    stop = string.find(tail, '\n', from, true)
  end
  return string.sub(tail, from, math.min(from + LINE, #tail) - 1)
end

local function add_live(answer, base, id)
  local start = beginning(base .. ':r:' .. id, START)
  answer[#answer + 1] = start
  answer[#answer + 1] = last_line(base, id, start)
end

-- The id of a ticket "<id>.<attempts>" or of a lease "<id>.<attempts>|<nonce>".
local function id_of(entry)
  return string.match(entry, '^(.*)%.%d+$') or string.match(entry, '^(.*)%.%d+|') or ''
end

-- How many entries of a sorted set stand before a place or at it: those with a lower score, or the same and a member
-- that is no greater. Looks by halves, because the one that the place names may be gone by now.
local function entries_until(key, score, member)
  local low, high = 0, redis.call('ZCARD', key)
  while low < high do
    local middle = math.floor((low + high) / 2)
    local entry = redis.call('ZRANGE', key, middle, middle, 'WITHSCORES')
    local at = tonumber(entry[2])
    if at < score or (at == score and not bytes_less(member, entry[1])) then
      low = middle + 1
    else
      high = middle
    end
  end
  return low
end

-- yard_list_waiting: tickets of a queue by their distance from its end, so that what is taken or comes back meanwhile
-- shifts none, and what comes in meanwhile makes some appear twice.
-- KEYS[1] base. ARGV: queue, how many to leave out at the end, most.
-- Returns logical now, length of the list, then ticket, beginning and last line for each, oldest first. A ticket whose
-- request is gone or elsewhere is among them.
redis.register_function{function_name = 'yard_list_waiting', flags = {'no-writes'}, callback = function(keys, args)
  local base, list, past = keys[1], keys[1] .. ':q:' .. args[1], tonumber(args[2])
  local wrong = corrupt_key(list, 'list', base .. ':clock', 'string')
  if wrong then
    return {'corrupt', wrong}
  end
  local answer = {clock_now(base, 0, true), redis.call('LLEN', list)}
  for _, ticket in ipairs(redis.call('LRANGE', list, -(past + tonumber(args[3])), -(past + 1))) do
    answer[#answer + 1] = ticket
    add_live(answer, base, id_of(ticket))
  end
  return answer
end}

-- yard_list_later: tickets of scheduled requests, by their due time.
-- KEYS[1] base. ARGV: most, place ('' or "<due>:<ticket>" of the last one seen).
-- Returns logical now, then ticket, due time, beginning and last line for each.
redis.register_function{function_name = 'yard_list_later', flags = {'no-writes'}, callback = function(keys, args)
  local base, later = keys[1], keys[1] .. ':later'
  local wrong = corrupt_key(later, 'zset', base .. ':clock', 'string')
  if wrong then
    return {'corrupt', wrong}
  end
  local score, member = string.match(args[2], '^(%d+):(.*)$')
  local from = score and entries_until(later, tonumber(score), member) or 0
  local page = redis.call('ZRANGE', later, from, from + tonumber(args[1]) - 1, 'WITHSCORES')
  local answer = {clock_now(base, 0, true)}
  for i = 1, #page, 2 do
    answer[#answer + 1] = page[i]
    answer[#answer + 1] = page[i + 1]
    add_live(answer, base, id_of(page[i]))
  end
  return answer
end}

-- yard_list_leases: requests in flight, in no order: their leases' ends move all the time.
-- KEYS[1] base. ARGV: cursor ('0' at first), about how many.
-- Returns the next cursor ('0': that was all), logical now, then lease, beginning and last line for each.
redis.register_function{function_name = 'yard_list_leases', flags = {'no-writes'}, callback = function(keys, args)
  local base, leases = keys[1], keys[1] .. ':leases'
  local wrong = corrupt_key(leases, 'zset', base .. ':clock', 'string')
  if wrong then
    return {'corrupt', wrong}
  end
  local page = redis.call('ZSCAN', leases, args[1], 'COUNT', args[2])
  local answer = {page[1], clock_now(base, 0, true)}
  for i = 1, #page[2], 2 do
    answer[#answer + 1] = page[2][i]
    add_live(answer, base, id_of(page[2][i]))
  end
  return answer
end}

-- yard_list_dead: dead requests of a queue, latest first.
-- KEYS[1] base. ARGV: queue, most, place ('' or "<score>:<id>" of the last one seen).
-- Returns logical now, then id, time of death (wall ms), beginning and beginning of the outcome for each.
redis.register_function{function_name = 'yard_list_dead', flags = {'no-writes'}, callback = function(keys, args)
  local base, dead = keys[1], keys[1] .. ':dead:' .. args[1]
  local wrong = corrupt_key(dead, 'zset', base .. ':clock', 'string')
  if wrong then
    return {'corrupt', wrong}
  end
  local score, last = string.match(args[3], '^(%d+):(.*)$')
  local from = score and dead_before(dead, tonumber(score), last) or 0
  local page = redis.call('ZREVRANGE', dead, from, from + tonumber(args[2]) - 1, 'WITHSCORES')
  local answer = {clock_now(base, 0, true)}
  for i = 1, #page, 2 do
    answer[#answer + 1] = page[i]
    answer[#answer + 1] = page[i + 1]
    answer[#answer + 1] = beginning(base .. ':r:' .. page[i], START)
    answer[#answer + 1] = beginning(base .. ':o:' .. page[i], OUTCOME)
  end
  return answer
end}

-- yard_list_outcomes: outcomes that are kept, in no order.
-- KEYS[1] base. ARGV: cursor ('0' at first), keys that one SCAN looks at.
-- Returns the next cursor ('0': that was all), then id and beginning for each.
redis.register_function{function_name = 'yard_list_outcomes', flags = {'no-writes'}, callback = function(keys, args)
  local base, cursor, found, most = keys[1], args[1], {}, tonumber(args[2])
  -- A Redis that holds much else, or many shards, gives few of our keys at a time.
  for _ = 1, SCANS_MOST do
    local page = redis.call('SCAN', cursor, 'MATCH', base .. ':o:*', 'COUNT', most)
    cursor = page[1]
    for _, key in ipairs(page[2]) do
      found[#found + 1] = key
    end
    if cursor == '0' or #found >= most / 2 then
      break
    end
  end
  local answer = {cursor}
  for _, key in ipairs(found) do
    answer[#answer + 1] = string.sub(key, #base + 4)
    answer[#answer + 1] = beginning(key, OUTCOME)
  end
  return answer
end}

-- yard_list_ids: these requests, wherever they are.
-- KEYS[1] base. ARGV: ids.
-- Returns logical now, then due time ('' unless it is scheduled), beginning, last line and beginning of the outcome for
-- each; all '' for an id that is not known.
redis.register_function{function_name = 'yard_list_ids', flags = {'no-writes'}, callback = function(keys, args)
  local base = keys[1]
  local wrong = corrupt_key(base .. ':clock', 'string')
  if wrong then
    return {'corrupt', wrong}
  end
  local answer = {clock_now(base, 0, true)}
  for _, id in ipairs(args) do
    local start = beginning(base .. ':r:' .. id, START)
    local r = decode(start)
    local due = r and r.state == SCHEDULED and redis.pcall('ZSCORE', base .. ':later', id .. '.' .. r.attempts)
    answer[#answer + 1] = type(due) == 'string' and due or ''
    answer[#answer + 1] = start
    answer[#answer + 1] = last_line(base, id, start)
    answer[#answer + 1] = beginning(base .. ':o:' .. id, OUTCOME)
  end
  return answer
end}
end
