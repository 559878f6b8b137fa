-- yard_tokens: take tokens from a bucket that all replicas share.
--
--   KEYS[1]  base of the shard, e.g. {yard:0}
--   ARGV[1]  scope: node, service or producer
--   ARGV[2]  name of what is limited
--   ARGV[3]  rate, tokens per second, at least 1e-9
--   ARGV[4]  burst, tokens, at least 1 and at most what 10^12 seconds bring back
--   ARGV[5]  want, tokens, a whole number of at least 1
--
-- Returns {granted, retry_after_ms}. As many of the wanted tokens as there are whole ones are granted; with none,
-- retry_after_ms is when one will be there. The bucket is <base>:tb:<scope>:<name> and expires when it would be full.
-- Called twice it takes twice: a caller that does not know whether its call ran must count the tokens as gone.
local scopes = { node = true, service = true, producer = true }

local function refused(name, value, condition)
  return redis.error_reply('ERR yard_tokens: ' .. name .. ': ' .. tostring(value)
    .. ' (expected: ' .. condition .. ')')
end

local function tokens(keys, args)
  if #keys ~= 1 or #args ~= 5 then
    return refused('arguments', #keys .. ' keys and ' .. #args, '1 key and 5 arguments')
  end
  local base, scope, name = keys[1], args[1], args[2]
  local rate, burst, want = tonumber(args[3]), tonumber(args[4]), tonumber(args[5])
  if not scopes[scope] then
    return refused('scope', scope, 'node, service or producer')
  end
  -- Written so that NaN fails too.
  if not (rate and rate >= 1e-9 and rate < math.huge) then
    return refused('rate', args[3], 'at least 1e-9')
  end
  if not (burst and burst >= 1 and burst <= rate * 1e12) then
    return refused('burst', args[4], 'at least 1, at most 1e12 s of the rate')
  end
  if not (want and want >= 1 and want < math.huge and want == math.floor(want)) then
    return refused('want', args[5], 'a whole number of at least 1')
  end
  local bucket = base .. ':tb:' .. scope .. ':' .. name
  local kind = redis.call('TYPE', bucket).ok
  if kind ~= 'none' and kind ~= 'string' then
    return refused(bucket, kind, 'a string')
  end
  local granted, retry_after_ms = token_bucket(bucket, rate, burst, clock_now(base), want)
  return { granted, retry_after_ms }
end

-- A limit must hold when memory is short, and a bucket is a few bytes that expire.
redis.register_function{
  function_name = 'yard_tokens', callback = tokens, flags = { 'allow-oom' },
  description = 'Take tokens from a shared bucket: scope name rate_per_s burst want -> {granted, retry_after_ms}'
}
