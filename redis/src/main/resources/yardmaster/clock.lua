-- Shared by all parts of the library: time and token buckets.

-- The most that one call may move the logical clock forward, in ms, however far the host's clock jumped. Less than
-- the shortest lease (1,600 ms until it is known that a request was sent), so that the first call after an outage of
-- Redis ends no lease before its replica could prolong it.
local CLOCK_STEP_LIMIT = 1000

-- Fails before anything is written while a cluster moves the shard's slot. Our replicas don't follow ASK, but producers'
-- clients do, and would run a function on the importing master, which has half of the keys. There a command with
-- several keys of which one is missing is refused (TRYAGAIN); elsewhere this costs a look for two keys that never exist.
local function refuse_while_moving(base)
  redis.call('EXISTS', base .. ':nowhere', base .. ':never')
end

-- Redis' wall clock in ms. Only for what people read (when a request was enqueued), never for a decision.
local function wall_now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- Logical time in ms, for every decision: leases, delays, expiries, buckets; and the wall clock.
-- It advances with the wall clock, never goes back, and by at most CLOCK_STEP_LIMIT (or `allowed`, when the caller
-- knows by its monotonic clock that more time has passed) a call, so that a step of the host's clock neither
-- steals nor freezes leases. <base>:clock is a STRING "logical wall", `stored` what was read of it.
-- Writes only when the time moved. `read_only` leaves the stored clock alone.
local function clock_from(base, stored, allowed, read_only)
  local wall = wall_now()
  if not stored then
    if not read_only then
      redis.call('SET', base .. ':clock', string.format('%.0f %.0f', wall, wall))
    end
    return wall, wall
  end
  local separator = string.find(stored, ' ', 1, true)
  local logical = tonumber(string.sub(stored, 1, separator - 1))
  local passed = wall - tonumber(string.sub(stored, separator + 1))
  if passed == 0 then
    return logical, wall
  end
  local limit = math.max(CLOCK_STEP_LIMIT, allowed or 0)
  logical = logical + math.max(0, math.min(passed, limit))
  if not read_only then
    redis.call('SET', base .. ':clock', string.format('%.0f %.0f', logical, wall))
  end
  return logical, wall
end

-- Logical time alone. Every function that dispatches asks for the time before it writes, so this is also where it
-- stops while the slot moves.
local function clock_now(base, allowed, read_only)
  if not read_only then
    refuse_while_moving(base)
  end
  local logical = clock_from(base, redis.call('GET', base .. ':clock'), allowed, read_only)
  return logical
end

-- Takes up to `want` tokens of a bucket that refills with `rate` tokens a second and holds at most `burst`.
-- Returns granted (whole tokens, 0..want) and the ms until the next token is there (0 when anything was granted).
-- `key` is a STRING "tokens last_ms" that vanishes when the bucket would be full again.
-- last = max(last, now): a clock that goes back must not mint tokens.
local function token_bucket(key, rate, burst, now, want)
  local tokens, last = burst, now
  local stored = redis.call('GET', key)
  if stored then
    local separator = string.find(stored, ' ', 1, true)
    tokens = tonumber(string.sub(stored, 1, separator - 1))
    last = tonumber(string.sub(stored, separator + 1))
    if now > last then
      tokens = math.min(burst, tokens + (now - last) * rate / 1000)
      last = now
    end
  end
  local granted = math.min(want, math.floor(tokens + 1e-9))
  if granted <= 0 then
    return 0, math.max(1, math.ceil((1 - tokens) * 1000 / rate))
  end
  tokens = tokens - granted
  local full_in = math.ceil((burst - tokens) * 1000 / rate) + 1000
  redis.call('SET', key, string.format('%.17g %.0f', tokens, last), 'PX', string.format('%.0f', full_in))
  return granted, 0
end
