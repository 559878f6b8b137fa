-- A dispatched request's way: take, renew, settle; and the two moves that time causes: promote and reclaim.

-- How many tickets a take looks at in one call to Redis.
local TICKETS_AT_ONCE = 500
-- Where the beginning of a record ends that says where it is and whose.
local PREFIX_END = '98'
-- Where a settlement's word says of what kind it is, and the kinds: S, and R, F, L that let a request wait again.
local KIND_AT = 49
local SUCCEEDED = 83
local WAITS_AGAIN = {[82] = 'retry', [70] = 'defer', [76] = 'release'}

-- The batch that this nonce took before, as far as it is still leased; nil when the nonce is new.
local function taken_before(base, stored, nonce, places)
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
        local n = #items
        items[n + 1], items[n + 2], items[n + 3] = places[queue_of(r)] or 0, id, record
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

-- The requests of tickets that were just taken off their list: ids, attempts, keys of the records, records.
local function behind(base, tickets)
  local ids, attempts, record_keys, records = {}, {}, {}, base .. ':r:'
  for k = 1, #tickets do
    local id, attempt = ticket_parts(tickets[k])
    ids[k], attempts[k], record_keys[k] = id or '', attempt or -1, records .. (id or '')
  end
  return ids, attempts, record_keys, redis.call('MGET', unpack(record_keys))
end

