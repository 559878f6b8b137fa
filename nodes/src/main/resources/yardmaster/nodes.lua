-- The registry of nodes and services. KEYS[1] is its base, {yard}; the keys of one base share a slot:
--   <base>:nodes             HASH    node id -> JSON, opaque here
--   <base>:reports           HASH    node id -> JSON object that begins with {"at":<ms of Redis' clock>,
--   <base>:services          HASH    service -> JSON, opaque here
--   <base>:registry-version  STRING  raised by every change of nodes and services, not by reports
--   <base>:in-flight         HASH    replica -> "<ms of Redis' clock> <node> <count> <node> <count>...", bounded by replicas
--   <base>:registry          sharded channel that carries the new version, a hint
-- Every function answers with a table, refusals included.

local CREATED, REPLACED, SAME, FULL, CHANGED, ABSENT = 1, 2, 3, -1, -2, -3

-- A wrong type must be found before the first write: a failing function keeps what it has written.
local function expect_types(base)
  for _, suffix in ipairs({ ':nodes', ':reports', ':services' }) do
    local kind = redis.call('TYPE', base .. suffix).ok
    if kind ~= 'none' and kind ~= 'hash' then
      return redis.error_reply('WRONGTYPE ' .. base .. suffix .. ' is a ' .. kind .. ', expected a hash')
    end
  end
end

local function changed(base)
  local version = redis.call('INCR', base .. ':registry-version')
  redis.call('SPUBLISH', base .. ':registry', version)
end

-- Puts an entry. ARGV: field, JSON, most entries, expected former JSON ('' = absent).
-- Returns {CREATED | REPLACED | SAME | FULL | CHANGED}; CHANGED when the former JSON is another.
local function put(suffix)
  return function(keys, args)
    local base = keys[1]
    local wrong = expect_types(base)
    if wrong then
      return wrong
    end
    local former = redis.call('HGET', base .. suffix, args[1])
    if former == args[2] then
      return { SAME }
    end
    if (former or '') ~= args[4] then
      return { CHANGED }
    end
    if not former and redis.call('HLEN', base .. suffix) >= tonumber(args[3]) then
      return { FULL }
    end
    redis.call('HSET', base .. suffix, args[1], args[2])
    changed(base)
    return { former and REPLACED or CREATED }
  end
end

redis.register_function('yard_registry_put_node', put(':nodes'))
redis.register_function('yard_registry_put_service', put(':services'))

-- Removes a node and its report. ARGV: id. Returns {REPLACED | ABSENT}.
redis.register_function{function_name='yard_registry_remove_node', flags={'allow-oom'}, callback=function(keys, args)
  local base = keys[1]
  local wrong = expect_types(base)
  if wrong then
    return wrong
  end
  redis.call('HDEL', base .. ':reports', args[1])
  if redis.call('HDEL', base .. ':nodes', args[1]) == 0 then
    return { ABSENT }
  end
  changed(base)
  return { REPLACED }
end}

-- Removes a service's settings. ARGV: name. Returns {REPLACED | ABSENT}.
redis.register_function{function_name='yard_registry_remove_service', flags={'allow-oom'}, callback=function(keys, args)
  local base = keys[1]
  local wrong = expect_types(base)
  if wrong then
    return wrong
  end
  if redis.call('HDEL', base .. ':services', args[1]) == 0 then
    return { ABSENT }
  end
  changed(base)
  return { REPLACED }
end}

-- Stores a node's report with the time. ARGV: id, JSON object with at least one field.
-- Returns {REPLACED | ABSENT}; ABSENT when the node is not registered.
redis.register_function('yard_registry_report', function(keys, args)
  local base = keys[1]
  local wrong = expect_types(base)
  if wrong then
    return wrong
  end
  if redis.call('HEXISTS', base .. ':nodes', args[1]) == 0 then
    return { ABSENT }
  end
  local stamped = string.format('{"at":%.0f,', wall_now()) .. string.sub(args[2], 2)
  redis.call('HSET', base .. ':reports', args[1], stamped)
  return { REPLACED }
end)

-- Reads everything at one moment. ARGV: the version that the caller knows.
-- Returns {version, now in ms, reports, nodes, services}, the last three as flat lists of field and value;
-- nodes and services are left out when the version is the known one.
redis.register_function{function_name='yard_registry_read', flags={'no-writes'}, callback=function(keys, args)
  local base = keys[1]
  local wrong = expect_types(base)
  if wrong then
    return wrong
  end
  local version = tonumber(redis.call('GET', base .. ':registry-version') or '0')
  local reports = redis.call('HGETALL', base .. ':reports')
  if version == tonumber(args[1]) then
    return { version, wall_now(), reports }
  end
  return {
    version, wall_now(), reports, redis.call('HGETALL', base .. ':nodes'), redis.call('HGETALL', base .. ':services')
  }
end}

-- Says what a replica has in flight at which node, and hears it of the others. ARGV: replica, 'node count node
-- count ...' (may be ''), ms after which a word no longer counts. Returns the others' words that count, without
-- their times. A word too old for anybody (a minute) is removed: its replica is gone.
redis.register_function{function_name='yard_registry_in_flight', flags={'allow-oom'}, callback=function(keys, args)
  local key = keys[1] .. ':in-flight'
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' and kind ~= 'hash' then
    return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. kind .. ', expected a hash')
  end
  local now = wall_now()
  local others = {}
  local words = redis.call('HGETALL', key)
  for i = 1, #words, 2 do
    local space = string.find(words[i + 1], ' ', 1, true) or 0
    local at = tonumber(string.sub(words[i + 1], 1, space - 1))
    local age = at and math.abs(now - at) or math.huge
    if age > 60000 then
      redis.call('HDEL', key, words[i])
    elseif words[i] ~= args[1] and age <= tonumber(args[3]) then
      others[#others + 1] = string.sub(words[i + 1], space + 1)
    end
  end
  redis.call('HSET', key, args[1], string.format('%.0f ', now) .. args[2])
  return others
end}
