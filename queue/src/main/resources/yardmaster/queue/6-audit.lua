-- The audit: finds in a shard's keys what other hands damaged (a command by mistake, a backup restored in part, another
-- program), and mends it or moves it aside. Java's Audit calls these functions in steps, one replica at a time, and in
-- an order that makes each finding certain: in a shard that only functions of this library wrote to there is nothing to
-- mend, whatever runs at the same time. No step looks at more than a few hundred entries. While a cluster moves the
-- shard's slot every step fails: half of the keys are elsewhere then.
--
-- Keys of its own:
--   <base>:audit           HASH    "incarnation", "passes", "last"; "n <queue>": the queue's counters when last seen
--   <base>:auditor         STRING  the replica that audits, with expiry
--   <base>:damaged:<rest>  what stood at <base>:<rest> and could not be used; kept for 7 days
--   <base>:damaged         ZSET    names of those -> when they were moved aside, wall ms
--
-- Repairs are answered as a flat list: kind, the key or request that it was about, and so on. Of a call that is
-- repeated because its answer was lost only the second answer is seen, in which nothing is left to repair.

do
local DAMAGED_KEPT = 7 * 86400000
local DAMAGED_MOST = 1000
-- No configuration allows a lease that is longer.
local LEASE_MOST = 900000
local DELAY_MOST = YEAR_MS + 86400000
-- How many members are counted at once; above it a count is put right by what was counted in steps.
local COUNTED_AT_ONCE = 200
local SCANS_MOST = 10
local NUMBER = '^%-?%d%d?%d?%d?%d?%d?%d?%d?%d?%d?%d?%d?%d?%d?%d?$'
local COUNTERS = {
  'enqueued', 'succeeded', 'failed', 'cancelled', 'expired', 'retried', 'gone', 'inflight', 'scheduled', 'paused',
}
local CONFIG_FIELDS = {
  'max-size', 'outcome-ttl', 'dead-max', 'attempts:critical', 'attempts:high', 'attempts:normal', 'attempts:low',
}