-- Leases at most `want` requests of a queue. Returns how many it got, how many tickets it took off the list for that,
-- and how many of these were worth nothing.
local function lease_from(t, queue, place, want)
  local call, byte, sub, char = redis.call, string.byte, string.sub, string.char
  local base, nonce, items, leases, members = t.base, t.nonce, t.items, t.leases, t.members
  local list, item, lease, got, looked, stale = base .. ':q:' .. queue, #items, #leases, 0, 0, 0
  while got < want and looked < want + 100 do
    local tickets = call('LPOP', list, math.min(want - got, TICKETS_AT_ONCE))
    if not tickets then
      break
    end
    local ids, attempts, record_keys, records = behind(base, tickets)
    local moved = {}
    for k = 1, #tickets do
      local id, record, attempt = ids[k], records[k] or '', attempts[k]
      local _, state, flags, lost, high, low = byte(record, 1, 6)
      -- An id may have come back in another queue, long after it was cancelled here.
      if queue_in(record, t.queues) ~= queue or state ~= QUEUED or high * 256 + low ~= attempt or moved[id] then
        stale = stale + 1
      elseif sub(record, 15, 20) ~= NO_EXPIRY and t.now >= decode(record).expires then
        moved[id] = true
        finish(base, id, decode(record), 'X', 'expired', 'its time to live ended before a node was free', t.wall)
        count(t.deltas, queue, 'expired', 1)
      else
        moved[id] = true
        attempt = attempt + 1
        -- The header from the state to the nonce; that an earlier lease was sent is forgotten.
        local header_ = char(LEASED, flags % 2, lost, math.floor(attempt / 256) % 256, attempt % 256)
          .. sub(record, 7, 20) .. nonce
        call('SETRANGE', record_keys[k], '1', header_)
        local member = id .. t.endings[attempt]
        got = got + 1
        members[#members + 1] = member
        leases[lease + 1], leases[lease + 2], lease = t.lease_end, member, lease + 2
        items[item + 1], items[item + 2] = place, id
        items[item + 3], item = t.whole and '\1' .. header_ .. sub(record, 29) or record, item + 3
      end
    end
    looked = looked + #tickets
  end
  return got, looked, stale
end

-- Leases waiting requests, as yard_take says. `whole`: the records are answered with their new headers. `now` and `wall`
-- where this call has asked for the time before: one call has one time.
local function take(base, args, whole, now, wall)
  local replica, nonce, lease = args[1], args[2], tonumber(args[3])
  local take_key, places, names = base .. ':take:' .. replica, {}, {}
  for i = 4, #args, 4 do
    names[#names + 1] = args[i]
    places[args[i]] = #names
  end
  -- With a key that never exists this is also where it stops while the slot moves.
  local stored = redis.call('MGET', base .. ':clock', take_key, base .. ':never')
  local wrong = corrupt_key(base .. ':leases', 'zset') or not stored[2] and corrupt_key(take_key, 'string')
    or not stored[1] and corrupt_key(base .. ':clock', 'string')
  if wrong then
    return {'corrupt', wrong}
  end
  local items = taken_before(base, stored[2], nonce, places)
  local fresh = items == nil
  if not now then
    now, wall = clock_from(base, stored[1])
  end
  local t = {
    base = base, nonce = nonce, now = now, wall = wall, whole = whole, lease_end = number_text(now + lease),
    items = items or {}, leases = {}, members = {}, deltas = {}, queues = {},
    -- What a lease's name ends in, by its attempt.
    endings = setmetatable({}, {__index = function(known, attempt)
      known[attempt] = '.' .. attempt .. '|' .. nonce
      return known[attempt]
    end}),
  }
  local states = {}
  for place, queue in ipairs(names) do
    local at = 4 * place
    local want, rate, burst = tonumber(args[at + 1]), tonumber(args[at + 2]), tonumber(args[at + 3])
    local list, counters = base .. ':q:' .. queue, base .. ':n:' .. queue
    local bucket = rate > 0 and base .. ':tb:service:' .. string.match(queue, '^(.*):')
    local waiting, paused = redis.pcall('LLEN', list), redis.pcall('HGET', counters, 'paused')
    local held = type(waiting) ~= 'number' and corrupt_key(list, 'list')
      or type(paused) == 'table' and corrupt_key(counters, 'hash')
      or corrupt_key(base .. ':dead:' .. queue, 'zset') or bucket and corrupt_key(bucket, 'string') or 0
    if held ~= 0 then
      want, waiting = 0, 0
    elseif paused then
      want, held = 0, -1
    elseif not fresh then
      want = 0
    end
    want = math.min(want, waiting)
    if want > 0 and bucket then
      want, held = token_bucket(bucket, rate, burst, now, want)
    end
    if want > 0 then
      local got, looked, stale = lease_from(t, queue, place, want)
      waiting = waiting - looked
      count(t.deltas, queue, 'inflight', got)
      forget_gone(base, t.deltas, queue, stale)
      if bucket then
        give_back(bucket, burst, want - got)
      end
    end
    states[2 * place - 1], states[2 * place] = waiting, held
  end
  local leases = t.leases
  for from = 1, #leases, 1000 do
    redis.call('ZADD', base .. ':leases', unpack(leases, from, math.min(from + 999, #leases)))
  end
  if #leases > 0 then
    redis.call('SET', take_key, nonce .. table.concat(t.members, '\n'), 'PX', '60000')
  end
  write_counts(base, t.deltas)
  return {t.items, states}
end

-- yard_take: leases waiting requests, raising their attempt before anybody can send them.
-- KEYS[1] base. ARGV: replica, nonce (8 characters, random, new for every take), lease ms, then for each queue
-- "<service>:<priority>", most requests, and the service's rate (tokens a second, 0 = none) and burst.
-- Returns {items, queues}: items is place of the queue in ARGV, id, record for each; queues is for each of them
-- what is left in the list and what holds it: 0 nothing, -1 paused, ms until the rate limit has a token, or the name
-- of its key that is corrupt.
-- Tickets without a request are dropped, expired requests end here. A replay gives the same batch again.
redis.register_function{function_name = 'yard_take', flags = {'allow-oom'}, callback = function(keys, args)
  return take(keys[1], args, true)
end}

-- yard_take_plain: as yard_take, but a record that is leased by this call is answered as it was before: the caller
-- knows what its header says from now on, and Lua would copy each record twice to say it.
redis.register_function{function_name = 'yard_take_plain', flags = {'allow-oom'}, callback = function(keys, args)
  return take(keys[1], args, false)
end}

-- yard_offer_take: yard_offer_packed, and in the same call yard_take_plain: where nothing waits, what is let in is on its
-- way at once. Others are woken only for queues in which something is left.
-- KEYS[1] base. ARGV: number of offers; the arguments of yard_offer_packed, for so many; those of yard_take_plain.
-- Returns {what yard_offer_packed returns, what yard_take_plain returns}; only the first when it is 'remapped'. Where
-- yard_take_plain fails, that is {'corrupt', ''}.
-- A replay answers duplicate, and gives the same batch again. An offer that was refused because its queue was full may
-- find room then.
redis.register_function('yard_offer_take', function(keys, args)
  local base, last, woken, takes = keys[1], 2 + 3 * tonumber(args[1]), {}, {}
  local offered, now, wall = admit_packed(base, args[2], args, 3, last, woken)
  if offered[1] == 'remapped' then
    return {offered}
  end
  for i = last + 1, #args do
    takes[i - last] = args[i]
  end
  -- What was let in is let in, and known, even if a key of the take is damaged.
  local well, taken = pcall(take, base, takes, false, now, wall)
  for _, queue in ipairs(woken) do
    if redis.call('LLEN', base .. ':q:' .. queue) > 0 then
      redis.call('SPUBLISH', base .. ':wake', queue)
    end
  end
  return {offered, well and taken or {'corrupt', ''}}
end)

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

-- Says by a queue's name whether it has a corrupt key, looking once at each.
local function corrupt_queues(base)
  return setmetatable({}, {__index = function(known, queue)
    known[queue] = corrupt_queue(base, queue) ~= nil
    return known[queue]
  end})
end

-- What a settlement is answered whose lease is not the current one: it was carried out before ('ok'), its request was
-- cancelled ('gone'), another lease has taken over ('fenced'), or it can't be known ('damaged').
local function settled_before(base, id, r, nonce)
  local outcome = redis.pcall('GETRANGE', base .. ':o:' .. id, 40, 48)
  if type(outcome) ~= 'string' and corrupt_key(base .. ':o:' .. id, 'string') then
    return 'damaged'
  elseif r then
    return r.state ~= LEASED and r.nonce == nonce and 'ok' or 'fenced'
  elseif string.sub(outcome, 1, 8) == nonce then
    return 'ok'
  end
  return string.sub(outcome, 9, 9) == 'C' and 'gone' or 'fenced'
end

-- Lets a request wait again, at once at the head of its queue or after a delay.
local function wait_again(s, id, r, kind, delay, line)
  local base, queue = s.base, queue_of(r)
  if kind == 'retry' or kind == 'defer' then
    r.forgiven = r.forgiven + (kind == 'defer' and 1 or 0)
    redis.call('APPEND', base .. ':r:' .. id, line .. '\n')
    count(s.deltas, queue, 'retried', 1)
  else
    r.attempts = r.attempts - 1
  end
  local ticket = id .. '.' .. r.attempts
  if delay > 0 then
    r.state = SCHEDULED
    redis.call('ZADD', base .. ':later', s.now() + delay, ticket)
    count(s.deltas, queue, 'scheduled', 1)
  else
    r.state = QUEUED
    push(base, queue, ticket, 'LPUSH')
  end
  redis.call('SETRANGE', base .. ':r:' .. id, 0, header(r))
end

-- Ends attempts, as yard_settle_packed says; `endings` are its arguments.
local function settle(base, endings)
  local pcall_, byte, sub = redis.pcall, string.byte, string.sub
  -- With a key that never exists this is also where it stops while the slot moves.
  local clock = redis.call('MGET', base .. ':clock', base .. ':never')[1]
  local wrong = corrupt_key(base .. ':leases', 'zset', base .. ':later', 'zset')
    or not clock and corrupt_key(base .. ':clock', 'string')
    or clock and not string.find(clock, '^%d+ %d+$') and base .. ':clock'
  if wrong then
    return {'corrupt', wrong}
  end
  local wall, logical = wall_now(), nil
  -- Asked for only where something is put off, and the same for all of these.
  local function now()
    logical = logical or clock_from(base, clock)
    return logical
  end
  local s = {base = base, deltas = {}, wall = wall, now = now}
  local kept_until = number_text(wall + config_number(base, 'outcome-ttl', 3600000))
  local records, outcomes, corrupt, queues = base .. ':r:', base .. ':o:', corrupt_queues(base), {}
  local answers, over, ended, gone, succeeded = {}, {}, {}, {}, {}
  for i = 1, #endings / 2 do
    answers[i] = 'ok'
  end
  -- From the last to the first, so that those that go back to the head of their queue stand there in order.
  for i = #endings - 1, 1, -2 do
    local member, word = endings[i], endings[i + 1]
    local id, nonce, attempt = lease_parts(member)
    local record_key, outcome_key = records .. id, outcomes .. id
    -- The header decides, not the index: while it names this lease, no other can be the current one.
    local start = not gone[record_key] and pcall_('GETRANGE', record_key, '0', PREFIX_END)
    local queue = type(start) == 'string' and queue_in(start, queues)
    local answer
    local kind = byte(word, KIND_AT)
    if queue and corrupt[queue] then
      answer = 'damaged'
    elseif not queue or byte(start, 2) ~= LEASED or sub(start, 21, 28) ~= nonce
      or byte(start, 5) * 256 + byte(start, 6) ~= attempt then
      answer = settled_before(base, id, queue and decode(start), nonce)
    else
      if kind == SUCCEEDED then
        -- GET makes it fail, and change nothing, when something else than a string is there.
        local replaced = pcall_('SET', outcome_key, word, 'PXAT', kept_until, 'GET')
        if type(replaced) == 'table' then
          answer = corrupt_key(outcome_key, 'string') and 'damaged' or error(replaced)
        else
          gone[record_key] = true
          ended[#ended + 1] = record_key
          succeeded[queue] = (succeeded[queue] or 0) + 1
          if byte(start, 3) % 2 == 1 then
            redis.call('SPUBLISH', base .. ':settled', id)
          end
        end
      elseif WAITS_AGAIN[kind] then
        count(s.deltas, queue, 'inflight', -1)
        wait_again(s, id, decode(start), WAITS_AGAIN[kind], tonumber(sub(word, 1, KIND_AT - 1)), sub(word, KIND_AT + 1))
      elseif corrupt_key(outcome_key, 'string') then
        answer = 'damaged'
      else
        count(s.deltas, queue, 'inflight', -1)
        count(s.deltas, queue, 'failed', 1)
        bury(base, id, decode(start), word, wall)
      end
    end
    if answer then
      answers[(i + 1) / 2] = answer
    end
    if answer ~= 'damaged' then
      over[#over + 1] = member
    end
  end
  for from = 1, #over, 1000 do
    redis.call('ZREM', base .. ':leases', unpack(over, from, math.min(from + 999, #over)))
  end
  for from = 1, #ended, 1000 do
    redis.call('DEL', unpack(ended, from, math.min(from + 999, #ended)))
  end
  for queue, n in pairs(succeeded) do
    count(s.deltas, queue, 'inflight', -n)
    count(s.deltas, queue, 'succeeded', n)
  end
  write_counts(base, s.deltas)
  return answers
end

-- yard_settle_packed: ends attempts. Only the current lease settles; a late word changes nothing.
-- KEYS[1] base. ARGV: for each the lease "<id>.<attempts>|<nonce>" and how it ends:
--   <fingerprint><nonce>S<JSON>   succeeded: the outcome as it is kept (fingerprint: SHA-1 of the content, 40 hex digits)
--   <fingerprint><nonce>D<JSON>   dead
--   <delay>R<JSON>                to be tried again: the attempt was sent and counts; JSON is a line of history, the
--                                 delay in ms, in 48 characters with blanks behind it
--   <delay>F<JSON>                likewise, but the attempt does not count against the retries
--   <delay>L                      nothing was sent, the attempt is given back (0: first in its queue, at once)
-- Returns for each: ok | fenced | gone (cancelled meanwhile) | damaged (a key of its queue or its outcome's is not
-- ours; nothing is changed for it). A replay gives the same answers and changes nothing.
redis.register_function{function_name = 'yard_settle_packed', flags = {'allow-oom'}, callback = function(keys, args)
  return settle(keys[1], args)
end}

-- yard_settle: as yard_settle_packed, for replicas of an older version. ARGV: for each id, attempt, nonce, kind and two
-- more:
--   succeeded  outcome JSON, fingerprint
--   dead       outcome JSON, fingerprint
--   retry      delay ms, history line (JSON)
--   defer      delay ms, history line (JSON)
--   release    delay ms, ''
redis.register_function{function_name = 'yard_settle', flags = {'allow-oom'}, callback = function(keys, args)
  local endings, signs = {}, {retry = 'R', defer = 'F', release = 'L'}
  for i = 1, #args, 6 do
    local nonce, kind, first, second = args[i + 2], args[i + 3], args[i + 4], args[i + 5]
    endings[#endings + 1] = args[i] .. '.' .. args[i + 1] .. '|' .. nonce
    endings[#endings + 1] = signs[kind] and string.format('%-48s', first) .. signs[kind] .. second
      or second .. nonce .. (kind == 'succeeded' and 'S' or 'D') .. first
  end
  return settle(keys[1], endings)
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
    if due_now and corrupt[queue] then
      redis.call('ZADD', base .. ':later', now + CORRUPT_PAUSE, ticket)
    else
      redis.call('ZREM', base .. ':later', ticket)
      moved = moved + 1
    end
    if due_now and not corrupt[queue] then
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
    if held and corrupt[queue] then
      redis.call('ZADD', base .. ':leases', now + CORRUPT_PAUSE, member)
    else
      redis.call('ZREM', base .. ':leases', member)
    end
    if held and not corrupt[queue] then
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
