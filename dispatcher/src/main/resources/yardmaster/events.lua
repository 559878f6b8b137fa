-- The log of events that all replicas share. KEYS[1] is the base of the first shard, {yard:0}:
--   <base>:events          STREAM  t: type, d: JSON (opaque here), s: source; about the last ARGV[3] of them
--   <base>:told            HASH    subject -> what was told last of it, lines: state, source, wall ms, and the three of
--                                  the state before; at most TOLD_MOST
--   <base>:teller:<source> STRING  nonce of the replica's last call and its answer, for a replay; expires
--   <base>:events          sharded channel too: the id of the newest event, a hint to read

local TOLD_MOST = 20000
local TELLER_MS = 600000

local function read_told(text)
  local lines = {}
  for line in string.gmatch(text or '', '([^\n]*)\n?') do
    lines[#lines + 1] = line
  end
  return {
    state = lines[1] or '', source = lines[2] or '', at = tonumber(lines[3] or '') or 0,
    before = lines[4] or '', before_source = lines[5] or '', before_at = tonumber(lines[6] or '') or 0,
  }
end

-- Whether an event about a subject is news, and the mark it leaves.
--   always   it is
--   forget   it is, and the subject is gone
--   changed  when another state was told last; the state '' is how all subjects begin
--   noticed  the same, but not when another source told that state within `window` ms: several replicas notice one
--            change one after the other, and the last of them must not contradict what the first said since
--   every    when no one told it in this period of `state` ms
local function is_news(base, mode, subject, state, source, now, window)
  local key = base .. ':told'
  if mode == 'always' then
    return true
  end
  if mode == 'forget' then
    redis.call('HDEL', key, subject)
    return true
  end
  if mode == 'every' then
    state = string.format('%.0f', math.floor(now / tonumber(state)))
  end
  local stored = redis.call('HGET', key, subject)
  local last = read_told(stored)
  if last.state == state then
    return false
  end
  if mode == 'noticed' and last.before == state and last.before_source ~= source
    and math.abs(now - last.before_at) < window then
    return false
  end
  if state == '' then
    redis.call('HDEL', key, subject)
  elseif stored or redis.call('HLEN', key) < TOLD_MOST then
    redis.call('HSET', key, subject, table.concat({ state, source, string.format('%.0f', now),
      last.state, last.source, string.format('%.0f', last.at) }, '\n'))
  end
  return true
end

-- yard_event_tell: adds events to the log, those that are news.
-- KEYS[1] base. ARGV: source, nonce (new for each call, the same for a repeated one), most events kept, window ms,
-- then for each event: type, JSON, mode, subject, state (see is_news).
-- Returns for each event its id, '' when it was no news.
redis.register_function{function_name = 'yard_event_tell', flags = {'allow-oom'}, callback = function(keys, args)
  local base, source, nonce = keys[1], args[1], args[2]
  refuse_while_moving(base)
  local teller = base .. ':teller:' .. source
  local expected = { { base .. ':events', 'stream' }, { base .. ':told', 'hash' }, { teller, 'string' } }
  for _, pair in ipairs(expected) do
    local kind = redis.call('TYPE', pair[1]).ok
    if kind ~= 'none' and kind ~= pair[2] then
      return redis.error_reply('WRONGTYPE ' .. pair[1] .. ' is a ' .. kind .. ', expected a ' .. pair[2])
    end
  end
  local last = redis.call('GET', teller)
  if last and string.sub(last, 1, #nonce + 1) == nonce .. '\n' then
    local answer = {}
    for id in string.gmatch(string.sub(last, #nonce + 2), '([^\n]*)\n') do
      answer[#answer + 1] = id
    end
    return answer
  end
  local now, window, answer, newest = wall_now(), tonumber(args[4]), {}, nil
  for i = 5, #args, 5 do
    local id = ''
    if is_news(base, args[i + 2], args[i + 3], args[i + 4], source, now, window) then
      id = redis.call('XADD', base .. ':events', 'MAXLEN', '~', args[3], '*', 't', args[i], 'd', args[i + 1], 's', source)
      newest = id
    end
    answer[#answer + 1] = id
  end
  redis.call('SET', teller, nonce .. '\n' .. table.concat(answer, '\n') .. '\n', 'PX', TELLER_MS)
  if newest then
    redis.call('SPUBLISH', base .. ':events', newest)
  end
  return answer
end}

-- yard_event_read: some of the log.
-- KEYS[1] base. ARGV: direction, id, most. 'after': those after the id, oldest first; 'before': those before it, newest
-- first, an empty id: the newest. Returns a list of {id, type, JSON, source}.
redis.register_function{function_name = 'yard_event_read', flags = {'no-writes'}, callback = function(keys, args)
  local log, direction, id = keys[1] .. ':events', args[1], args[2]
  local kind = redis.call('TYPE', log).ok
  if kind ~= 'none' and kind ~= 'stream' then
    return redis.error_reply('WRONGTYPE ' .. log .. ' is a ' .. kind .. ', expected a stream')
  end
  local entries
  if direction == 'after' then
    entries = redis.call('XRANGE', log, '(' .. id, '+', 'COUNT', args[3])
  else
    entries = redis.call('XREVRANGE', log, id == '' and '+' or '(' .. id, '-', 'COUNT', args[3])
  end
  local answer = {}
  for _, entry in ipairs(entries) do
    local f = entry[2]
    if f[1] == 't' and f[3] == 'd' and f[5] == 's' then
      answer[#answer + 1] = { entry[1], f[2], f[4], f[6] }
    end
  end
  return answer
end}
