-- Enqueueing: many at once for our own replicas, one with named options for any producer.

local YEAR_MS = 31536000000
local QUEUES_LIMIT = 4000

-- What replicas told the functions about offers, or {corrupt = key}.
local function offer_settings(base)
  local told = redis.pcall('HMGET', base .. ':config', 'max-size', 'producer-rate', 'producer-burst', 'memory-full',
    'max-body', 'mapping')
  if told.err then
    return {corrupt = corrupt_key(base .. ':config', 'hash')}
  end
  return {
    max_size = tonumber(told[1] or '') or 10000, rate = tonumber(told[2] or '') or 0,
    burst = tonumber(told[3] or '') or 0, memory_full = told[4] == '1', max_body = tonumber(told[5] or '') or 1048576,
    mapping = tonumber(told[6] or '') or 1,
  }
end

-- Logical time and wall clock, before anything is written; nil and the key of the clock when it is not ours. Here
-- every offer stops while the slot moves, because of the key that never exists.
local function offer_time(base)
  local clock = base .. ':clock'
  local stored = redis.call('MGET', clock, base .. ':never')[1]
  if not stored and corrupt_key(clock, 'string') then
    return nil, clock
  end
  return clock_from(base, stored)
end

-- A queue as an offer finds it, or {corrupt = key}.
local function fresh_queue_state(base, queue)
  local list, counters = base .. ':q:' .. queue, base .. ':n:' .. queue
  local listed, counted = redis.pcall('LLEN', list), redis.pcall('HMGET', counters, 'gone', 'scheduled')
  local wrong = type(listed) ~= 'number' and corrupt_key(list, 'list') or counted.err and corrupt_key(counters, 'hash')
    or corrupt_key(base .. ':dead:' .. queue, 'zset')
  if wrong then
    return {corrupt = wrong}
  end
  return {
    waiting = listed - (tonumber(counted[1] or '') or 0) + (tonumber(counted[2] or '') or 0),
    known = redis.call('SISMEMBER', base .. ':queues', queue) == 1,
    tickets = {}, listed = listed, enqueued = 0, scheduled = 0,
  }
end

-- "duplicate" when a request with this id and content is or was here, "conflict" when the content differs, else nil.
local function seen_before(base, id, content, notify)
  local stored = redis.call('GET', base .. ':r:' .. id)
  if stored and #stored < HEADER_LENGTH then
    return 'conflict'
  elseif stored then
    local length = struct.unpack('>I4', stored, HEADER_LENGTH - 3)
    local same = length == #content and string.sub(stored, HEADER_LENGTH + 1, HEADER_LENGTH + length) == content
    local flags = string.byte(stored, 3)
    if same and notify == 1 and flags % 2 == 0 then
      redis.call('SETRANGE', base .. ':r:' .. id, 2, string.char(flags + 1))
    end
    return same and 'duplicate' or 'conflict'
  end
  local fingerprint = redis.call('GETRANGE', base .. ':o:' .. id, 0, 39)
  if fingerprint ~= '' then
    return fingerprint == redis.sha1hex(content) and 'duplicate' or 'conflict'
  end
  return nil
end

