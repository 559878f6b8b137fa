-- What the queue's functions share: keys, the stored form of a request, counters.
--
-- Keys of a shard, all with one hash tag; <base> is for example {yard:0}:
--   <base>:q:<service>:<priority>     LIST    tickets "<id>.<attempts>", next one at the left
--   <base>:r:<id>                     STRING  the request: header, content, history (below)
--   <base>:leases                     ZSET    "<id>.<attempts>|<nonce>" -> lease end, logical ms
--   <base>:later                      ZSET    ticket -> due time, logical ms
--   <base>:dead:<service>:<priority>  ZSET    id -> time of death, wall ms
--   <base>:o:<id>                     STRING  the outcome, with expiry: fingerprint (40), nonce (8), state (1), JSON
--   <base>:n:<service>:<priority>     HASH    counters and the pause
--   <base>:queues                     SET     "<service>:<priority>" of every queue ever used
--   <base>:config                     HASH    what replicas told the functions
--   <base>:take:<replica>             STRING  the replica's last take, for a replay
--   <base>:replicas                   ZSET    replica -> last sign of life, logical ms
--   <base>:in, :quarantine            LIST    what producers pushed; what could not be admitted
--   <base>:ingress                    HASH    "seq": how many were taken off :in
--   <base>:clock                      STRING  the logical clock
--   <base>:ids                        STRING  counter of generated ids
--   <base>:knows                      HASH    replica -> shards that it serves; at {yard:0} only
--   <base>:tb:<scope>:<name>          STRING  token bucket
-- Channels: <base>:wake (a queue's name: it was empty and no longer is), <base>:settled (id), <base>:cancelled (id).
--
-- A request's header is 32 bytes, written over at each move, so that a look by id is one read:
--   version 1, state 1, flags 1 (1: tell when it is settled, 2: its lease's request was sent), leases lost after it
--   was sent 1, attempts 2, attempts forgiven by redrives 2,
--   enqueued 6 (wall ms), expires 6 (logical ms, 0 = never), nonce of the last lease 8, content length 4
-- The content is the producer's and never changes; it begins with priority 1 (0 critical .. 3 low), retries 1
-- (255 = the queue's), length of service 1, service. The rest is opaque here. Behind it may stand a line of '#' and
-- the trace context that the request came with; the history after that is JSON lines.

local HEADER = '>BBBBI2I2I6I6c8I4'
local HEADER_LENGTH = 32
local PREFIX_LENGTH = HEADER_LENGTH + 3 + 64
local NO_NONCE = '........'
local PRIORITIES = {[0] = 'critical', [1] = 'high', [2] = 'normal', [3] = 'low'}
local DEFAULT_ATTEMPTS = {critical = 4, high = 3, normal = 2, low = 1}
local QUEUED, SCHEDULED, LEASED, DEAD = 113, 115, 108, 100 -- q s l d
local LOST_LEASES_LIMIT = 3
local PRIORITY_NUMBERS = {critical = 0, high = 1, normal = 2, low = 3}
local NO_EXPIRY = '\0\0\0\0\0\0'

local function number_text(n)
  return string.format('%.0f', n)
end

-- Whether a is before b by their bytes. The operator < goes by the locale of Redis' host.
local function bytes_less(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then
      return x < y
    end
  end
  return #a < #b
end

local SIZE_OF = {string = 'STRLEN', list = 'LLEN', hash = 'HLEN', set = 'SCARD', zset = 'ZCARD'}

-- The first of (key, type, key, type, ...) that somebody else's type is at, or nil. Asked before the first write,
-- because a function that fails keeps its earlier writes. Asking for the size costs half of asking for the type, which
-- then tells a foreign type from any other trouble, and fails where that is why there is no size.
local function corrupt_key(key, type_, ...)
  if type(redis.pcall(SIZE_OF[type_], key)) ~= 'number' and redis.call('TYPE', key).ok ~= type_ then
    return key
  elseif ... then
    return corrupt_key(...)
  end
  return nil
end

-- The decoded header and service of a record or of its beginning; nil when it is none of this version.
local function decode(record)
  if #record < HEADER_LENGTH + 3 or string.byte(record) ~= 1 then
    return nil
  end
  local version, state, flags, lost, attempts, forgiven, enqueued, expires, nonce, length =
    struct.unpack(HEADER, record)
  local priority, retries, service_length = string.byte(record, HEADER_LENGTH + 1, HEADER_LENGTH + 3)
  if not PRIORITIES[priority] then
    return nil
  end
  return {
    version = version, state = state, notify = flags % 2 == 1, sent = flags >= 2, lost = lost, attempts = attempts,
    forgiven = forgiven, enqueued = enqueued, expires = expires, nonce = nonce, length = length,
    priority = PRIORITIES[priority], retries = retries,
    service = string.sub(record, HEADER_LENGTH + 4, HEADER_LENGTH + 3 + service_length),
  }
end

local function flags_of(r)
  return (r.notify and 1 or 0) + (r.sent and 2 or 0)
end

local function header(r)
  return struct.pack(HEADER, r.version, r.state, flags_of(r), r.lost, r.attempts, r.forgiven, r.enqueued, r.expires,
    r.nonce, r.length)
end

-- The decoded header and service of a request, or nil when there is none (or something else is at its key).
local function find(base, id)
  local start = redis.pcall('GETRANGE', base .. ':r:' .. id, 0, PREFIX_LENGTH - 1)
  return type(start) == 'string' and decode(start) or nil
end

local function queue_of(r)
  return r.service .. ':' .. r.priority
end

-- The queue of a record or of its beginning, as decode says, false when it is none; `known` keeps the answers of one
-- call, by the bytes that say it.
local function queue_in(record, known)
  local length = string.byte(record, HEADER_LENGTH + 3)
  if not length or string.byte(record) ~= 1 then
    return false
  end
  local start = string.sub(record, HEADER_LENGTH + 1, HEADER_LENGTH + 3 + length)
  local queue = known[start]
  if queue == nil then
    local r = decode(record)
    queue = r and queue_of(r) or false
    known[start] = queue
  end
  return queue
end

-- The id and the attempts of a ticket, nil when it is none. Nearly all end in one digit, and a pattern costs five
-- times as much.
local function ticket_parts(ticket)
  local dot, digit = string.byte(ticket, -2, -1)
  if dot == 46 and digit and digit >= 48 and digit <= 57 then
    return string.sub(ticket, 1, -3), digit - 48
  end
  local id, attempts = string.match(ticket, '^(.*)%.(%d+)$')
  return id, tonumber(attempts)
end

-- The id, the nonce and the attempt (as a header holds it) of a lease "<id>.<attempts>|<nonce>", likewise; '', '' and
-- 0 when it is none.
local function lease_parts(member)
  local dot, digit, bar = string.byte(member, -11, -9)
  if dot == 46 and bar == 124 then
    return string.sub(member, 1, -12), string.sub(member, -8), digit - 48
  end
  local id, attempt, nonce = string.match(member, '^(.*)%.(%d+)|(.*)$')
  return id or '', nonce or '', (tonumber(attempt) or 0) % 65536
end

-- The queue's own key that somebody else's type is at, or nil.
local function corrupt_queue(base, queue)
  return corrupt_key(base .. ':q:' .. queue, 'list', base .. ':n:' .. queue, 'hash',
    base .. ':dead:' .. queue, 'zset')
end

-- The default also when the key is not ours: what is in flight must be able to end.
local function config_number(base, field, default)
  local value = redis.pcall('HGET', base .. ':config', field)
  return type(value) == 'string' and tonumber(value) or default
end

-- How many attempts a request has, its first included, redrives and the service's overrides considered.
local function attempts_allowed(base, r)
  if r.retries ~= 255 then
    return r.retries + 1 + r.forgiven
  end
  local allowed = config_number(base, 'attempts:' .. queue_of(r), nil)
    or config_number(base, 'attempts:' .. r.priority, DEFAULT_ATTEMPTS[r.priority])
  return allowed + r.forgiven
end

-- Counter changes are gathered in a call and written once a queue.
local function count(deltas, queue, field, by)
  local of_queue = deltas[queue]
  if not of_queue then
    of_queue = {}
    deltas[queue] = of_queue
  end
  of_queue[field] = (of_queue[field] or 0) + by
end

local function write_counts(base, deltas)
  for queue, fields in pairs(deltas) do
    for field, by in pairs(fields) do
      if by ~= 0 then
        redis.call('HINCRBY', base .. ':n:' .. queue, field, by)
      end
    end
  end
end

-- Takes tickets that were found without their request off the count of those. Never below zero: a request may have
-- vanished without our knowing.
local function forget_gone(base, deltas, queue, tickets)
  if tickets > 0 then
    local gone = tonumber(redis.call('HGET', base .. ':n:' .. queue, 'gone') or '') or 0
    count(deltas, queue, 'gone', -math.max(0, math.min(tickets, gone)))
  end
end

-- Adds a ticket at the right ('RPUSH') or the left ('LPUSH') and wakes the replicas when the queue was empty.
local function push(base, queue, ticket, command)
  if redis.call(command, base .. ':q:' .. queue, ticket) == 1 then
    redis.call('SPUBLISH', base .. ':wake', queue)
  end
end

local function json_lines(history)
  return (string.gsub(string.gsub(string.gsub(history, '^#[^\n]*\n', ''), '\n$', ''), '\n', ','))
end

-- Ends a request in a state that the functions decide themselves. `reason` is a word, `message` plain ASCII
-- without quotes. Keeps the request's record only when it is dead, for a redrive.
local function outcome_of(base, id, r, state, reason, message, wall)
  local record = redis.call('GET', base .. ':r:' .. id)
  local content = string.sub(record, HEADER_LENGTH + 1, HEADER_LENGTH + r.length)
  local history = json_lines(string.sub(record, HEADER_LENGTH + r.length + 1))
  return redis.sha1hex(content) .. NO_NONCE .. state .. string.format(
    '{"service":"%s","priority":"%s","attempts":%d,"enqueuedAt":%.0f,"settledAt":%.0f,'
      .. '"error":{"reason":"%s","message":"%s"},"history":[%s]}',
    r.service, r.priority, r.attempts, r.enqueued, wall, reason, message, history)
end

local function tell_settled(base, id, r)
  if r.notify then
    redis.call('SPUBLISH', base .. ':settled', id)
  end
end

-- Ends a request as cancelled ('C') or expired ('X').
local function finish(base, id, r, state, reason, message, wall)
  local outcome = outcome_of(base, id, r, state, reason, message, wall)
  redis.call('SET', base .. ':o:' .. id, outcome, 'PX', config_number(base, 'outcome-ttl', 3600000))
  redis.call('UNLINK', base .. ':r:' .. id)
  tell_settled(base, id, r)
end

-- Lays a request among the dead with its outcome, and lets the oldest dead go when there are too many.
local function bury(base, id, r, outcome, wall)
  local queue = queue_of(r)
  local dead = base .. ':dead:' .. queue
  r.state = DEAD
  redis.call('SETRANGE', base .. ':r:' .. id, 0, header(r))
  redis.call('SET', base .. ':o:' .. id, outcome)
  redis.call('ZADD', dead, wall, id)
  local surplus = redis.call('ZCARD', dead) - config_number(base, 'dead-max', 10000)
  if surplus > 0 then
    local gone = redis.call('ZPOPMIN', dead, math.min(surplus, 10))
    for i = 1, #gone, 2 do
      redis.call('UNLINK', base .. ':r:' .. gone[i], base .. ':o:' .. gone[i])
    end
  end
  tell_settled(base, id, r)
end
