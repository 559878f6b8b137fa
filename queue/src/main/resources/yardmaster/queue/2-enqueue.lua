-- Enqueueing: many at once for our own replicas, one with named options for any producer.

local YEAR_MS = 31536000000
local QUEUES_LIMIT = 4000

-- The terms of an offer that asks for nothing but the request itself.
local PLAIN = {delay = 0, ttl = 0, notify = 0, trace = '', producer = ''}

-- What holds for offers with these terms, or {corrupt = key}: what replicas told the functions (of 'mapping' and
-- 'max-body' each door needs one), the wall clock, the number of the last id that was made; rate and burst of producers
-- and logical time only where terms ask for them. Here every offer stops while the slot moves, before anything is
-- written, because of the key that never exists.
local function survey(base, own, terms)
  local call = redis.call
  local stored = call('MGET', base .. ':clock', base .. ':ids', base .. ':never')
  local told = redis.pcall('HMGET', base .. ':config', 'max-size', 'memory-full', own)
  if told.err then
    return {corrupt = corrupt_key(base .. ':config', 'hash')}
  end
  local delayed, timed, limited = false, false, false
  for _, each in pairs(terms) do
    delayed, timed, limited = delayed or each.delay > 0, timed or each.ttl > 0, limited or each.producer ~= ''
  end
  local rate, burst, now, wall = 0, 0, nil, nil
  if limited then
    local limit = call('HMGET', base .. ':config', 'producer-rate', 'producer-burst')
    rate, burst = tonumber(limit[1] or '') or 0, tonumber(limit[2] or '') or 0
  end
  if delayed or timed or rate > 0 then
    local wrong = delayed and corrupt_key(base .. ':later', 'zset')
      or not stored[1] and corrupt_key(base .. ':clock', 'string')
    if wrong then
      return {corrupt = wrong}
    end
    now, wall = clock_from(base, stored[1])
  else
    wall = wall_now()
  end
  return {
    max_size = tonumber(told[1] or '') or 10000, memory_full = told[2] == '1', own = tonumber(told[3] or ''),
    rate = rate, burst = burst, now = now, wall = wall, last_id = stored[2],
  }
end

-- A queue as an offer finds it: the key of it that is not ours, or nil; tickets in its list, requests that count as
-- waiting, whether it is known.
local function look_at_queue(base, queue)
  local pcall_ = redis.pcall
  local list, counters = base .. ':q:' .. queue, base .. ':n:' .. queue
  local listed, counted = pcall_('LLEN', list), pcall_('HMGET', counters, 'gone', 'scheduled')
  local known = pcall_('SISMEMBER', base .. ':queues', queue)
  local wrong = type(listed) ~= 'number' and corrupt_key(list, 'list') or counted.err and corrupt_key(counters, 'hash')
    or type(known) ~= 'number' and corrupt_key(base .. ':queues', 'set')
    or corrupt_key(base .. ':dead:' .. queue, 'zset')
  if wrong then
    return wrong
  end
  local waiting = listed - (tonumber(counted[1] or '') or 0) + (tonumber(counted[2] or '') or 0)
  return nil, listed, waiting, known == 1
end

local function is_full(told, waiting)
  return waiting >= told.max_size
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

local NEW = '>BBBBI2I2I6I6c8'

