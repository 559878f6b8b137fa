-- Enqueueing: many at once for our own replicas, one with named options for any producer.

local YEAR_MS = 31536000000
local QUEUES_LIMIT = 4000

local function fresh_queue_state(base, queue)
  local counters = redis.call('HMGET', base .. ':n:' .. queue, 'gone', 'scheduled')
  local listed = redis.call('LLEN', base .. ':q:' .. queue)
  return {
    waiting = listed - (tonumber(counters[1] or '') or 0) + (tonumber(counters[2] or '') or 0),
    known = redis.call('SISMEMBER', base .. ':queues', queue) == 1,
    tickets = {},
    listed = listed,
  }
end

-- "duplicate" when a request with this id and content is or was here, "conflict" when the content differs, else nil.
local function seen_before(base, item)
  local stored = redis.call('GET', base .. ':r:' .. item.id)
  if stored and #stored < HEADER_LENGTH then
    return 'conflict'
  elseif stored then
    local length = struct.unpack('>I4', stored, HEADER_LENGTH - 3)
    local same = length == #item.content
      and string.sub(stored, HEADER_LENGTH + 1, HEADER_LENGTH + length) == item.content
    local flags = string.byte(stored, 3)
    if same and item.notify == 1 and flags % 2 == 0 then
      redis.call('SETRANGE', base .. ':r:' .. item.id, 2, string.char(flags + 1))
    end
    return same and 'duplicate' or 'conflict'
  end
  local fingerprint = redis.call('GETRANGE', base .. ':o:' .. item.id, 0, 39)
  if fingerprint ~= '' then
    return fingerprint == redis.sha1hex(item.content) and 'duplicate' or 'conflict'
  end
  return nil
end

