-- A dispatched request's way: take, renew, settle; and the two moves that time causes: promote and reclaim.

-- One taken request of a reply: its queue's place in the call (1, 2, ...), id, record with the new header.
local function reply_item(items, place, id, record)
  items[#items + 1] = place
  items[#items + 1] = id
  items[#items + 1] = record
end

-- The batch that this nonce took before, as far as it is still leased; nil when the nonce is new.
local function taken_before(base, replica, nonce, places)
  local stored = redis.call('GET', base .. ':take:' .. replica)
  if not stored or string.sub(stored, 1, 8) ~= nonce then
    return nil
  end
  local items = {}
  for member in string.gmatch(string.sub(stored, 9), '[^\n]+') do
    if redis.call('ZSCORE', base .. ':leases', member) then
      local id = string.match(member, '^(.*)%.%d+|')
      local record = redis.pcall('GET', base .. ':r:' .. id)
      local r = type(record) == 'string' and decode(record)
      if r and r.state == LEASED and r.nonce == nonce then
        reply_item(items, places[queue_of(r)] or 0, id, record)
      end
    end
  end
  return items
end

-- Puts tokens back into a bucket that they were just taken from.
local function give_back(bucket, burst, tokens)
  local stored = tokens > 0 and redis.call('GET', bucket)
  if stored then
    local left, last = string.match(stored, '^(%S+) (%S+)$')
    redis.call('SET', bucket, string.format('%.17g %s', math.min(burst, tonumber(left) + tokens), last), 'KEEPTTL')
  end
end

-- yard_take: leases waiting requests, raising their attempt before anybody can send them.
-- KEYS[1] base. ARGV: replica, nonce (8 characters, random, new for every take), lease ms, then for each queue
-- "<service>:<priority>", most requests, and the service's rate (tokens a second, 0 = none) and burst.
-- Returns {items, queues}: items is place of the queue in ARGV, id, record for each; queues is for each of them
-- what is left in the list and what holds it: 0 nothing, -1 paused, ms until the rate limit has a token, or the name
-- of its key that is corrupt.
-- Tickets without a request are dropped, expired requests end here. A replay gives the same batch again.
redis.register_function{function_name = 'yard_take', flags = {'allow-oom'}, callback = function(keys, args)
  local base, replica, nonce, lease = keys[1], args[1], args[2], tonumber(args[3])
  local places, names = {}, {}
  local wrong = corrupt_key(base .. ':leases', 'zset', base .. ':take:' .. replica, 'string', base .. ':clock', 'string')
  for i = 4, #args, 4 do
    names[#names + 1] = args[i]
    places[args[i]] = #names
  end
  if wrong then
    return {'corrupt', wrong}
  end
  local items = taken_before(base, replica, nonce, places)
  local fresh = items == nil
  items = items or {}

  local now, wall = clock_now(base), wall_now()
  local deltas, leases, members, held = {}, {}, {}, {}
  for place, queue in ipairs(names) do
    local at = 4 * place
    local want, rate, burst = tonumber(args[at + 1]), tonumber(args[at + 2]), tonumber(args[at + 3])
    local list = base .. ':q:' .. queue
    local bucket = base .. ':tb:service:' .. string.match(queue, '^(.*):')
    held[place] = corrupt_queue(base, queue) or corrupt_key(bucket, 'string') or 0
    local corrupt = held[place] ~= 0
    if corrupt then
      want = 0
    elseif redis.call('HEXISTS', base .. ':n:' .. queue, 'paused') == 1 then
      want, held[place] = 0, -1
    elseif not fresh then
      want = 0
    end
    want = math.min(want, corrupt and 0 or redis.call('LLEN', list))
    if want > 0 and rate > 0 then
      local granted, wait = token_bucket(bucket, rate, burst, now, want)
      want = granted
      held[place] = wait
    end
    local got, looked, stale = 0, 0, 0
    while got < want and looked < want + 100 do
      local tickets = redis.call('LPOP', list, want - got)
      if not tickets then
        break
      end
      for _, ticket in ipairs(tickets) do
        looked = looked + 1
        local id, attempts = string.match(ticket, '^(.*)%.(%d+)$')
        local record = id and redis.pcall('GET', base .. ':r:' .. id)
        local r = type(record) == 'string' and decode(record)
        -- An id may have come back in another queue, long after it was cancelled here.
        if not r or r.state ~= QUEUED or r.attempts ~= tonumber(attempts) or queue_of(r) ~= queue then
          stale = stale + 1
        elseif r.expires ~= 0 and now >= r.expires then
          finish(base, id, r, 'X', 'expired', 'its time to live ended before a node was free', wall)
          count(deltas, queue, 'expired', 1)
        else
          r.state, r.attempts, r.nonce, r.sent = LEASED, r.attempts + 1, nonce, false
          local leased = header(r)
          redis.call('SETRANGE', base .. ':r:' .. id, 0, leased)
          local member = id .. '.' .. r.attempts .. '|' .. nonce
          leases[#leases + 1] = now + lease
          leases[#leases + 1] = member
          members[#members + 1] = member
          reply_item(items, place, id, leased .. string.sub(record, HEADER_LENGTH + 1))
          got = got + 1
        end
      end
    end
    count(deltas, queue, 'inflight', got)
    forget_gone(base, deltas, queue, stale)
    if rate > 0 then
      give_back(bucket, burst, want - got)
    end
  end
  for from = 1, #leases, 1000 do
    redis.call('ZADD', base .. ':leases', unpack(leases, from, math.min(from + 999, #leases)))
  end
  if #members > 0 then
    redis.call('SET', base .. ':take:' .. replica, nonce .. table.concat(members, '\n'), 'PX', 60000)
  end
  write_counts(base, deltas)
  local states = {}
  for place, queue in ipairs(names) do
    states[#states + 1] = type(held[place]) == 'string' and 0 or redis.call('LLEN', base .. ':q:' .. queue)
    states[#states + 1] = held[place]
  end
  return {items, states}
end}

-- Calls `each` with every member that is still leased, after its lease was prolonged; returns 1 or 0 for each.
local function prolong(base, lease, members, each)
  local wrong = corrupt_key(base .. ':leases', 'zset', base .. ':clock', 'string')
  if wrong then
    return {'corrupt', wrong}
  end
  local now, answers = clock_now(base), {}
  for i, member in ipairs(members) do
    local held = redis.call('ZSCORE', base .. ':leases', member)
    if held then
      redis.call('ZADD', base .. ':leases', 'XX', math.max(now + lease, tonumber(held)), member)
      each(member)
    end
    answers[i] = held and 1 or 0
  end
  return answers
end

-- yard_renew: prolongs leases that are still held.
-- KEYS[1] base. ARGV: lease ms, then members "<id>.<attempts>|<nonce>".
-- Returns 1 or 0 for each; 0: the lease is lost, or its request was cancelled, and nothing may be sent for it.
redis.register_function{function_name = 'yard_renew', flags = {'allow-oom'}, callback = function(keys, args)
  local lease = tonumber(table.remove(args, 1))
  return prolong(keys[1], lease, args, function() end)
end}

-- yard_sent: prolongs leases whose requests are at a node by now, and keeps that on record: only a request that was
-- sent can be what brings its dispatchers down.
-- KEYS[1] base. ARGV: lease ms, then members "<id>.<attempts>|<nonce>". Returns 1 or 0 for each, as yard_renew does.
redis.register_function{function_name = 'yard_sent', flags = {'allow-oom'}, callback = function(keys, args)
  local base, lease = keys[1], tonumber(table.remove(args, 1))
  return prolong(base, lease, args, function(member)
    local id, nonce = string.match(member, '^(.*)%.%d+|(.*)$')
    local r = find(base, id)
    if r and r.state == LEASED and r.nonce == nonce and not r.sent then
      r.sent = true
      redis.call('SETRANGE', base .. ':r:' .. id, 2, string.char(flags_of(r)))
    end
  end)
end}

-- A function that says whether a queue has a corrupt key, looking once at each.
local function corrupt_queues(base)
  local known = {}
  return function(queue)
    if known[queue] == nil then
      known[queue] = corrupt_queue(base, queue) ~= nil
    end
    return known[queue]
  end
end

-- What a settlement is answered whose lease is not held: it was carried out before ('ok'), its request was
-- cancelled ('gone'), or another lease has taken over ('fenced').
local function settled_before(base, id, r, nonce)
  if r then
    return r.state ~= LEASED and r.nonce == nonce and 'ok' or 'fenced'
  end
  local outcome = redis.call('GETRANGE', base .. ':o:' .. id, 40, 48)
  if string.sub(outcome, 1, 8) == nonce then
    return 'ok'
  end
  return string.sub(outcome, 9, 9) == 'C' and 'gone' or 'fenced'
end

-- yard_settle: ends attempts. Only the current lease settles; a late word changes nothing.
-- KEYS[1] base. ARGV: for each id, attempt, nonce, kind and two more:
--   succeeded  outcome JSON, fingerprint (SHA-1 of the content, 40 hex digits)
--   dead       outcome JSON, fingerprint
--   retry      delay ms, history line (JSON): the attempt was sent and counts
--   defer      delay ms, history line (JSON): the attempt was sent, and does not count against the retries
--   release    delay ms (0: first in its queue, at once), '': nothing was sent, the attempt is given back
-- Returns for each: ok | fenced | gone (cancelled meanwhile) | damaged (a key of its queue or its outcome's is not
-- ours; nothing is changed for it). A replay gives the same answers and changes nothing.
redis.register_function{function_name = 'yard_settle', flags = {'allow-oom'}, callback = function(keys, args)
  local base = keys[1]
  local wrong = corrupt_key(base .. ':leases', 'zset', base .. ':later', 'zset', base .. ':clock', 'string')
  if wrong then
    return {'corrupt', wrong}
  end
  local now, wall = clock_now(base), wall_now()
  local ttl = config_number(base, 'outcome-ttl', 3600000)
  local deltas, answers = {}, {}
  local corrupt = corrupt_queues(base)
  -- From the last to the first, so that those that go back to the head of their queue stand there in order.
  for i = #args - 5, 1, -6 do
    local id, attempt, nonce, kind = args[i], args[i + 1], args[i + 2], args[i + 3]
    local answer
    local r = find(base, id)
    if corrupt_key(base .. ':o:' .. id, 'string') or r and corrupt(queue_of(r)) then
      answer = 'damaged'
    elseif redis.call('ZREM', base .. ':leases', id .. '.' .. attempt .. '|' .. nonce) == 0
      or not r or r.state ~= LEASED or r.nonce ~= nonce then
      answer = settled_before(base, id, r, nonce)
    else
      answer = 'ok'
      local queue = queue_of(r)
      count(deltas, queue, 'inflight', -1)
      if kind == 'succeeded' then
        redis.call('SET', base .. ':o:' .. id, args[i + 5] .. nonce .. 'S' .. args[i + 4], 'PX', ttl)
        redis.call('UNLINK', base .. ':r:' .. id)
        count(deltas, queue, 'succeeded', 1)
        tell_settled(base, id, r)
      elseif kind == 'dead' then
        bury(base, id, r, args[i + 5] .. nonce .. 'D' .. args[i + 4], wall)
        count(deltas, queue, 'failed', 1)
      else
        local delay = tonumber(args[i + 4])
        if kind == 'retry' or kind == 'defer' then
          r.forgiven = r.forgiven + (kind == 'defer' and 1 or 0)
          redis.call('APPEND', base .. ':r:' .. id, args[i + 5] .. '\n')
          count(deltas, queue, 'retried', 1)
        else
          r.attempts = r.attempts - 1
        end
        local ticket = id .. '.' .. r.attempts
        if delay > 0 then
          r.state = SCHEDULED
          redis.call('ZADD', base .. ':later', now + delay, ticket)
          count(deltas, queue, 'scheduled', 1)
        else
          r.state = QUEUED
          push(base, queue, ticket, 'LPUSH')
        end
        redis.call('SETRANGE', base .. ':r:' .. id, 0, header(r))
      end
    end
    answers[(i + 5) / 6] = answer
  end
  write_counts(base, deltas)
  return answers
end}

-- What is due but belongs to a corrupt queue is looked at again after this time, so that it holds up no other.
local CORRUPT_PAUSE = 1000

-- Moves at most `most` requests whose time has come into their queues; returns how many.
local function promote(base, now, most)
  local due = redis.call('ZRANGEBYSCORE', base .. ':later', '-inf', now, 'LIMIT', 0, most)
  local deltas, moved = {}, 0
  local corrupt = corrupt_queues(base)
  for _, ticket in ipairs(due) do
    local id, attempts = string.match(ticket, '^(.*)%.(%d+)$')
    local r = id and find(base, id)
    local due_now = r and r.state == SCHEDULED and r.attempts == tonumber(attempts)
    local queue = due_now and queue_of(r)
    if due_now and corrupt(queue) then
      redis.call('ZADD', base .. ':later', now + CORRUPT_PAUSE, ticket)
    else
      redis.call('ZREM', base .. ':later', ticket)
      moved = moved + 1
    end
    if due_now and not corrupt(queue) then
      r.state = QUEUED
      redis.call('SETRANGE', base .. ':r:' .. id, 0, header(r))
      push(base, queue, ticket, 'RPUSH')
      count(deltas, queue, 'scheduled', -1)
    end
  end
  write_counts(base, deltas)
  return moved
end

-- Takes at most `most` requests back whose lease ended: to the head of their queue, or to the dead when no attempt
-- is left or the lease was lost too often after they were sent. Returns how many leases were lost.
local function reclaim(base, now, most)
  local ended = redis.call('ZRANGEBYSCORE', base .. ':leases', '-inf', now, 'LIMIT', 0, most)
  local deltas, lost = {}, 0
  local corrupt = corrupt_queues(base)
  local wall = wall_now()
  -- From the last to the first, so that they stand at the head of their queue in the order they had.
  for i = #ended, 1, -1 do
    local member = ended[i]
    local id, nonce = string.match(member, '^(.*)%.%d+|(.*)$')
    local r = id and find(base, id)
    -- The state decides, not the index: what was settled or moved since must stay as it is.
    local held = r and r.state == LEASED and r.nonce == nonce
    local queue = held and queue_of(r)
    if held and corrupt(queue) then
      redis.call('ZADD', base .. ':leases', now + CORRUPT_PAUSE, member)
    else
      redis.call('ZREM', base .. ':leases', member)
    end
    if held and not corrupt(queue) then
      lost = lost + 1
      r.lost, r.nonce = r.lost + (r.sent and 1 or 0), NO_NONCE
      count(deltas, queue, 'inflight', -1)
      redis.call('APPEND', base .. ':r:' .. id,
        string.format('{"attempt":%d,"at":%.0f,"cause":"lease-lost"}\n', r.attempts, wall))
      if r.lost >= LOST_LEASES_LIMIT then
        bury(base, id, r, outcome_of(base, id, r, 'D', 'poison',
          'its lease was lost ' .. r.lost .. ' times after it was sent: it may bring its dispatcher down', wall), wall)
        count(deltas, queue, 'failed', 1)
      elseif r.attempts >= attempts_allowed(base, r) then
        bury(base, id, r, outcome_of(base, id, r, 'D', 'lease-lost',
          'its dispatcher was lost after it may have been sent, and no attempt is left', wall), wall)
        count(deltas, queue, 'failed', 1)
      else
        r.state = QUEUED
        redis.call('SETRANGE', base .. ':r:' .. id, 0, header(r))
        push(base, queue, id .. '.' .. r.attempts, 'LPUSH')
      end
    end
  end
  write_counts(base, deltas)
  return lost
end

local function moving_keys_corrupt(base)
  return corrupt_key(base .. ':leases', 'zset', base .. ':later', 'zset', base .. ':clock', 'string',
    base .. ':replicas', 'zset')
end

-- yard_promote: KEYS[1] base. ARGV: most. Returns how many due tickets were moved.
redis.register_function{function_name = 'yard_promote', flags = {'allow-oom'}, callback = function(keys, args)
  local wrong = moving_keys_corrupt(keys[1])
  return wrong and {'corrupt', wrong} or {promote(keys[1], clock_now(keys[1]), tonumber(args[1]))}
end}

-- yard_reclaim: KEYS[1] base. ARGV: most. Returns how many leases were lost.
redis.register_function{function_name = 'yard_reclaim', flags = {'allow-oom'}, callback = function(keys, args)
  local wrong = moving_keys_corrupt(keys[1])
  return wrong and {'corrupt', wrong} or {reclaim(keys[1], clock_now(keys[1]), tonumber(args[1]))}
end}

-- Looks whether Redis' memory is nearly used up, and lets nothing more in while it is: at the hard limit of
-- maxmemory even settling might lack the memory it needs. Returns 1 when it is full, 0 when not.
local function watch_memory(base)
  local share = config_number(base, 'max-memory', 0)
  local info = redis.pcall('INFO', 'memory')
  local before = config_number(base, 'memory-full', 0)
  if share == 0 or type(info) ~= 'string' then
    return before
  end
  local used = tonumber(string.match(info, 'used_memory:(%d+)'))
  local most = tonumber(string.match(info, '\nmaxmemory:(%d+)'))
  -- Opens again only somewhat below, so that it doesn't flutter.
  local limit = most * share * (before == 1 and 0.97 or 1)
  local full = most > 0 and used > limit and 1 or 0
  if full ~= before and not corrupt_key(base .. ':config', 'hash') then
    redis.call('HSET', base .. ':config', 'memory-full', full)
  end
  return full
end

-- yard_tend: a replica's regular call: sign of life, promote, reclaim.
-- KEYS[1] base. ARGV: replica, ms since its last call by its monotonic clock (what the logical clock may catch up
-- after an outage), most moves of each kind.
-- Returns promoted, leases lost, length of the ingress list, replicas alive, 1 while Redis is so full that nothing
-- is let in, else 0.
redis.register_function{function_name = 'yard_tend', flags = {'allow-oom'}, callback = function(keys, args)
  local base, replica, most = keys[1], args[1], tonumber(args[3])
  local wrong = moving_keys_corrupt(base) or corrupt_key(base .. ':in', 'list')
  if wrong then
    return {'corrupt', wrong}
  end
  local now = clock_now(base, tonumber(args[2]))
  local last = tonumber(redis.call('ZSCORE', base .. ':replicas', replica) or '-inf')
  local memory_full
  if now - last >= 1000 then
    redis.call('ZADD', base .. ':replicas', now, replica)
    redis.call('ZREMRANGEBYSCORE', base .. ':replicas', '-inf', now - 60000)
    memory_full = watch_memory(base)
  else
    memory_full = config_number(base, 'memory-full', 0)
  end
  return {
    promote(base, now, most), reclaim(base, now, most), redis.call('LLEN', base .. ':in'),
    redis.call('ZCOUNT', base .. ':replicas', now - 5000, '+inf'), memory_full,
  }
end}

-- yard_join: a replica starts. When no replica has called for 10 s, nobody holds a live lease, and the logical
-- clock catches up with the wall clock at once.
-- KEYS[1] base. ARGV: replica. Returns replicas alive, itself included.
redis.register_function{function_name = 'yard_join', flags = {'allow-oom'}, callback = function(keys, args)
  local base = keys[1]
  local wrong = moving_keys_corrupt(base)
  if wrong then
    return {'corrupt', wrong}
  end
  local stored = redis.call('GET', base .. ':clock')
  local idle = stored and wall_now() - tonumber(string.match(stored, ' (.*)$')) or 0
  local now = clock_now(base, idle > 10000 and idle or 0)
  redis.call('ZADD', base .. ':replicas', now, args[1])
  return {redis.call('ZCOUNT', base .. ':replicas', now - 5000, '+inf')}
end}

-- yard_leave: a replica ends. KEYS[1] base. ARGV: replica. Returns 1.
redis.register_function{function_name = 'yard_leave', flags = {'allow-oom'}, callback = function(keys, args)
  refuse_while_moving(keys[1])
  if corrupt_key(keys[1] .. ':replicas', 'zset') then
    return {0}
  end
  redis.call('ZREM', keys[1] .. ':replicas', args[1])
  return {1}
end}
