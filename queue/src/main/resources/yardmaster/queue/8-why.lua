-- What an explanation needs of a request and its queue, beyond what every look by id tells.

-- How far from either end of a list is looked: walking further would take longer than a function may.
local DEEPEST_LOOK = 100000
local EXACT = 1000
local MOST_LOOKS = 8
local WINDOW = 100

-- When the request was enqueued whose ticket is at this place of a list, or the one or two behind it; nil when all of
-- them are gone.
local function enqueued_at(base, list, index)
  for _, ticket in ipairs(redis.call('LRANGE', list, index, index + 2)) do
    local id = string.match(ticket, '^(.*)%.%d+$')
    local r = id and find(base, id)
    if r then
      return r.enqueued
    end
  end
  return nil
end

-- Where a request that was enqueued at this time should be, between two places of a list whose times are known:
-- requests stand in the order in which they came, but for those that came back.
local function place_by_time(base, list, enqueued, length)
  local low, high = EXACT, length - EXACT
  local low_at, high_at = enqueued_at(base, list, low - 1), enqueued_at(base, list, high)
  if not low_at or not high_at then
    return math.floor(length / 2)
  end
  local guess = low
  for look = 1, MOST_LOOKS do
    -- Those who came in the same ms, or between the same two looks, are taken to have come evenly. Each other time the
    -- middle, for when they did not.
    local share = high_at > low_at and math.max(0, math.min(1, (enqueued - low_at) / (high_at - low_at))) or 0.5
    guess = math.floor(low + (high - low) * (look % 3 == 0 and 0.5 or share))
    if high - low <= WINDOW or guess > DEEPEST_LOOK and length - guess > DEEPEST_LOOK then
      return math.floor(low + (high - low) * share)
    end
    local at = enqueued_at(base, list, guess)
    if not at then
      return guess
    elseif at < enqueued then
      low, low_at = guess, at
    else
      high, high_at = guess, at
    end
  end
  return guess
end

-- When a request came into its queue, as far as is on record: one that was tried before is there since its last attempt,
-- or soon after it.
local function came_at(base, id, r)
  local last
  if r.attempts > 0 then
    for at in string.gmatch(redis.call('GETRANGE', base .. ':r:' .. id, -4096, -1), '"at":(%d+)') do
      last = tonumber(at)
    end
  end
  return last or r.enqueued
end

-- The requests before a ticket in a list, and 1 when that is exact, 0 when it is an estimate.
local function place_of(base, list, id, r)
  local ticket = id .. '.' .. r.attempts
  local near = redis.call('LPOS', list, ticket, 'MAXLEN', EXACT)
  if near then
    return near, 1
  end
  local length = redis.call('LLEN', list)
  if length <= EXACT then
    return -1, 0
  end
  local last = redis.call('LPOS', list, ticket, 'RANK', -1, 'MAXLEN', EXACT)
  if last then
    return last, 1
  elseif length <= 2 * EXACT then
    return -1, 0
  end
  local guess = place_by_time(base, list, came_at(base, id, r), length)
  if guess <= DEEPEST_LOOK or length - guess <= DEEPEST_LOOK then
    local from = math.max(0, guess - WINDOW)
    for i, other in ipairs(redis.call('LRANGE', list, from, guess + WINDOW)) do
      if other == ticket then
        return from + i - 1, 1
      end
    end
  end
  return guess, 0
end

-- yard_why: what holds a live request up that Redis knows of. Costs no more where much waits: 0.2 ms at most.
-- KEYS[1] base. ARGV: id.
-- Returns wall clock (ms), since when its queue is paused (wall ms; 0: it is not), requests before it in its queue (-1:
-- it does not wait in one), 1 when that is exact and 0 when it is an estimate | {} for what is not live |
-- {'corrupt', key}.
redis.register_function{function_name = 'yard_why', flags = {'no-writes'}, callback = function(keys, args)
  local base, id = keys[1], args[1]
  local r = find(base, id)
  if not r or r.state == DEAD then
    return {}
  end
  local queue = queue_of(r)
  local wrong = corrupt_queue(base, queue)
  if wrong then
    return {'corrupt', wrong}
  end
  local place, exact = -1, 0
  if r.state == QUEUED then
    place, exact = place_of(base, base .. ':q:' .. queue, id, r)
  end
  local paused = tonumber(redis.call('HGET', base .. ':n:' .. queue, 'paused') or '') or 0
  return {wall_now(), paused, place, exact}
end}