-- Admits items {id, service, priority 0..3, delay ms, ttl ms (0 = none), notify 0|1, trace ('' or a line, kept with
-- the request but no part of its content), producer ('' = unlimited), content}; returns a flat list: code, detail for
-- each. Refused items leave nothing behind. 'memory': Redis is so full that what is left is kept for the requests that
-- are in.
local function admit(base, items)
  local queues, answers = {}, {}
  local wrong = corrupt_key(base .. ':queues', 'set', base .. ':later', 'zset', base .. ':config', 'hash',
    base .. ':clock', 'string')
  if wrong then
    for _ in ipairs(items) do
      answers[#answers + 1] = 'corrupt'
      answers[#answers + 1] = wrong
    end
    return answers
  end
  local rate = config_number(base, 'producer-rate', 0)
  for _, item in ipairs(items) do
    item.queue = item.service .. ':' .. PRIORITIES[item.priority]
    if not queues[item.queue] then
      wrong = corrupt_queue(base, item.queue)
      queues[item.queue] = wrong and {corrupt = wrong} or fresh_queue_state(base, item.queue)
    end
    wrong = corrupt_key(base .. ':r:' .. item.id, 'string', base .. ':o:' .. item.id, 'string')
    if rate > 0 and item.producer ~= '' then
      wrong = wrong or corrupt_key(base .. ':tb:producer:' .. item.producer, 'string')
    end
    if wrong or queues[item.queue].corrupt then
      item.corrupt = wrong or queues[item.queue].corrupt
    end
  end
  local now, wall = clock_now(base), wall_now()
  local max_size = config_number(base, 'max-size', 10000)
  local burst = config_number(base, 'producer-burst', 0)
  local memory_full = config_number(base, 'memory-full', 0) == 1
  local queue_count = nil
  local deltas = {}

  for _, item in ipairs(items) do
    local state = queues[item.queue]
    local code, detail = nil, item.id
    if item.corrupt then
      code, detail = 'corrupt', item.corrupt
    else
      code = seen_before(base, item)
    end
    if not code and not state.known then
      queue_count = queue_count or redis.call('SCARD', base .. ':queues')
      if queue_count >= QUEUES_LIMIT then
        code, detail = 'invalid', 'service: ' .. item.service .. ' (expected: at most ' .. QUEUES_LIMIT .. ' queues)'
      end
    end
    if not code and memory_full then
      code, detail = 'memory', ''
    elseif not code and state.waiting >= max_size then
      code, detail = 'full', ''
    end
    if not code and rate > 0 and item.producer ~= '' then
      local granted, wait = token_bucket(base .. ':tb:producer:' .. item.producer, rate, burst, now, 1)
      if granted == 0 then
        code, detail = 'limited', number_text(wait)
      end
    end
    if not code then
      code = 'queued'
      if not state.known then
        redis.call('SADD', base .. ':queues', item.queue)
        state.known = true
        queue_count = queue_count + 1
      end
      local ticket = item.id .. '.0'
      redis.call('SET', base .. ':r:' .. item.id, struct.pack(HEADER, 1, item.delay > 0 and SCHEDULED or QUEUED,
        item.notify, 0, 0, 0, wall, item.ttl > 0 and now + item.ttl or 0, NO_NONCE, #item.content)
        .. item.content .. (item.trace or ''))
      if item.delay > 0 then
        redis.call('ZADD', base .. ':later', now + item.delay, ticket)
        count(deltas, item.queue, 'scheduled', 1)
      else
        state.tickets[#state.tickets + 1] = ticket
      end
      state.waiting = state.waiting + 1
      count(deltas, item.queue, 'enqueued', 1)
    end
    answers[#answers + 1] = code
    answers[#answers + 1] = detail
  end

  for queue, state in pairs(queues) do
    if not state.corrupt and #state.tickets > 0 then
      for from = 1, #state.tickets, 1000 do
        redis.call('RPUSH', base .. ':q:' .. queue, unpack(state.tickets, from, math.min(from + 999, #state.tickets)))
      end
      if state.listed == 0 then
        redis.call('SPUBLISH', base .. ':wake', queue)
      end
    end
  end
  write_counts(base, deltas)
  return answers
end

-- yard_offer: enqueues many requests of our own replicas, whose fields are checked already.
-- KEYS[1] base. ARGV: by the how-manieth mapping of ids to shards they come here (left out: the first), then for each
-- request id, service, priority 0..3, delay ms, ttl ms (0 = none), notify 0|1 and right behind it what is to be kept of
-- its trace context (nothing, or a line of '#', traceparent, blank, tracestate), producer, content.
-- Returns code, detail for each: queued id | duplicate id | conflict id | full '' | memory '' | limited ms |
-- invalid reason | corrupt key; or {'remapped', mappings} when this shard knows a newer mapping: nothing is enqueued.
-- A replay answers duplicate and changes nothing.
redis.register_function('yard_offer', function(keys, args)
  local first, items = #args % 8 + 1, {}
  if (first == 2 and tonumber(args[1]) or 1) < config_number(keys[1], 'mapping', 1) then
    return {'remapped', redis.call('HGET', keys[1] .. ':config', 'shards')}
  end
  for i = first, #args, 8 do
    items[#items + 1] = {
      id = args[i], service = args[i + 1], priority = tonumber(args[i + 2]), delay = tonumber(args[i + 3]),
      ttl = tonumber(args[i + 4]), notify = tonumber(string.sub(args[i + 5], 1, 1)), trace = string.sub(args[i + 5], 2),
      producer = args[i + 6], content = args[i + 7],
    }
  end
  return admit(keys[1], items)
end)

local METHODS = {GET = true, HEAD = true, POST = true, PUT = true, PATCH = true, DELETE = true, OPTIONS = true}
local PRIORITY_NUMBERS = {critical = 0, high = 1, normal = 2, low = 3}
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
  BODY = function(o, value, base)
    local most = config_number(base, 'max-body', 1048576)
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
      reason = OPTIONS[name](o, args[i + 1], base)
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
    .. sorted_labels(o)
    .. 'B' .. struct.pack('>I4', #o.body) .. o.body
  if not o.id then
    local wrong = corrupt_key(base .. ':ids', 'string')
    if wrong then
      return {'corrupt', wrong}
    end
    -- The counter makes it unique, the time keeps it so when Redis loses the counter's last steps.
    o.id = string.format('r%x-%x', wall_now(), redis.call('INCR', base .. ':ids'))
  end
  local answer = admit(base, {{
    id = o.id, service = o.service, priority = o.priority, delay = o.delay, ttl = o.ttl, notify = 0,
    producer = o.client or '', content = content,
  }})
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
  local items, bad, taken, i = {}, {}, 0, 3
  while i <= #args do
    taken = taken + 1
    if args[i] == 'quarantine' then
      bad[#bad + 1] = args[i + 1]
      i = i + 2
    else
      items[#items + 1] = {
        id = args[i + 1], service = args[i + 2], priority = tonumber(args[i + 3]), delay = tonumber(args[i + 4]),
        ttl = tonumber(args[i + 5]), notify = tonumber(string.sub(args[i + 6], 1, 1)),
        trace = string.sub(args[i + 6], 2), producer = args[i + 7], content = args[i + 8],
        place = taken,
      }
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
  local answers, admitted, deferred = admit(base, items), 0, 0
  for k = 1, #items do
    local code = answers[2 * k - 1]
    if code == 'full' or code == 'memory' or code == 'limited' or code == 'corrupt' then
      redis.call('RPUSH', base .. ':in', raw[items[k].place])
      deferred = deferred + 1
    elseif code == 'conflict' or code == 'invalid' then
      redis.call('RPUSH', base .. ':quarantine',
        '{"reason":"' .. code .. ': id ' .. items[k].id .. '"}\n' .. raw[items[k].place])
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
