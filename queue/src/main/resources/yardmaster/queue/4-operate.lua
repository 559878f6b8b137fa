-- What operators do: cancel, redrive, drop, purge, pause, resume; and what they look at.

-- yard_cancel: ends a request wherever it is; in flight, the replica that holds it is told to abort.
-- KEYS[1] base. ARGV: id.
-- Returns cancelled (also when it was cancelled before) | settled | unknown.
redis.register_function{function_name = 'yard_cancel', flags = {'allow-oom'}, callback = function(keys, args)
  refuse_while_moving(keys[1])
  local base, id = keys[1], args[1]
  local wrong = corrupt_key(base .. ':leases', 'zset', base .. ':later', 'zset', base .. ':r:' .. id, 'string',
    base .. ':o:' .. id, 'string')
  if wrong then
    return {'corrupt', wrong}
  end
  local r = find(base, id)
  if not r then
    local state = redis.call('GETRANGE', base .. ':o:' .. id, 48, 48)
    return {state == 'C' and 'cancelled' or state ~= '' and 'settled' or 'unknown'}
  end
  local queue, deltas = queue_of(r), {}
  wrong = corrupt_queue(base, queue)
  if wrong then
    return {'corrupt', wrong}
  end
  if r.state == DEAD then
    return {'settled'}
  elseif r.state == QUEUED then
    -- Its ticket stays in the list: taking it out would cost as much as the list is long.
    count(deltas, queue, 'gone', 1)
  elseif r.state == SCHEDULED then
    redis.call('ZREM', base .. ':later', id .. '.' .. r.attempts)
    count(deltas, queue, 'scheduled', -1)
  else
    redis.call('ZREM', base .. ':leases', id .. '.' .. r.attempts .. '|' .. r.nonce)
    redis.call('SPUBLISH', base .. ':cancelled', id)
    count(deltas, queue, 'inflight', -1)
  end
  finish(base, id, r, 'C', 'cancelled', 'cancelled by request', wall_now())
  count(deltas, queue, 'cancelled', 1)
  write_counts(base, deltas)
  return {'cancelled'}
end}

-- yard_redrive: sends a dead request on its way again, with all its attempts.
-- KEYS[1] base. ARGV: id, nonce (8 characters, random, new for every redrive).
-- Returns ok | settled (not dead) | unknown. A replay answers ok and changes nothing.
redis.register_function('yard_redrive', function(keys, args)
  refuse_while_moving(keys[1])
  local base, id = keys[1], args[1]
  local wrong = corrupt_key(base .. ':r:' .. id, 'string', base .. ':o:' .. id, 'string')
  if wrong then
    return {'corrupt', wrong}
  end
  local r = find(base, id)
  if not r then
    return {redis.call('EXISTS', base .. ':o:' .. id) == 1 and 'settled' or 'unknown'}
  end
  local queue = queue_of(r)
  wrong = corrupt_queue(base, queue)
  if wrong then
    return {'corrupt', wrong}
  end
  if r.state ~= DEAD then
    return {r.nonce == args[2] and 'ok' or 'settled'}
  end
  redis.call('ZREM', base .. ':dead:' .. queue, id)
  redis.call('UNLINK', base .. ':o:' .. id)
  -- The attempt goes on counting, so that a node can still tell an older send from a newer one.
  r.state, r.forgiven, r.lost, r.expires, r.nonce = QUEUED, r.attempts, 0, 0, args[2]
  redis.call('SETRANGE', base .. ':r:' .. id, 0, header(r))
  redis.call('APPEND', base .. ':r:' .. id,
    string.format('{"attempt":%d,"at":%.0f,"cause":"operator"}\n', r.attempts, wall_now()))
  push(base, queue, id .. '.' .. r.attempts, 'RPUSH')
  redis.call('HINCRBY', base .. ':n:' .. queue, 'failed', -1)
  return {'ok'}
end)

