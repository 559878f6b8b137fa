-- The history that charts show. KEYS[1] is the base of the first shard, {yard:0}:
--   <base>:h10s:<hour>  HASH  one hour of steps of 10 s; n: names of the series, a line each; <step>: their values at
--                             that step as 32-bit floats, in the order of the names, fewer when a series came later.
--                             Once the hour is over: n, and z: all of it packed by the replica (opaque here). Expires
--   <base>:h10m:<day>   HASH  one day of steps of 10 min, in the same form. Expires
--   <base>:hw:<step>    HASH  replica -> how long its requests of that step of 10 s waited (opaque here). Expires
--   <base>:hwriter      STRING  the replica whose turn it is to write. Expires
-- Blocks are read with HMGET.
-- Steps are numbered by Redis' wall clock. Whose turn it is only saves work: a step is written once, by whoever is
-- first, so two writers can do no harm.

local HISTORY_WAITS_MS = 900000

local function history_wrong(key, expected)
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' and kind ~= expected then
    return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. kind .. ', expected a ' .. expected)
  end
  return nil
end

-- yard_history_turn: leaves a replica's waits of a step, and asks for the turn to write.
-- KEYS[1] base. ARGV: replica, step, waits (may be ''), ms that a turn lasts (0: gives the turn back).
-- Returns {wall clock in ms, 1 when it is the replica's turn, else 0}.
redis.register_function{function_name = 'yard_history_turn', flags = {'allow-oom'}, callback = function(keys, args)
  local base, replica, turn = keys[1], args[1], tonumber(args[4])
  refuse_while_moving(base)
  local waits, writer = base .. ':hw:' .. args[2], base .. ':hwriter'
  local wrong = history_wrong(waits, 'hash') or history_wrong(writer, 'string')
  if wrong then
    return wrong
  end
  if args[3] ~= '' then
    redis.call('HSET', waits, replica, args[3])
    redis.call('PEXPIRE', waits, HISTORY_WAITS_MS)
  end
  local mine = (redis.call('GET', writer) or replica) == replica
  if mine and turn > 0 then
    redis.call('SET', writer, replica, 'PX', turn)
  elseif mine then
    redis.call('DEL', writer)
  end
  return { wall_now(), mine and turn > 0 and 1 or 0 }
end}

-- yard_history_put: writes a step, unless somebody has.
-- KEYS[1] base. ARGV: block (such as 10s:495000), step, names of the series (a line each, ended by a line feed),
-- values, ms until the block expires.
-- Returns {'ok'} | {'kept'}: the step is written already | {'packed'}: the block is closed | {'names', names}: the
-- block's names are others, and those to be written must begin with them.
redis.register_function{function_name = 'yard_history_put', flags = {'allow-oom'}, callback = function(keys, args)
  local base, step, names = keys[1], args[2], args[3]
  refuse_while_moving(base)
  local key = base .. ':h' .. args[1]
  local wrong = history_wrong(key, 'hash')
  if wrong then
    return wrong
  end
  if redis.call('HEXISTS', key, 'z') == 1 then
    return { 'packed' }
  end
  if redis.call('HEXISTS', key, step) == 1 then
    return { 'kept' }
  end
  local stored = redis.call('HGET', key, 'n') or ''
  if string.sub(names, 1, #stored) ~= stored then
    return { 'names', stored }
  end
  if #names > #stored then
    redis.call('HSET', key, 'n', names)
  end
  redis.call('HSET', key, step, args[4])
  redis.call('PEXPIRE', key, args[5])
  return { 'ok' }
end}

-- yard_history_pack: replaces the steps of a block by their packed form, if it is still of so many.
-- KEYS[1] base. ARGV: block, number of steps that were packed, packed form.
-- Returns {'ok'} | {'kept'}: it is packed already, or not what was packed.
redis.register_function{function_name = 'yard_history_pack', flags = {'allow-oom'}, callback = function(keys, args)
  local base = keys[1]
  refuse_while_moving(base)
  local key = base .. ':h' .. args[1]
  local wrong = history_wrong(key, 'hash')
  if wrong then
    return wrong
  end
  local names, left = redis.call('HGET', key, 'n'), redis.call('PTTL', key)
  if not names or redis.call('HLEN', key) - 1 ~= tonumber(args[2]) or redis.call('HEXISTS', key, 'z') == 1 then
    return { 'kept' }
  end
  redis.call('UNLINK', key)
  redis.call('HSET', key, 'n', names, 'z', args[3])
  redis.call('PEXPIRE', key, math.max(1, left))
  return { 'ok' }
end}

-- yard_history_waits: what all replicas left of these steps.
-- KEYS[1] base. ARGV: steps... Returns the texts, in no order.
redis.register_function{function_name = 'yard_history_waits', flags = {'no-writes'}, callback = function(keys, args)
  local answer = {}
  for _, step in ipairs(args) do
    local key = keys[1] .. ':hw:' .. step
    local wrong = history_wrong(key, 'hash')
    if wrong then
      return wrong
    end
    for _, text in ipairs(redis.call('HVALS', key)) do
      answer[#answer + 1] = text
    end
  end
  return answer
end}