local function repaired(repairs, kind, what)
  repairs[#repairs + 1] = kind
  repairs[#repairs + 1] = string.sub(what, 1, 200)
end

-- Takes what cannot be used out of the way, so that the queue goes on; an older one of that name gives way.
local function move_aside(base, key, kind, repairs)
  local index, wall = base .. ':damaged', wall_now()
  local name = index .. ':' .. string.sub(key, #base + 2)
  if corrupt_key(index, 'zset') then
    redis.call('UNLINK', index)
  end
  redis.call('UNLINK', name)
  redis.call('RENAME', key, name)
  redis.call('PEXPIRE', name, DAMAGED_KEPT)
  redis.call('ZADD', index, wall, name)
  redis.call('PEXPIRE', index, DAMAGED_KEPT)
  redis.call('ZREMRANGEBYSCORE', index, '-inf', wall - DAMAGED_KEPT)
  local surplus = redis.call('ZCARD', index) - DAMAGED_MOST
  if surplus > 0 then
    local oldest_ones = redis.call('ZPOPMIN', index, math.min(surplus, 10))
    for i = 1, #oldest_ones, 2 do
      redis.call('UNLINK', oldest_ones[i])
    end
  end
  repaired(repairs, kind, key)
end

-- Whether the key is there with its type. Anything else is moved aside, and an expiry that none of ours has is taken
-- off.
local function sound(base, key, type_, repairs, may_expire)
  local found = redis.call('TYPE', key).ok
  if found == 'none' then
    return false
  elseif found ~= type_ then
    move_aside(base, key, 'wrong-type', repairs)
    return false
  elseif not may_expire and redis.call('PTTL', key) ~= -1 then
    redis.call('PERSIST', key)
    repaired(repairs, 'expiry', key)
  end
  return true
end

local function valid_queue(queue)
  local service, priority = string.match(queue, '^([%w._-]+):(%l+)$')
  return service ~= nil and #service <= 64 and DEFAULT_ATTEMPTS[priority] ~= nil
end

-- The decoded header when the whole record can be used, else nil.
local function usable(id, start, size)
  local r = decode(start)
  if not r or not (r.state == QUEUED or r.state == SCHEDULED or r.state == LEASED or r.state == DEAD)
    or not valid_queue(queue_of(r)) or #r.service ~= string.byte(start, HEADER_LENGTH + 3)
    or r.length < 3 + #r.service or HEADER_LENGTH + r.length > size
    or #id > 128 or not string.match(id, '^[%w._:-]+$') then
    return nil
  end
  return r
end

local function lease_member(id, r)
  return id .. '.' .. r.attempts .. '|' .. r.nonce
end

local function ticket_of(id, r)
  return id .. '.' .. r.attempts
end

-- The id and decoded header of the request that an entry of 'leases', 'later' or 'dead:<queue>' stands for; nil when
-- the request is not there, or not in the state and at the attempt that such an entry says.
local function at_home(base, index, entry)
  local id = entry
  if index == 'leases' then
    id = string.match(entry, '^(.*)%.%d+|.*$')
  elseif index == 'later' then
    id = string.match(entry, '^(.*)%.%d+$')
  end
  local r = id and find(base, id)
  if r and (index == 'leases' and r.state == LEASED and entry == lease_member(id, r)
      or index == 'later' and r.state == SCHEDULED and entry == ticket_of(id, r)
      or r.state == DEAD and index == 'dead:' .. queue_of(r)) then
    return r
  end
  return nil
end

-- yard_audit_hold: lets one replica at a time audit a shard.
-- KEYS[1] base. ARGV: replica, ms it keeps the right to.
-- Returns 1, or 0 when another replica has it.
redis.register_function{function_name = 'yard_audit_hold', flags = {'allow-oom'}, callback = function(keys, args)
  refuse_while_moving(keys[1])
  local key = keys[1] .. ':auditor'
  if corrupt_key(key, 'string') then
    redis.call('UNLINK', key)
  end
  local holder, left = redis.call('GET', key), redis.call('PTTL', key)
  if holder and holder ~= args[1] and left > 0 and left <= 86400000 then
    return {0}
  end
  redis.call('SET', key, args[1], 'PX', args[2])
  return {1}
end}

-- Moves a bucket's garbage out of the way: full again is what a bucket is without its key.
local function check_bucket(base, key, repairs)
  if sound(base, key, 'string', repairs, true) then
    local tokens, last = string.match(redis.call('GET', key), '^(%S+) (%S+)$')
    if not tonumber(tokens or '') or not tonumber(last or '') then
      move_aside(base, key, 'garbage', repairs)
    end
  end
end

-- yard_audit_keys: a pass begins; looks at the keys that a shard has one of.
-- KEYS[1] base. ARGV: nonce of the pass, an incarnation to write when there is none, the incarnation and number of
-- passes that the replica knows ('' and 0 when none).
-- Returns now (wall ms), incarnation, passes, configured 0|1, repairs.
redis.register_function{function_name = 'yard_audit_keys', flags = {'allow-oom'}, callback = function(keys, args)
  refuse_while_moving(keys[1])
  local base, repairs = keys[1], {}
  local audit, known, known_passes = base .. ':audit', args[3], tonumber(args[4])
  sound(base, audit, 'hash', repairs)
  local types = {
    leases = 'zset', later = 'zset', queues = 'set', config = 'hash', replicas = 'zset', ['in'] = 'list',
    quarantine = 'list',
  }
  for name, type_ in pairs(types) do
    sound(base, base .. ':' .. name, type_, repairs)
  end
  if sound(base, base .. ':clock', 'string', repairs) then
    local logical, wall = string.match(redis.call('GET', base .. ':clock'), '^(%d+) (%d+)$')
    if not logical or #logical > 14 or #wall > 14 then
      move_aside(base, base .. ':clock', 'garbage', repairs)
    end
  end
  if sound(base, base .. ':ids', 'string', repairs)
    and not string.match(redis.call('GETRANGE', base .. ':ids', 0, 20), NUMBER) then
    move_aside(base, base .. ':ids', 'garbage', repairs)
  end
  if sound(base, base .. ':ingress', 'hash', repairs) then
    for _, field_ in ipairs{'seq', 'quarantined'} do
      local value = redis.call('HGET', base .. ':ingress', field_)
      if value and not string.match(value, NUMBER) then
        -- Any number will do that no replica has seen.
        redis.call('HSET', base .. ':ingress', field_, field_ == 'seq' and number_text(wall_now()) or 0)
        repaired(repairs, 'garbage', base .. ':ingress ' .. field_)
      end
    end
  end
  for _, replica in ipairs(redis.call('ZRANGE', base .. ':replicas', 0, 99)) do
    sound(base, base .. ':take:' .. replica, 'string', repairs, true)
  end
  local configured = 1
  for i, value in ipairs(redis.call('HMGET', base .. ':config', unpack(CONFIG_FIELDS))) do
    if not tonumber(value or '') then
      configured = 0
      repaired(repairs, 'config', base .. ':config ' .. CONFIG_FIELDS[i])
    end
  end

  local incarnation = redis.call('HGET', audit, 'incarnation')
  local passes = tonumber(redis.call('HGET', audit, 'passes') or '') or 0
  if redis.call('HGET', audit, 'last') ~= args[1] then
    if known ~= '' and incarnation ~= known then
      repaired(repairs, 'flushed', 'its content is not the one this replica knew')
    elseif passes < known_passes then
      repaired(repairs, 'restored', 'it went back by ' .. known_passes - passes .. ' passes')
    end
    incarnation = incarnation or args[2]
    passes = math.max(passes, known_passes) + 1
    redis.call('HSET', audit, 'incarnation', incarnation, 'passes', passes, 'last', args[1])
  end
  return {wall_now(), incarnation, passes, configured, repairs}
end}

-- Puts a queue's counters right as far as one look shows it; remembers them, for when they are deleted.
local function check_counters(base, queue, listed, repairs)
  local key, audit, remembered = base .. ':n:' .. queue, base .. ':audit', 'n ' .. queue
  local former, values = {}, {}
  for name, value in string.gmatch(redis.call('HGET', audit, remembered) or '', '(%l+)=(%-?%d+)') do
    former[name] = value
  end
  if redis.call('EXISTS', key) == 0 then
    -- A queue that was only ever paused and resumed has no counters, and that is right.
    if (tonumber(former.enqueued) or 0) > 0 then
      for name, value in pairs(former) do
        redis.call('HSET', key, name, value)
      end
      repaired(repairs, 'counters', key)
    end
    return
  end
  for i, value in ipairs(redis.call('HMGET', key, unpack(COUNTERS))) do
    local name = COUNTERS[i]
    local lost = not value and name ~= 'paused' and (tonumber(former[name]) or 0) ~= 0
    if lost or value and not string.match(value, NUMBER) then
      value = former[name] or name == 'paused' and number_text(wall_now()) or '0'
      redis.call('HSET', key, name, value)
      repaired(repairs, 'counters', key .. ' ' .. name)
    end
    if name == 'gone' then
      local right = math.max(0, math.min(tonumber(value or '') or 0, listed))
      if value and tonumber(value) ~= right then
        value = number_text(right)
        redis.call('HSET', key, 'gone', value)
        repaired(repairs, 'count', key .. ' gone')
      end
    end
    if value then
      values[#values + 1] = name .. '=' .. value
    end
  end
  local now = table.concat(values, ' ')
  if redis.call('HGET', audit, remembered) ~= now then
    redis.call('HSET', audit, remembered, now)
  end
end

-- A text that stays the same only while no request of the queue moves: its counters, its length, and, unless it is
-- paused, what each replica took last.
local function stamp_of(base, queue, takes)
  local values = redis.call('HMGET', base .. ':n:' .. queue, unpack(COUNTERS))
  local paused = values[#COUNTERS]
  for i = 1, #COUNTERS do
    values[i] = values[i] or ''
  end
  values[#values + 1] = redis.call('LLEN', base .. ':q:' .. queue)
  values[#values + 1] = paused and '' or takes
  return table.concat(values, ' ')
end

local function last_takes(base)
  local nonces = {}
  for _, replica in ipairs(redis.call('ZRANGE', base .. ':replicas', 0, 99)) do
    local nonce = redis.pcall('GETRANGE', base .. ':take:' .. replica, 0, 7)
    nonces[#nonces + 1] = type(nonce) == 'string' and nonce or ''
  end
  return table.concat(nonces, ' ')
end

-- yard_audit_queues: looks at the keys of some queues.
-- KEYS[1] base. ARGV: cursor ('0' at first).
-- Returns the next cursor ('0': that was all), repairs, and for each queue its name, tickets in its list, stamp.
redis.register_function{function_name = 'yard_audit_queues', flags = {'allow-oom'}, callback = function(keys, args)
  refuse_while_moving(keys[1])
  local base, repairs, queues = keys[1], {}, {}
  if corrupt_key(base .. ':queues', 'set', base .. ':replicas', 'zset', base .. ':audit', 'hash') then
    return {'0', repairs, queues}
  end
  local page, takes = redis.call('SSCAN', base .. ':queues', args[1], 'COUNT', 20), last_takes(base)
  for _, queue in ipairs(page[2]) do
    if not valid_queue(queue) then
      redis.call('SREM', base .. ':queues', queue)
      repaired(repairs, 'queue-name', queue)
    else
      sound(base, base .. ':q:' .. queue, 'list', repairs)
      sound(base, base .. ':n:' .. queue, 'hash', repairs)
      sound(base, base .. ':dead:' .. queue, 'zset', repairs)
      check_bucket(base, base .. ':tb:service:' .. string.match(queue, '^(.*):'), repairs)
      local listed = redis.call('LLEN', base .. ':q:' .. queue)
      check_counters(base, queue, listed, repairs)
      queues[#queues + 1] = queue
      queues[#queues + 1] = listed
      queues[#queues + 1] = stamp_of(base, queue, takes)
    end
  end
  return {page[1], repairs, queues}
end}

-- yard_audit_walk: tickets of a queue by their distance from its end, so that what is taken meanwhile shifts none.
-- KEYS[1] base. ARGV: queue, how many to leave out at the end, most.
-- Returns length of the list, tickets. A list that is none counts as empty.
redis.register_function{function_name = 'yard_audit_walk', flags = {'no-writes'}, callback = function(keys, args)
  local list, past = keys[1] .. ':q:' .. args[1], tonumber(args[2])
  if corrupt_key(list, 'list') then
    return {0, {}}
  end
  return {redis.call('LLEN', list), redis.call('LRANGE', list, -(past + tonumber(args[3])), -(past + 1))}
end}

-- yard_audit_entries: looks whether entries of an index have their request.
-- KEYS[1] base. ARGV: 'leases', 'later' or 'dead:<queue>', cursor ('0' at first), lease ms.
-- Returns the next cursor, repairs, and for each queue its name and how many good entries of its there were.
redis.register_function{function_name = 'yard_audit_entries', flags = {'allow-oom'}, callback = function(keys, args)
  refuse_while_moving(keys[1])
  local base, name, repairs, good = keys[1], args[1], {}, {}
  local index, dead = base .. ':' .. name, string.sub(name, 1, 5) == 'dead:'
  if not sound(base, index, 'zset', repairs) or corrupt_key(base .. ':clock', 'string') then
    return {'0', repairs, {}}
  end
  local now = clock_now(base, 0, true)
  local page = redis.call('ZSCAN', index, args[2], 'COUNT', 50)
  for i = 1, #page[2], 2 do
    local entry, score = page[2][i], tonumber(page[2][i + 1])
    local r = at_home(base, name, entry)
    if not r then
      redis.call('ZREM', index, entry)
      repaired(repairs, (dead and 'dead' or name == 'later' and 'later' or 'lease') .. '-stray', entry)
    else
      good[queue_of(r)] = (good[queue_of(r)] or 0) + 1
      local allowed = not dead and now + (name == 'leases' and LEASE_MOST or DELAY_MOST)
      if allowed and score > allowed then
        redis.call('ZADD', index, 'XX', name == 'leases' and now + tonumber(args[3]) or now, entry)
        repaired(repairs, 'far-future', entry)
      end
    end
  end
  local counted = {}
  for queue, n in pairs(good) do
    counted[#counted + 1] = queue
    counted[#counted + 1] = n
  end
  return {page[1], repairs, counted}
end}

-- Takes a request out of the index that its state says it is in, and off that index's count.
local function leave(base, id, r)
  local deltas, queue = {}, queue_of(r)
  if r.state == QUEUED then
    count(deltas, queue, 'gone', 1)
  elseif r.state == SCHEDULED then
    redis.call('ZREM', base .. ':later', ticket_of(id, r))
    count(deltas, queue, 'scheduled', -1)
  elseif r.state == LEASED then
    redis.call('ZREM', base .. ':leases', lease_member(id, r))
    count(deltas, queue, 'inflight', -1)
    redis.call('SPUBLISH', base .. ':cancelled', id)
  else
    redis.call('ZREM', base .. ':dead:' .. queue, id)
  end
  write_counts(base, deltas)
end

-- A request that is there although it has ended: what has ended stays so. Returns whether it was one.
local function end_again(base, id, r, outcome, repairs)
  local content = redis.call('GETRANGE', base .. ':r:' .. id, HEADER_LENGTH, HEADER_LENGTH + r.length - 1)
  local state = string.sub(outcome, 49, 49)
  if string.sub(outcome, 1, 40) ~= redis.sha1hex(content) or not string.match(state, '^[SDCX]$') then
    move_aside(base, base .. ':o:' .. id, 'garbage', repairs)
    return false
  end
  leave(base, id, r)
  -- The outcome of a dead request that an operator dropped has an expiry, as that of everything that is over.
  if state == 'D' and redis.call('PTTL', base .. ':o:' .. id) == -1 then
    r.state = DEAD
    redis.call('SETRANGE', base .. ':r:' .. id, 0, header(r))
    redis.call('ZADD', base .. ':dead:' .. queue_of(r), wall_now(), id)
  else
    redis.call('UNLINK', base .. ':r:' .. id)
    redis.call('PEXPIRE', base .. ':o:' .. id, config_number(base, 'outcome-ttl', 3600000))
  end
  repaired(repairs, 'ended-and-live', id)
  return true
end

-- yard_audit_scan: looks at some of the shard's keys, requests and outcomes above all.
-- KEYS[1] base. ARGV: cursor ('0' at first), when the pass began (wall ms), lease ms.
-- Returns the next cursor, keys looked at, repairs, and for each waiting request its queue, ticket, when it was
-- enqueued (wall ms), mark: the bytes that differ as soon as it has moved, and 1 when it was enqueued after the pass
-- began, else 0.
redis.register_function{function_name = 'yard_audit_scan', flags = {'allow-oom'}, callback = function(keys, args)
  refuse_while_moving(keys[1])
  local base, cursor, began, lease = keys[1], args[1], tonumber(args[2]), tonumber(args[3])
  local repairs, waiting, found = {}, {}, {}
  if corrupt_key(base .. ':clock', 'string', base .. ':queues', 'set', base .. ':config', 'hash') then
    return {'0', 0, repairs, waiting}
  end
  -- A Redis that holds much else, or many shards, gives few of our keys at a time.
  for _ = 1, SCANS_MOST do
    local page = redis.call('SCAN', cursor, 'MATCH', base .. ':*', 'COUNT', 50)
    cursor = page[1]
    for _, key in ipairs(page[2]) do
      found[#found + 1] = key
    end
    if cursor == '0' or #found >= 50 then
      break
    end
  end
  local now, wall = clock_now(base, 0, true), wall_now()
  local leases, later = base .. ':leases', base .. ':later'
  sound(base, leases, 'zset', repairs)
  sound(base, later, 'zset', repairs)
  local known = {}
  -- Makes the queue known, and its keys fit to be read.
  local function know(queue)
    if not known[queue] then
      known[queue] = true
      sound(base, base .. ':q:' .. queue, 'list', repairs)
      sound(base, base .. ':n:' .. queue, 'hash', repairs)
      sound(base, base .. ':dead:' .. queue, 'zset', repairs)
      if redis.call('SADD', base .. ':queues', queue) == 1 then
        repaired(repairs, 'queue-name', queue)
      end
    end
  end

  -- Reads the beginning of a string; '' when there is none. Something else at its key is moved aside.
  local function beginning(key, length)
    local start = redis.pcall('GETRANGE', key, 0, length - 1)
    if type(start) ~= 'string' then
      sound(base, key, 'string', repairs, true)
      return ''
    end
    return start
  end

  -- Nearly always none of them has one, which one look tells of all.
  local own_outcomes = {}
  for _, key in ipairs(found) do
    local id = string.match(string.sub(key, #base + 2), '^r:(.*)$')
    own_outcomes[#own_outcomes + 1] = id and base .. ':o:' .. id
  end
  local outcomes = any_exists(own_outcomes)

  local function check_request(key, id)
    local start = beginning(key, PREFIX_LENGTH)
    local size = start == '' and redis.call('EXISTS', key) == 0 and -1 or redis.call('STRLEN', key)
    if size < 0 then
      return
    end
    local r = usable(id, start, size)
    if not r then
      move_aside(base, key, 'garbage', repairs)
      return
    end
    if redis.call('PTTL', key) ~= -1 then
      redis.call('PERSIST', key)
      repaired(repairs, 'expiry', key)
    end
    local queue, own_outcome = queue_of(r), base .. ':o:' .. id
    know(queue)
    local outcome = outcomes and beginning(own_outcome, 49) or ''
    if outcome ~= '' and (r.state ~= DEAD or string.sub(outcome, 49, 49) ~= 'D') then
      if end_again(base, id, r, outcome, repairs) then
        return
      end
      outcome = ''
    end
    if r.state == QUEUED then
      waiting[#waiting + 1] = queue
      waiting[#waiting + 1] = ticket_of(id, r)
      waiting[#waiting + 1] = r.enqueued
      waiting[#waiting + 1] = string.sub(start, 1, HEADER_LENGTH) .. size
      waiting[#waiting + 1] = r.enqueued >= began and r.enqueued <= wall and 1 or 0
    elseif r.state == SCHEDULED then
      if not redis.call('ZSCORE', later, ticket_of(id, r)) then
        redis.call('ZADD', later, now, ticket_of(id, r))
        repaired(repairs, 'later-missing', id)
      end
    elseif r.state == LEASED then
      if not redis.call('ZSCORE', leases, lease_member(id, r)) then
        -- A whole lease, so that a replica which still works on it can go on.
        redis.call('ZADD', leases, now + lease, lease_member(id, r))
        repaired(repairs, 'lease-missing', id)
      end
    else
      if outcome == '' then
        redis.call('SET', own_outcome,
          outcome_of(base, id, r, 'D', 'outcome-lost', 'its outcome was deleted by other hands', wall))
        repaired(repairs, 'outcome-missing', id)
      elseif redis.call('PTTL', own_outcome) ~= -1 then
        redis.call('PERSIST', own_outcome)
        repaired(repairs, 'expiry', own_outcome)
      end
      if not redis.call('ZSCORE', base .. ':dead:' .. queue, id) then
        redis.call('ZADD', base .. ':dead:' .. queue, wall, id)
        repaired(repairs, 'dead-missing', id)
      end
    end
  end

  for _, key in ipairs(found) do
    local kind, name = string.match(string.sub(key, #base + 2), '^(%l+):(.*)$')
    if kind == 'r' then
      check_request(key, name)
    elseif kind == 'o' then
      local size = redis.pcall('STRLEN', key)
      if type(size) == 'number' and size >= 49 or sound(base, key, 'string', repairs, true) then
        if size < 49 then
          move_aside(base, key, 'garbage', repairs)
        elseif redis.call('PTTL', key) == -1 and redis.call('EXISTS', base .. ':r:' .. name) == 0 then
          redis.call('PEXPIRE', key, config_number(base, 'outcome-ttl', 3600000))
          repaired(repairs, 'outcome-stray', name)
        end
      end
    elseif (kind == 'q' or kind == 'n' or kind == 'dead') and valid_queue(name) then
      know(name)
    elseif kind == 'tb' then
      check_bucket(base, key, repairs)
    elseif kind == 'take' then
      sound(base, key, 'string', repairs, true)
    end
  end
  return {cursor, #found, repairs, waiting}
end}

-- yard_audit_tickets: gives waiting requests a ticket whose own is nowhere in the list; at the head of their queue, in
-- the order of the call. The caller saw each wait with this mark, and only then walked the whole list in vain.
-- KEYS[1] base. ARGV: queue, then for each its ticket and mark.
-- Returns repairs. One that has moved since is left alone; the line in its history makes a replay change nothing.
redis.register_function{function_name = 'yard_audit_tickets', flags = {'allow-oom'}, callback = function(keys, args)
  refuse_while_moving(keys[1])
  local base, queue, repairs = keys[1], args[1], {}
  if corrupt_queue(base, queue) then
    return {repairs}
  end
  for i = #args - 1, 2, -2 do
    local id, attempts = string.match(args[i], '^(.*)%.(%d+)$')
    local key = base .. ':r:' .. (id or '')
    local r = id and find(base, id)
    if r and r.state == QUEUED and queue_of(r) == queue
      and redis.call('GETRANGE', key, 0, HEADER_LENGTH - 1) .. redis.call('STRLEN', key) == args[i + 1] then
      redis.call('APPEND', key,
        string.format('{"attempt":%s,"at":%.0f,"cause":"ticket-lost"}\n', attempts, wall_now()))
      push(base, queue, args[i], 'LPUSH')
      repaired(repairs, 'ticket-missing', id)
    end
  end
  return {repairs}
end}

-- yard_audit_counts: compares what the counters say is in an index with what is.
-- KEYS[1] base. ARGV: 'leases' or 'later', the difference that the pass before found ('' when none), then for each queue
-- its name and how many entries were counted in steps.
-- Returns the difference of the sums, repairs. A short index is counted here, and each count put right at once; of a
-- long one only the sums can be compared at once, so they are put right when they differ by the same in two passes.
redis.register_function{function_name = 'yard_audit_counts', flags = {'allow-oom'}, callback = function(keys, args)
  refuse_while_moving(keys[1])
  local base, index, repairs = keys[1], keys[1] .. ':' .. args[1], {}
  local name = args[1] == 'leases' and 'inflight' or 'scheduled'
  if corrupt_key(base .. ':queues', 'set', index, 'zset') then
    return {0, repairs}
  end
  local entries, sum, counted, right = redis.call('ZCARD', index), 0, {}, {}
  for _, queue in ipairs(redis.call('SMEMBERS', base .. ':queues')) do
    if valid_queue(queue) and not corrupt_key(base .. ':n:' .. queue, 'hash') then
      counted[queue] = tonumber(redis.call('HGET', base .. ':n:' .. queue, name) or '') or 0
      sum = sum + counted[queue]
    end
  end
  local function correct(queue, n)
    redis.call('HSET', base .. ':n:' .. queue, name, number_text(n))
    repaired(repairs, 'count', base .. ':n:' .. queue .. ' ' .. name)
  end
  if entries <= COUNTED_AT_ONCE then
    for _, entry in ipairs(redis.call('ZRANGE', index, 0, -1)) do
      local r = at_home(base, args[1], entry)
      if r then
        right[queue_of(r)] = (right[queue_of(r)] or 0) + 1
      end
    end
    for queue, n in pairs(counted) do
      if n ~= (right[queue] or 0) then
        correct(queue, right[queue] or 0)
      end
    end
    return {0, repairs}
  end
  local drift = sum - entries
  if drift ~= 0 and number_text(drift) == args[2] then
    local off = {}
    for i = 3, #args, 2 do
      right[args[i]] = tonumber(args[i + 1])
    end
    for queue, n in pairs(counted) do
      off[#off + 1] = {queue = queue, by = n - (right[queue] or 0)}
    end
    local sign = drift > 0 and 1 or -1
    table.sort(off, function(a, b) return a.by * sign > b.by * sign end)
    local left = drift * sign
    for i, each in ipairs(off) do
      -- What is in flight moves while it is counted in steps: the sums are certain, their parts the best guess.
      local by = i == #off and left or math.min(left, math.max(0, each.by * sign))
      if by > 0 then
        correct(each.queue, counted[each.queue] - by * sign)
        left = left - by
      end
    end
    drift = 0
  end
  return {drift, repairs}
end}

-- yard_audit_depth: puts the count of worthless tickets right in a queue in which nothing moved while its waiting
-- requests were counted.
-- KEYS[1] base. ARGV: queue, its stamp from before they were counted, their number.
-- Returns repairs.
redis.register_function{function_name = 'yard_audit_depth', flags = {'allow-oom'}, callback = function(keys, args)
  refuse_while_moving(keys[1])
  local base, queue, repairs = keys[1], args[1], {}
  if not corrupt_queue(base, queue) and not corrupt_key(base .. ':replicas', 'zset')
    and stamp_of(base, queue, last_takes(base)) == args[2] then
    local right = redis.call('LLEN', base .. ':q:' .. queue) - tonumber(args[3])
    if right >= 0 and right ~= (tonumber(redis.call('HGET', base .. ':n:' .. queue, 'gone') or '') or 0) then
      redis.call('HSET', base .. ':n:' .. queue, 'gone', number_text(right))
      repaired(repairs, 'count', base .. ':n:' .. queue .. ' gone')
    end
  end
  return {repairs}
end}
end