-- yard_drop: forgets a dead request; its outcome stays readable for the time outcomes are kept.
-- KEYS[1] base. ARGV: id. Returns ok (also when it was dropped before) | settled (not dead) | unknown.
redis.register_function{function_name = 'yard_drop', flags = {'allow-oom'}, callback = function(keys, args)
  refuse_while_moving(keys[1])
  local base, id = keys[1], args[1]
  local wrong = corrupt_key(base .. ':r:' .. id, 'string', base .. ':o:' .. id, 'string')
  if wrong then
    return {'corrupt', wrong}
  end
  local r = find(base, id)
  if not r then
    local state = redis.call('GETRANGE', base .. ':o:' .. id, 48, 48)
    return {state == 'D' and 'ok' or state ~= '' and 'settled' or 'unknown'}
  end
  if r.state ~= DEAD then
    return {'settled'}
  end
  wrong = corrupt_queue(base, queue_of(r))
  if wrong then
    return {'corrupt', wrong}
  end
  redis.call('ZREM', base .. ':dead:' .. queue_of(r), id)
  redis.call('UNLINK', base .. ':r:' .. id)
  redis.call('PEXPIRE', base .. ':o:' .. id, config_number(base, 'outcome-ttl', 3600000))
  return {'ok'}
end}

-- yard_trim: lets dead requests of a queue go that are older than the limit.
-- KEYS[1] base. ARGV: queue, age ms, most. Returns how many.
redis.register_function{function_name = 'yard_trim', flags = {'allow-oom'}, callback = function(keys, args)
  refuse_while_moving(keys[1])
  local base, dead = keys[1], keys[1] .. ':dead:' .. args[1]
  if corrupt_key(dead, 'zset') then
    return {0}
  end
  local old = redis.call('ZRANGEBYSCORE', dead, '-inf', wall_now() - tonumber(args[2]), 'LIMIT', 0, tonumber(args[3]))
  for _, id in ipairs(old) do
    redis.call('ZREM', dead, id)
    redis.call('UNLINK', base .. ':r:' .. id, base .. ':o:' .. id)
  end
  return {#old}
end}

-- yard_purge: one step of emptying a queue: waiting requests first, then scheduled ones; call until the cursor is ''.
-- KEYS[1] base. ARGV: queue, most, cursor ('list' at first).
-- Returns how many were cancelled, the next cursor.
redis.register_function{function_name = 'yard_purge', flags = {'allow-oom'}, callback = function(keys, args)
  refuse_while_moving(keys[1])
  local base, queue, most, cursor = keys[1], args[1], tonumber(args[2]), args[3]
  local wrong = corrupt_key(base .. ':q:' .. queue, 'list', base .. ':later', 'zset', base .. ':n:' .. queue, 'hash')
  if wrong then
    return {'corrupt', wrong}
  end
  local deltas, removed, wall = {}, 0, wall_now()
  local function remove(ticket, state)
    local id, attempts = string.match(ticket, '^(.*)%.(%d+)$')
    local r = id and find(base, id)
    if r and queue_of(r) == queue and r.state == state and r.attempts == tonumber(attempts) then
      finish(base, id, r, 'C', 'purged', 'its queue was purged', wall)
      count(deltas, queue, 'cancelled', 1)
      removed = removed + 1
      return true
    end
    return false
  end
  if cursor == 'list' then
    local stale = 0
    for _, ticket in ipairs(redis.call('LPOP', base .. ':q:' .. queue, most) or {}) do
      if not remove(ticket, QUEUED) then
        stale = stale + 1
      end
    end
    forget_gone(base, deltas, queue, stale)
    if redis.call('LLEN', base .. ':q:' .. queue) == 0 then
      cursor = '0'
    end
  else
    local page = redis.call('ZSCAN', base .. ':later', cursor, 'COUNT', most)
    for i = 1, #page[2], 2 do
      if remove(page[2][i], SCHEDULED) then
        redis.call('ZREM', base .. ':later', page[2][i])
        count(deltas, queue, 'scheduled', -1)
      end
    end
    cursor = page[1] == '0' and '' or page[1]
  end
  write_counts(base, deltas)
  return {removed, cursor}
end}

-- yard_pause, yard_resume: KEYS[1] base. ARGV: queue. Return ok | corrupt. Requests in flight go on.
redis.register_function{function_name = 'yard_pause', flags = {'allow-oom'}, callback = function(keys, args)
  refuse_while_moving(keys[1])
  local base, queue = keys[1], args[1]
  local wrong = corrupt_key(base .. ':n:' .. queue, 'hash', base .. ':queues', 'set')
  if wrong then
    return {'corrupt', wrong}
  end
  redis.call('SADD', base .. ':queues', queue)
  redis.call('HSETNX', base .. ':n:' .. queue, 'paused', number_text(wall_now()))
  return {'ok'}
end}

redis.register_function{function_name = 'yard_resume', flags = {'allow-oom'}, callback = function(keys, args)
  refuse_while_moving(keys[1])
  local base, queue = keys[1], args[1]
  local wrong = corrupt_key(base .. ':n:' .. queue, 'hash')
  if wrong then
    return {'corrupt', wrong}
  end
  if redis.call('HDEL', base .. ':n:' .. queue, 'paused') == 1 then
    redis.call('SPUBLISH', base .. ':wake', queue)
  end
  return {'ok'}
end}

-- Age in ms of the first request of a list that still exists, looking at no more than 20 tickets; 0 when empty.
local function oldest(base, queue, wall)
  for _, ticket in ipairs(redis.call('LRANGE', base .. ':q:' .. queue, 0, 19)) do
    local id = string.match(ticket, '^(.*)%.%d+$')
    local r = id and find(base, id)
    if r and r.state == QUEUED then
      return math.max(0, wall - r.enqueued)
    end
  end
  return 0
end

-- yard_depth: the figures of every queue.
-- KEYS[1] base. Returns for each queue a list of name, value: service, priority, depth, inFlight, scheduled, dead,
-- oldestMs (age of the oldest waiting), paused 0|1, enqueued, succeeded, failed, cancelled, expired, retried.
redis.register_function{function_name = 'yard_depth', flags = {'no-writes'}, callback = function(keys, args)
  local base, answer, wall = keys[1], {}, wall_now()
  if corrupt_key(base .. ':queues', 'set') then
    return {}
  end
  local names = redis.call('SMEMBERS', base .. ':queues')
  table.sort(names)
  for _, queue in ipairs(names) do
    if not corrupt_key(base .. ':q:' .. queue, 'list', base .. ':n:' .. queue, 'hash', base .. ':dead:' .. queue, 'zset') then
      local n = redis.call('HMGET', base .. ':n:' .. queue, 'gone', 'inflight', 'scheduled', 'paused', 'enqueued',
        'succeeded', 'failed', 'cancelled', 'expired', 'retried')
      for i = 1, 10 do
        n[i] = tonumber(n[i] or '') or 0
      end
      answer[#answer + 1] = {
        'service', string.match(queue, '^(.*):'), 'priority', string.match(queue, ':([^:]*)$'),
        'depth', redis.call('LLEN', base .. ':q:' .. queue) - n[1], 'inFlight', n[2], 'scheduled', n[3],
        'dead', redis.call('ZCARD', base .. ':dead:' .. queue), 'oldestMs', oldest(base, queue, wall),
        'paused', n[4] > 0 and 1 or 0, 'enqueued', n[5], 'succeeded', n[6], 'failed', n[7], 'cancelled', n[8],
        'expired', n[9], 'retried', n[10],
      }
    end
  end
  return answer
end}

-- yard_find: where a request is.
-- KEYS[1] base. ARGV: id.
-- Returns {'live', record, waits ms (scheduled: until due; leased: lease left; else 0), requests before it in its
-- queue (-1: more than 1000, or not waiting), paused 0|1, expired 0|1} | {'settled', outcome} | {'unknown'} |
-- {'corrupt', key}.
redis.register_function{function_name = 'yard_find', flags = {'no-writes'}, callback = function(keys, args)
  local base, id = keys[1], args[1]
  local wrong = corrupt_key(base .. ':r:' .. id, 'string', base .. ':o:' .. id, 'string', base .. ':leases', 'zset',
    base .. ':later', 'zset', base .. ':clock', 'string')
  if wrong then
    return {'corrupt', wrong}
  end
  local record = redis.call('GET', base .. ':r:' .. id)
  local r = record and decode(record)
  if not r or r.state == DEAD then
    local outcome = redis.call('GET', base .. ':o:' .. id)
    return outcome and {'settled', outcome} or {'unknown'}
  end
  local now = clock_now(base, 0, true)
  local queue, wait, before = queue_of(r), 0, -1
  wrong = corrupt_queue(base, queue)
  if wrong then
    return {'corrupt', wrong}
  end
  if r.state == QUEUED then
    before = redis.call('LPOS', base .. ':q:' .. queue, id .. '.' .. r.attempts, 'MAXLEN', 1000) or -1
  elseif r.state == SCHEDULED then
    wait = (tonumber(redis.call('ZSCORE', base .. ':later', id .. '.' .. r.attempts) or '') or now) - now
  else
    local member = id .. '.' .. r.attempts .. '|' .. r.nonce
    wait = (tonumber(redis.call('ZSCORE', base .. ':leases', member) or '') or now) - now
  end
  return {
    'live', record, math.max(0, wait), before, redis.call('HEXISTS', base .. ':n:' .. queue, 'paused'),
    r.expires ~= 0 and now >= r.expires and r.state ~= LEASED and 1 or 0,
  }
end}

-- yard_stored: a request as it is kept, a dead one too.
-- KEYS[1] base. ARGV: id.
-- Returns {'stored', record} | {'unknown'} | {'corrupt', key}.
redis.register_function{function_name = 'yard_stored', flags = {'no-writes'}, callback = function(keys, args)
  local key = keys[1] .. ':r:' .. args[1]
  if corrupt_key(key, 'string') then
    return {'corrupt', key}
  end
  local record = redis.call('GET', key)
  return record and decode(record) and {'stored', record} or {'unknown'}
end}

-- How many of the dead are listed before a cursor: those that died later, or at the same time with a greater id.
-- Looks by halves, because the one that the cursor names may be gone by now.
local function dead_before(dead, score, id)
  local low, high = 0, redis.call('ZCARD', dead)
  while low < high do
    local middle = math.floor((low + high) / 2)
    local entry = redis.call('ZREVRANGE', dead, middle, middle, 'WITHSCORES')
    local died = tonumber(entry[2])
    if died > score or (died == score and not bytes_less(entry[1], id)) then
      low = middle + 1
    else
      high = middle
    end
  end
  return low
end

-- yard_dead: dead requests of a queue, latest first.
-- KEYS[1] base. ARGV: queue, most, cursor ('' or "<score>:<id>" of the last one seen).
-- Returns id, time of death (wall ms), outcome for each.
redis.register_function{function_name = 'yard_dead', flags = {'no-writes'}, callback = function(keys, args)
  local base, most = keys[1], tonumber(args[2])
  local dead = base .. ':dead:' .. args[1]
  if corrupt_key(dead, 'zset') then
    return {}
  end
  local score, last = string.match(args[3], '^(%d+):(.*)$')
  local from = score and dead_before(dead, tonumber(score), last) or 0
  local page = redis.call('ZREVRANGE', dead, from, from + most - 1, 'WITHSCORES')
  local answer = {}
  for i = 1, #page, 2 do
    local outcome = redis.pcall('GET', base .. ':o:' .. page[i])
    answer[#answer + 1] = page[i]
    answer[#answer + 1] = page[i + 1]
    answer[#answer + 1] = type(outcome) == 'string' and outcome or ''
  end
  return answer
end}

-- yard_configure: what the functions need to know of the replicas' configuration; the last one wins.
-- KEYS[1] base. ARGV: field, value, ...: max-size (requests), outcome-ttl (ms), dead-max, max-body (bytes),
-- producer-rate (tokens a second, 0 = unlimited), producer-burst, max-memory (share of Redis' maxmemory above which
-- nothing is let in), attempts:<priority>, attempts:<service>:<priority>.
-- Returns ok.
redis.register_function{function_name = 'yard_configure', flags = {'allow-oom'}, callback = function(keys, args)
  refuse_while_moving(keys[1])
  local wrong = corrupt_key(keys[1] .. ':config', 'hash')
  if wrong then
    return {'corrupt', wrong}
  end
  redis.call('HSET', keys[1] .. ':config', unpack(args))
  return {'ok'}
end}