-- What stands in a new record before the length of its content.
local function new_header(told, terms)
  return struct.pack(NEW, 1, terms.delay > 0 and SCHEDULED or QUEUED, terms.notify, 0, 0, 0, told.wall,
    terms.ttl > 0 and told.now + terms.ttl or 0, NO_NONCE)
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
    state = t.by_queue[queue]
    if not state then
      state = {queue = queue, tickets = {}, enqueued = 0, scheduled = 0}
      state.corrupt, state.listed, state.waiting, state.known = look_at_queue(t.base, queue)
      t.by_queue[queue] = state
    end
    t.by_start[start] = state
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
  elseif is_full(told, state.waiting) then
    return 'full', ''
  end
  if told.rate > 0 and terms.producer ~= '' then
    local granted, wait = token_bucket(base .. ':tb:producer:' .. terms.producer, told.rate, told.burst, told.now, 1)
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
  sets[n + 2] = terms and new_header(t.told, terms) .. length .. content .. terms.trace or t.plain .. length .. content
  if t.made then
    sets[n + 3], sets[n + 4] = base .. ':ids', t.made
  end
  local ticket = id .. '.0'
  if terms and terms.delay > 0 then
    redis.call('ZADD', base .. ':later', t.told.now + terms.delay, ticket)
    state.scheduled = state.scheduled + 1
  else
    state.tickets[#state.tickets + 1] = ticket
  end
  state.waiting = state.waiting + 1
  state.enqueued = state.enqueued + 1
end

-- Admits requests, by their ids, their contents and the terms of each that has others than PLAIN: delay ms, ttl ms (0 =
-- none), notify 0|1, trace ('' or a line, kept with the request but no part of its content), producer ('' =
-- unlimited); `told` as survey found it for these, `made` the number in the one id when it was made here. Returns a
-- flat list: code, detail for each. Refused items leave nothing behind. 'memory': Redis is so full that what is left is
-- kept for the requests that are in. Replicas are woken for queues that were empty, unless `woken` is given: then the
-- caller does that, for those of these names that he leaves something in.
local function admit(base, told, ids, contents, terms, made, woken)
  local n, answers = #ids, {}
  if told.corrupt then
    for i = 1, n do
      answers[2 * i - 1], answers[2 * i] = 'corrupt', told.corrupt
    end
    return answers
  end
  local keys = {}
  for i = 1, n do
    keys[2 * i - 1], keys[2 * i] = base .. ':r:' .. ids[i], base .. ':o:' .. ids[i]
  end
  local t = {
    base = base, told = told, ids = ids, contents = contents, terms = terms, made = made, seen = any_exists(keys),
    sets = {}, met = {}, lengths = {}, by_queue = {}, by_start = {},
  }
  t.plain = new_header(told, PLAIN)
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
        if woken then
          woken[#woken + 1] = queue
        else
          redis.call('SPUBLISH', base .. ':wake', queue)
        end
      end
      count(deltas, queue, 'enqueued', state.enqueued)
      count(deltas, queue, 'scheduled', state.scheduled)
    end
  end
  write_counts(base, deltas)
  return answers
end

-- Admits a plain request where nothing is in its way: 190,000 instructions a call of yard_enqueue instead of 260,000.
-- `made` is the number in its id when that was made here. Returns whether it did; nothing is written when not, and admit
-- finds why.
local function admit_plain(base, told, id, content, queue, made)
  local call = redis.call
  if told.corrupt or told.memory_full then
    return false
  end
  local wrong, listed, waiting, known = look_at_queue(base, queue)
  local record_key = base .. ':r:' .. id
  if wrong or not known or is_full(told, waiting) or call('EXISTS', record_key, base .. ':o:' .. id) > 0 then
    return false
  end
  local record = new_header(told, PLAIN) .. struct.pack('>I4', #content) .. content
  if made then
    call('MSET', record_key, record, base .. ':ids', made)
  else
    call('SET', record_key, record)
  end
  call('RPUSH', base .. ':q:' .. queue, id .. '.0')
  if listed == 0 then
    call('SPUBLISH', base .. ':wake', queue)
  end
  call('HINCRBY', base .. ':n:' .. queue, 'enqueued', '1')
  return true
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
  return not told.corrupt and mapping < (told.own or 1)
    and {'remapped', redis.call('HGET', base .. ':config', 'shards')} or nil
end

-- Admits the offers that yard_offer_packed describes, from `first` to `last` of the arguments; `woken` as in admit.
-- Returns what it answers, and logical time and wall clock if it had to ask for them.
local function admit_packed(base, mapping, args, first, last, woken)
  local ids, contents, terms, n = {}, {}, {}, 0
  for i = first, last, 3 do
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
  local told = survey(base, 'mapping', terms)
  local answer = remapped(base, told, tonumber(mapping)) or admit(base, told, ids, contents, terms, nil, woken)
  return answer, told.now, told.now and told.wall
end

-- yard_offer_packed: as yard_offer. ARGV: by the how-manieth mapping of ids to shards they come here, then for each
-- request id, terms, content. The terms are '' (no delay, no end, nobody to tell, no limit, no trace), or delay ms (6
-- bytes), ttl ms (6), notify (1), length of producer (2), producer, trace. Service and priority stand in the content.
redis.register_function('yard_offer_packed', function(keys, args)
  return (admit_packed(keys[1], args[1], args, 2, #args))
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
  for i = first, #args, 8 do
    local n = #ids + 1
    ids[n], contents[n], terms[n] = offer_at(args, i)
  end
  local told = survey(base, 'mapping', terms)
  return remapped(base, told, first == 2 and tonumber(args[1]) or 1) or admit(base, told, ids, contents, terms)
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

-- Each option's check: returns the value, or nil and the reason of a refusal.
local function text_option(name, longest)
  return function(value)
    if #value == 0 or #value > longest or string.find(value, '%c') then
      return nil, name .. ': ' .. #value .. ' bytes (expected: 1 to ' .. longest .. ' printable bytes)'
    end
    return value
  end
end

local function number_option(name, least, most)
  return function(value)
    return whole(name, value, least, most)
  end
end

local OPTIONS = {
  BODY = function(value)
    return value
  end,
  SERVICE = function(value)
    if not string.match(value, '^[%w._-]+$') or #value > 64 then
      return nil, 'SERVICE: ' .. string.sub(value, 1, 80) .. ' (expected: [A-Za-z0-9._-]{1,64})'
    end
    return value
  end,
  PRIORITY = function(value)
    local number = PRIORITY_NUMBERS[value]
    if not number then
      return nil, 'PRIORITY: ' .. string.sub(value, 1, 40) .. ' (expected: critical, high, normal or low)'
    end
    return number
  end,
  METHOD = function(value)
    if not METHODS[value] then
      return nil, 'METHOD: ' .. string.sub(value, 1, 40)
        .. ' (expected: GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS)'
    end
    return value
  end,
  PATH = function(value)
    if #value > 8192 or not string.match(value, '^/[!-~]*$') or string.find(value, '#', 1, true) then
      return nil, 'PATH: ' .. #value .. ' bytes (expected: / and printable ASCII without #, at most 8192)'
    end
    return value
  end,
  ID = function(value)
    if not string.match(value, '^[%w._:-]+$') or #value > 128 then
      return nil, 'ID: ' .. #value .. ' bytes (expected: [A-Za-z0-9._:-]{1,128})'
    end
    return value
  end,
  TIMEOUT = number_option('TIMEOUT', 1, 86400000),
  RETRIES = number_option('RETRIES', 0, 100),
  DELAY = number_option('DELAY', 0, YEAR_MS),
  TTL = number_option('TTL', 1, YEAR_MS),
  AFFINITY = text_option('AFFINITY', 256),
  CLIENT = text_option('CLIENT', 128),
  CLIENTIP = text_option('CLIENTIP', 45),
  REGION = text_option('REGION', 64),
}

-- Likewise for the two that may be given more than once; `headers`, `labels` is what was given before.
local function header_option(headers, name, value)
  if not string.match(name, TOKEN) or #name > 256 then
    return 'HEADER: name of ' .. #name .. ' bytes (expected: an HTTP token, at most 256)'
  end
  if #value > 8192 or string.find(value, '[%z\1-\8\10-\31\127]') then
    return 'HEADER ' .. name .. ': ' .. #value .. ' bytes (expected: at most 8192 without control characters)'
  end
  if #headers >= 100 then
    return 'HEADER: ' .. name .. ' (expected: at most 100 headers)'
  end
  headers[#headers + 1] = pair('H', name, value)
end

local function label_option(labels, name, value)
  if not string.match(name, '^[%w._/-]+$') or #name > 64 or not string.match(value, '^[%w._/-]*$') or #value > 64 then
    return 'LABEL: (expected: name and value of [A-Za-z0-9._/-], at most 64)'
  end
  if labels[name] then
    return 'LABEL ' .. name .. ': given twice (expected: once)'
  end
  if #labels >= 32 then
    return 'LABEL: ' .. name .. ' (expected: at most 32 labels)'
  end
  labels[#labels + 1], labels[name] = name, value
end

-- The labels in the order of their names, so that the same request over REST has the same content.
local function sorted_labels(labels)
  local fields = {}
  table.sort(labels, bytes_less)
  for i, name in ipairs(labels) do
    fields[i] = pair('L', name, labels[name])
  end
  return table.concat(fields)
end

-- What yard_enqueue's options say, by their names; or nil and the reason why they can't be.
local function read_options(args)
  local o, i = {}, 1
  while i <= #args do
    local name = OPTIONS[args[i]] and args[i] or string.upper(args[i])
    local check, reason = OPTIONS[name], nil
    if check then
      if i + 1 > #args then
        return nil, name .. ': (expected: a value)'
      end
      if o[name] then
        return nil, name .. ': given twice (expected: once)'
      end
      o[name], reason = check(args[i + 1])
      if not o[name] then
        return nil, reason
      end
      i = i + 2
    elseif name == 'HEADER' or name == 'LABEL' then
      if i + 2 > #args then
        return nil, name .. ': (expected: a name and a value)'
      end
      o[name] = o[name] or {}
      reason = (name == 'HEADER' and header_option or label_option)(o[name], args[i + 1], args[i + 2])
      if reason then
        return nil, reason
      end
      i = i + 3
    else
      return nil, 'option: ' .. string.sub(args[i], 1, 40) .. ' (expected: BODY, SERVICE, PRIORITY, METHOD, PATH, '
        .. 'HEADER, ID, TIMEOUT, RETRIES, DELAY, TTL, AFFINITY, CLIENT, CLIENTIP, REGION or LABEL)'
    end
  end
  return o
end

-- The content of a request with these options.
local function content_of(o, service, priority)
  local body = o.BODY or ''
  return string.char(priority, o.RETRIES or 255, #service) .. service
    .. (o.METHOD and o.METHOD ~= 'POST' and field('M', o.METHOD) or '')
    .. (o.PATH and o.PATH ~= '/' and field('P', o.PATH) or '')
    .. (o.HEADER and table.concat(o.HEADER) or '')
    .. (o.TIMEOUT and 'T' .. struct.pack('>I4', o.TIMEOUT) or '')
    .. (o.AFFINITY and field('A', o.AFFINITY) or '')
    .. (o.CLIENT and field('C', o.CLIENT) or '')
    .. (o.CLIENTIP and field('I', o.CLIENTIP) or '')
    .. (o.REGION and field('G', o.REGION) or '')
    .. (o.LABEL and sorted_labels(o.LABEL) or '')
    .. 'B' .. struct.pack('>I4', #body) .. body
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
  if base ~= '{yard:0}' and (not base or not string.match(base, '^{yard:%d+}$')
      or redis.call('EXISTS', base .. ':config', base .. ':never') == 0) then
    return {'invalid', 'KEYS[1]: ' .. string.sub(base or '', 1, 40) .. ' (expected: {yard:0})'}
  end
  local o, invalid = read_options(args)
  if invalid then
    return {'invalid', invalid}
  end
  local delay, ttl, terms = o.DELAY or 0, o.TTL or 0, {}
  if delay > 0 or ttl > 0 or o.CLIENT then
    terms[1] = {delay = delay, ttl = ttl, notify = 0, trace = '', producer = o.CLIENT or ''}
  end
  local told = survey(base, 'max-body', terms)
  local most = told.own or 1048576
  if o.BODY and #o.BODY > most then
    return {'invalid', 'BODY: ' .. #o.BODY .. ' bytes (expected: at most ' .. number_text(most) .. ')'}
  end
  local id, made = o.ID or '', nil
  if not o.ID and not told.corrupt then
    local last = tonumber(told.last_id or '0')
    if not last or not told.last_id and corrupt_key(base .. ':ids', 'string') then
      return {'corrupt', base .. ':ids'}
    end
    -- The counter makes it unique, the time keeps it so when Redis loses the counter's last steps.
    id, made = string.format('r%x-%x', told.wall, last + 1), number_text(last + 1)
  end
  local service, priority = o.SERVICE or 'default', o.PRIORITY or 2
  local content = content_of(o, service, priority)
  if not terms[1] and admit_plain(base, told, id, content, service .. ':' .. PRIORITIES[priority], made) then
    return {'queued', id}
  end
  local answer = admit(base, told, {id}, {content}, terms, made)
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
  local told = survey(base, 'mapping', terms)
  local answers, admitted, deferred = admit(base, told, ids, contents, terms), 0, 0
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