-- Whether any of these keys exists.
local function any_exists(keys)
  for from = 1, #keys, 1000 do
    if redis.call('EXISTS', unpack(keys, from, math.min(from + 999, #keys))) > 0 then
      return true
    end
  end
  return false
end

-- The terms of an offer that asks for nothing but the request itself.
local PLAIN = {delay = 0, ttl = 0, notify = 0, trace = '', producer = ''}
local NEW = '>BBBBI2I2I6I6c8'

-- What stands in a new record before the length of its content.
local function new_header(t, terms)
  return struct.pack(NEW, 1, terms.delay > 0 and SCHEDULED or QUEUED, terms.notify, 0, 0, 0, t.wall,
    terms.ttl > 0 and t.now + terms.ttl or 0, NO_NONCE)
end

-- Writes the records that are gathered.
local function write_records(t)
  local sets = t.sets
  for from = 1, #sets, 1000 do
    redis.call('MSET', unpack(sets, from, math.min(from + 999, #sets)))
  end
  t.sets, t.met = {}, {}
end

-- The state of the queue that a content begins with, looking at each queue once.
local function state_of(t, content)
  local start = string.sub(content, 1, 3 + string.byte(content, 3))
  local state = t.by_start[start]
  if not state then
    local queue = string.sub(start, 4) .. ':' .. PRIORITIES[string.byte(content)]
    state = t.by_queue[queue] or fresh_queue_state(t.base, queue)
    state.queue = queue
    t.by_queue[queue], t.by_start[start] = state, state
  end
  return state
end

-- The key that is not ours and concerns an offer, or nil. Foreign keys of ids can only be where some key is.
local function corrupt_offer(t, i, state)
  local base, id, producer = t.base, t.ids[i], (t.terms[i] or PLAIN).producer
  return state.corrupt or t.seen and corrupt_key(base .. ':r:' .. id, 'string', base .. ':o:' .. id, 'string')
    or t.told.rate > 0 and producer ~= '' and corrupt_key(base .. ':tb:producer:' .. producer, 'string') or nil
end

-- Why an offer is not let in, and what goes with that; nil when it is.
local function refusal(t, i, state)
  local base, told, id, terms = t.base, t.told, t.ids[i], t.terms[i] or PLAIN
  if t.met[id] then
    -- It is a few places before in this very call.
    write_records(t)
    t.seen = true
  end
  local code = t.seen and seen_before(base, id, t.contents[i], terms.notify)
  if code then
    return code, id
  end
  if not state.known then
    t.queues = t.queues or redis.call('SCARD', base .. ':queues')
    if t.queues >= QUEUES_LIMIT then
      local service = string.match(state.queue, '^(.*):')
      return 'invalid', 'service: ' .. service .. ' (expected: at most ' .. QUEUES_LIMIT .. ' queues)'
    end
  end
  if told.memory_full then
    return 'memory', ''
  elseif state.waiting >= told.max_size then
    return 'full', ''
  end
  if told.rate > 0 and terms.producer ~= '' then
    local granted, wait = token_bucket(base .. ':tb:producer:' .. terms.producer, told.rate, told.burst, t.now, 1)
    if granted == 0 then
      return 'limited', number_text(wait)
    end
  end
  return nil
end

local function let_in(t, i, state)
  local base, id, content, terms = t.base, t.ids[i], t.contents[i], t.terms[i]
  if not state.known then
    redis.call('SADD', base .. ':queues', state.queue)
    state.known = true
    t.queues = t.queues + 1
  end
  local length = t.lengths[#content] or struct.pack('>I4', #content)
  t.lengths[#content], t.met[id] = length, true
  local sets = t.sets
  local n = #sets
  sets[n + 1] = base .. ':r:' .. id
  sets[n + 2] = terms and new_header(t, terms) .. length .. content .. terms.trace or t.plain .. length .. content
  local ticket = id .. '.0'
  if terms and terms.delay > 0 then
    redis.call('ZADD', base .. ':later', t.now + terms.delay, ticket)
    state.scheduled = state.scheduled + 1
  else
    state.tickets[#state.tickets + 1] = ticket
  end
  state.waiting = state.waiting + 1
  state.enqueued = state.enqueued + 1
end

-- Admits requests, by their ids, their contents and the terms of each that has others than PLAIN: delay ms, ttl ms (0 =
-- none), notify 0|1, trace ('' or a line, kept with the request but no part of its content), producer ('' =
-- unlimited). Returns a flat list: code, detail for each. Refused items leave nothing behind. 'memory': Redis is so full
-- that what is left is kept for the requests that are in.
local function admit(base, told, now, wall, ids, contents, terms)
  local n, answers = #ids, {}
  local wrong = not now and wall or told.corrupt or corrupt_key(base .. ':queues', 'set', base .. ':later', 'zset')
  if wrong then
    for i = 1, n do
      answers[2 * i - 1], answers[2 * i] = 'corrupt', wrong
    end
    return answers
  end
  local keys = {}
  for i = 1, n do
    keys[2 * i - 1], keys[2 * i] = base .. ':r:' .. ids[i], base .. ':o:' .. ids[i]
  end
  local t = {
    base = base, told = told, now = now, wall = wall, ids = ids, contents = contents, terms = terms,
    seen = any_exists(keys), sets = {}, met = {}, lengths = {}, by_queue = {}, by_start = {},
  }
  t.plain = new_header(t, PLAIN)
  local states, corrupt = {}, {}
  for i = 1, n do
    states[i] = state_of(t, contents[i])
    corrupt[i] = corrupt_offer(t, i, states[i])
  end
  for i = 1, n do
    local code, detail
    if corrupt[i] then
      code, detail = 'corrupt', corrupt[i]
    else
      code, detail = refusal(t, i, states[i])
      if not code then
        let_in(t, i, states[i])
        code, detail = 'queued', ids[i]
      end
    end
    answers[2 * i - 1], answers[2 * i] = code, detail
  end
  write_records(t)
  local deltas = {}
  for queue, state in pairs(t.by_queue) do
    if not state.corrupt and state.enqueued > 0 then
      local tickets = state.tickets
      for from = 1, #tickets, 1000 do
        redis.call('RPUSH', base .. ':q:' .. queue, unpack(tickets, from, math.min(from + 999, #tickets)))
      end
      if state.listed == 0 and #tickets > 0 then
        redis.call('SPUBLISH', base .. ':wake', queue)
      end
      count(deltas, queue, 'enqueued', state.enqueued)
      count(deltas, queue, 'scheduled', state.scheduled)
    end
  end
  write_counts(base, deltas)
  return answers
end

-- The id, content and terms of an offer in eight arguments: id, service, priority, delay ms, ttl ms, notify 0|1 with the
-- trace right behind it, producer, content.
local function offer_at(args, i)
  return args[i], args[i + 7], {
    delay = tonumber(args[i + 3]), ttl = tonumber(args[i + 4]), notify = tonumber(string.sub(args[i + 5], 1, 1)),
    trace = string.sub(args[i + 5], 2), producer = args[i + 6],
  }
end

-- {'remapped', mappings} when the shard knows a newer mapping of ids to shards than an offer was sent by.
local function remapped(base, told, mapping)
  return not told.corrupt and mapping < told.mapping
    and {'remapped', redis.call('HGET', base .. ':config', 'shards')} or nil
end

-- yard_offer_packed: as yard_offer. ARGV: by the how-manieth mapping of ids to shards they come here, then for each
-- request id, terms, content. The terms are '' (no delay, no end, nobody to tell, no limit, no trace), or delay ms (6
-- bytes), ttl ms (6), notify (1), length of producer (2), producer, trace. Service and priority stand in the content.
redis.register_function('yard_offer_packed', function(keys, args)
  local base = keys[1]
  local told = offer_settings(base)
  local elsewhere = remapped(base, told, tonumber(args[1]))
  if elsewhere then
    return elsewhere
  end
  local ids, contents, terms, n = {}, {}, {}, 0
  for i = 2, #args, 3 do
    n = n + 1
    ids[n], contents[n] = args[i], args[i + 2]
    if args[i + 1] ~= '' then
      local delay, ttl, notify, length, from = struct.unpack('>I6I6BI2', args[i + 1])
      terms[n] = {
        delay = delay, ttl = ttl, notify = notify, producer = string.sub(args[i + 1], from, from + length - 1),
        trace = string.sub(args[i + 1], from + length),
      }
    end
  end
  local now, wall = offer_time(base)
  return admit(base, told, now, wall, ids, contents, terms)
end)

-- yard_offer: enqueues many requests of our own replicas, whose fields are checked already.
-- KEYS[1] base. ARGV: by the how-manieth mapping of ids to shards they come here (left out: the first), then for each
-- request id, service, priority 0..3, delay ms, ttl ms (0 = none), notify 0|1 and right behind it what is to be kept of
-- its trace context (nothing, or a line of '#', traceparent, blank, tracestate), producer, content.
-- Returns code, detail for each: queued id | duplicate id | conflict id | full '' | memory '' | limited ms |
-- invalid reason | corrupt key; or {'remapped', mappings} when this shard knows a newer mapping: nothing is enqueued.
-- A replay answers duplicate and changes nothing.
redis.register_function('yard_offer', function(keys, args)
  local base, first, ids, contents, terms = keys[1], #args % 8 + 1, {}, {}, {}
  local told = offer_settings(base)
  local elsewhere = remapped(base, told, first == 2 and tonumber(args[1]) or 1)
  if elsewhere then
    return elsewhere
  end
  for i = first, #args, 8 do
    local n = #ids + 1
    ids[n], contents[n], terms[n] = offer_at(args, i)
  end
  local now, wall = offer_time(base)
  return admit(base, told, now, wall, ids, contents, terms)
end)

local METHODS = {GET = true, HEAD = true, POST = true, PUT = true, PATCH = true, DELETE = true, OPTIONS = true}
local TOKEN = "^[!#$%%&'*+%-.^_`|~%w]+$"

local function whole(name, text, least, most)
  local n = string.match(text, '^%d+$') and #text <= 15 and tonumber(text)
  if not n or n < least or n > most then
    return nil, name .. ': ' .. string.sub(text, 1, 40) .. ' (expected: ' .. number_text(least) .. ' to '
      .. number_text(most) .. ')'
  end
  return n
end

local function field(tag, value)
  return tag .. struct.pack('>I2', #value) .. value
end

local function pair(tag, name, value)
  return tag .. struct.pack('>I2', #name) .. name .. struct.pack('>I2', #value) .. value
end

-- Each option: how many arguments it takes (1 unless said) and how it is checked; returns the reason of a refusal.
local function text_option(target, name, longest)
  return function(o, value)
    if #value == 0 or #value > longest or string.find(value, '%c') then
      return name .. ': ' .. #value .. ' bytes (expected: 1 to ' .. longest .. ' printable bytes)'
    end
    o[target] = value
  end
end

local function number_option(target, name, least, most)
  return function(o, value)
    local n, reason = whole(name, value, least, most)
    o[target] = n
    return reason
  end
end

local OPTIONS = {
  BODY = function(o, value, told)
    local most = told.max_body or 1048576
    if #value > most then
      return 'BODY: ' .. #value .. ' bytes (expected: at most ' .. number_text(most) .. ')'
    end
    o.body = value
  end,
  SERVICE = function(o, value)
    if not string.match(value, '^[%w._-]+$') or #value > 64 then
      return 'SERVICE: ' .. string.sub(value, 1, 80) .. ' (expected: [A-Za-z0-9._-]{1,64})'
    end
    o.service = value
  end,
  PRIORITY = function(o, value)
    o.priority = PRIORITY_NUMBERS[value]
    if not o.priority then
      return 'PRIORITY: ' .. string.sub(value, 1, 40) .. ' (expected: critical, high, normal or low)'
    end
  end,
  METHOD = function(o, value)
    if not METHODS[value] then
      return 'METHOD: ' .. string.sub(value, 1, 40) .. ' (expected: GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS)'
    end
    o.method = value
  end,
  PATH = function(o, value)
    if #value > 8192 or not string.match(value, '^/[!-~]*$') or string.find(value, '#', 1, true) then
      return 'PATH: ' .. #value .. ' bytes (expected: / and printable ASCII without #, at most 8192)'
    end
    o.path = value
  end,
  ID = function(o, value)
    if not string.match(value, '^[%w._:-]+$') or #value > 128 then
      return 'ID: ' .. #value .. ' bytes (expected: [A-Za-z0-9._:-]{1,128})'
    end
    o.id = value
  end,
  TIMEOUT = number_option('timeout', 'TIMEOUT', 1, 86400000),
  RETRIES = number_option('retries', 'RETRIES', 0, 100),
  DELAY = number_option('delay', 'DELAY', 0, YEAR_MS),
  TTL = number_option('ttl', 'TTL', 1, YEAR_MS),
  AFFINITY = text_option('affinity', 'AFFINITY', 256),
  CLIENT = text_option('client', 'CLIENT', 128),
  CLIENTIP = text_option('client_ip', 'CLIENTIP', 45),
  REGION = text_option('region', 'REGION', 64),
}

local function header_option(o, name, value)
  if not string.match(name, TOKEN) or #name > 256 then
    return 'HEADER: name of ' .. #name .. ' bytes (expected: an HTTP token, at most 256)'
  end
  if #value > 8192 or string.find(value, '[%z\1-\8\10-\31\127]') then
    return 'HEADER ' .. name .. ': ' .. #value .. ' bytes (expected: at most 8192 without control characters)'
  end
  if #o.headers >= 100 then
    return 'HEADER: ' .. name .. ' (expected: at most 100 headers)'
  end
  o.headers[#o.headers + 1] = pair('H', name, value)
end

local function label_option(o, name, value)
  if not string.match(name, '^[%w._/-]+$') or #name > 64 or not string.match(value, '^[%w._/-]*$') or #value > 64 then
    return 'LABEL: (expected: name and value of [A-Za-z0-9._/-], at most 64)'
  end
  if o.label_values[name] then
    return 'LABEL ' .. name .. ': given twice (expected: once)'
  end
  if #o.label_names >= 32 then
    return 'LABEL: ' .. name .. ' (expected: at most 32 labels)'
  end
  o.label_names[#o.label_names + 1] = name
  o.label_values[name] = value
end

-- The labels in the order of their names, so that the same request over REST has the same content.
local function sorted_labels(o)
  local fields = {}
  table.sort(o.label_names, bytes_less)
  for _, name in ipairs(o.label_names) do
    fields[#fields + 1] = pair('L', name, o.label_values[name])
  end
  return table.concat(fields)
end

-- yard_enqueue: enqueues one request; the door for programs in any language.
-- KEYS[1] base, {yard:0}. ARGV: BODY bytes, [SERVICE s] [PRIORITY p] [METHOD m] [PATH p] [HEADER name value]...
-- [ID id] [TIMEOUT ms] [RETRIES n] [DELAY ms] [TTL ms] [AFFINITY key] [CLIENT name] [CLIENTIP address] [REGION r]
-- [LABEL name value]... in any order.
-- Returns {queued, id} | {duplicate, id} | {conflict, id} | {full, ''} | {limited, retry after ms} | {invalid, reason}.
-- A replay with an ID answers duplicate and changes nothing; without an ID each call is a request of its own.
redis.register_function('yard_enqueue', function(keys, args)
  local base = keys[1]
  -- A shard that no replica has ever configured is served by none: what went there would wait for ever.
  if not base or not string.match(base, '^{yard:%d+}$')
    or base ~= '{yard:0}' and redis.call('EXISTS', base .. ':config') == 0 then
    return {'invalid', 'KEYS[1]: ' .. string.sub(base or '', 1, 40) .. ' (expected: {yard:0})'}
  end
  refuse_while_moving(base)
  local told = offer_settings(base)
  local o = {
    service = 'default', priority = 2, method = 'POST', path = '/', retries = 255, delay = 0, ttl = 0,
    body = '', headers = {}, label_names = {}, label_values = {},
  }
  local i, given = 1, {}
  while i <= #args do
    local name = string.upper(args[i])
    local reason
    if name == 'HEADER' or name == 'LABEL' then
      if i + 2 > #args then
        return {'invalid', name .. ': (expected: a name and a value)'}
      end
      reason = (name == 'HEADER' and header_option or label_option)(o, args[i + 1], args[i + 2])
      i = i + 3
    elseif OPTIONS[name] then
      if i + 1 > #args then
        return {'invalid', name .. ': (expected: a value)'}
      end
      if given[name] then
        return {'invalid', name .. ': given twice (expected: once)'}
      end
      given[name] = true
      reason = OPTIONS[name](o, args[i + 1], told)
      i = i + 2
    else
      reason = 'option: ' .. string.sub(args[i], 1, 40) .. ' (expected: BODY, SERVICE, PRIORITY, METHOD, PATH, HEADER, '
        .. 'ID, TIMEOUT, RETRIES, DELAY, TTL, AFFINITY, CLIENT, CLIENTIP, REGION or LABEL)'
    end
    if reason then
      return {'invalid', reason}
    end
  end
  local content = string.char(o.priority, o.retries, #o.service) .. o.service
    .. (o.method ~= 'POST' and field('M', o.method) or '')
    .. (o.path ~= '/' and field('P', o.path) or '')
    .. table.concat(o.headers)
    .. (o.timeout and 'T' .. struct.pack('>I4', o.timeout) or '')
    .. (o.affinity and field('A', o.affinity) or '')
    .. (o.client and field('C', o.client) or '')
    .. (o.client_ip and field('I', o.client_ip) or '')
    .. (o.region and field('G', o.region) or '')
    .. (#o.label_names > 0 and sorted_labels(o) or '')
    .. 'B' .. struct.pack('>I4', #o.body) .. o.body
  local now, wall = offer_time(base)
  if not o.id and now then
    local wrong = corrupt_key(base .. ':ids', 'string')
    if wrong then
      return {'corrupt', wrong}
    end
    local number = redis.call('INCR', base .. ':ids')
    -- The counter makes it unique, the time keeps it so when Redis loses the counter's last steps.
    o.id = string.format('r%x-%x', wall, number)
  end
  local plain = o.delay == 0 and o.ttl == 0 and not o.client
  local answer = admit(base, told, now, wall, {o.id or ''}, {content}, {
    not plain and {delay = o.delay, ttl = o.ttl, notify = 0, trace = '', producer = o.client or ''} or nil,
  })
  -- To a producer, a full Redis is a full queue.
  return answer[1] == 'memory' and {'full', ''} or answer
end)

-- yard_ingress_peek: what producers pushed, oldest first, without taking it off.
-- KEYS[1] base. ARGV: most items, most bytes in sum (one item is returned whatever its size).
-- Returns seq (how many were taken off so far), then the items.
redis.register_function{function_name = 'yard_ingress_peek', flags = {'no-writes'}, callback = function(keys, args)
  local base = keys[1]
  if corrupt_key(base .. ':in', 'list', base .. ':ingress', 'hash') then
    return {0}
  end
  local answer = {tonumber(redis.call('HGET', base .. ':ingress', 'seq') or '0')}
  local left = tonumber(args[2])
  for i = 0, tonumber(args[1]) - 1 do
    local item = redis.call('LINDEX', base .. ':in', i)
    if not item or (i > 0 and #item > left) then
      break
    end
    left = left - #item
    answer[#answer + 1] = item
  end
  return answer
end}

-- yard_ingress_admit: takes the first n items off the ingress list and puts each where it belongs.
-- KEYS[1] base. ARGV: seq as yard_ingress_peek gave it, most entries in quarantine, then for each of the n items
-- either 'offer' and the eight arguments of yard_offer, or 'quarantine' and the entry to keep.
-- Requests whose queue is full or whose producer is limited go to the list's end, to be tried again.
-- Returns {'moved'} when seq is no longer right (another replica was quicker, or this is a replay) or the list is
-- shorter than n (somebody else cleared it): nothing is changed; else {'done', admitted, quarantined, deferred}.
redis.register_function('yard_ingress_admit', function(keys, args)
  local base = keys[1]
  refuse_while_moving(base)
  local wrong = corrupt_key(base .. ':in', 'list', base .. ':quarantine', 'list', base .. ':ingress', 'hash')
  if wrong then
    return {'corrupt', wrong}
  end
  if tonumber(redis.call('HGET', base .. ':ingress', 'seq') or '0') ~= tonumber(args[1]) then
    return {'moved'}
  end
  local ids, contents, terms, places, bad, taken, i = {}, {}, {}, {}, {}, 0, 3
  while i <= #args do
    taken = taken + 1
    if args[i] == 'quarantine' then
      bad[#bad + 1] = args[i + 1]
      i = i + 2
    else
      local n = #ids + 1
      ids[n], contents[n], terms[n] = offer_at(args, i + 1)
      places[n] = taken
      i = i + 9
    end
  end
  if taken == 0 or redis.call('LLEN', base .. ':in') < taken then
    return {'moved'}
  end
  local quarantined = #bad
  for _, entry in ipairs(bad) do
    redis.call('RPUSH', base .. ':quarantine', entry)
  end
  local raw = redis.call('LPOP', base .. ':in', taken)
  redis.call('HINCRBY', base .. ':ingress', 'seq', taken)
  local told = offer_settings(base)
  local now, wall = offer_time(base)
  local answers, admitted, deferred = admit(base, told, now, wall, ids, contents, terms), 0, 0
  for k = 1, #ids do
    local code = answers[2 * k - 1]
    if code == 'full' or code == 'memory' or code == 'limited' or code == 'corrupt' then
      redis.call('RPUSH', base .. ':in', raw[places[k]])
      deferred = deferred + 1
    elseif code == 'conflict' or code == 'invalid' then
      redis.call('RPUSH', base .. ':quarantine',
        '{"reason":"' .. code .. ': id ' .. ids[k] .. '"}\n' .. raw[places[k]])
      quarantined = quarantined + 1
    else
      admitted = admitted + 1
    end
  end
  if quarantined > 0 then
    redis.call('HINCRBY', base .. ':ingress', 'quarantined', quarantined)
    redis.call('LTRIM', base .. ':quarantine', -tonumber(args[2]), -1)
  end
  return {'done', admitted, quarantined, deferred}
end)
