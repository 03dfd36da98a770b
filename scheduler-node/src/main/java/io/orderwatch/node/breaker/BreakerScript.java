package io.orderwatch.node.breaker;

/**
 * What runs in Redis, each call of it atomic. An endpoint is a hash: {@code e} epoch, {@code s} state, {@code f} state
 * before, {@code m} merchant, {@code r} reason, {@code c} failures in a row, {@code u} open until, {@code p} probe's lease
 * until, {@code cl} closed at, {@code rs} last reset, and six buckets of the window. {@code changes} has the endpoints by
 * the epoch of their last change, for nodes that ask what is new. Epochs grow with Redis's clock, so that they grow over
 * a loss of all keys too. A node that knows a later epoch than Redis is right: Redis was emptied, or fell back to an older
 * copy, and another node may have reported since. Every key expires.
 */
final class BreakerScript {

    /** Shared by all the scripts. A change is answered as one line. */
    private static final String COMMON = """
            local t = redis.call('TIME')
            local now = t[1] * 1000 + math.floor(t[2] / 1000)
            local prefix, changes = KEYS[1], KEYS[2]
            local inRow, windowMs, least, failRate, slowRate, openMs =
              tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
            local ttl = math.max(4 * windowMs, 2 * openMs) + 60000
            local function line(id, key, granted)
              local h = redis.call('HMGET', key, 'm', 'e', 's', 'f', 'u', 'p', 'cl', 'r')
              if not h[2] then return id .. '|0|0|CLOSED|CLOSED|0|0|' end
              local left = 0
              if h[3] == 'OPEN' then left = tonumber(h[5]) - now
              elseif h[3] == 'HALF_OPEN' then left = tonumber(h[6]) - now
              elseif h[7] then left = now - tonumber(h[7]) else left = 86400000 end
              return id .. '|' .. h[1] .. '|' .. h[2] .. '|' .. h[3] .. '|' .. (h[4] or 'CLOSED') .. '|' .. left
                .. '|' .. (granted and 1 or 0) .. '|' .. (h[8] or '')
            end
            local function change(id, key, merchant, from, to, epoch, reason, ...)
              local e = math.max(now, epoch + 1)
              redis.call('DEL', key .. ':w')
              redis.call('HSET', key, 'm', merchant, 'e', string.format('%.0f', e), 's', to, 'f', from, 'r', reason, 'c', 0, ...)
              redis.call('PEXPIRE', key, ttl)
              redis.call('ZADD', changes, e, id)
              redis.call('ZREMRANGEBYSCORE', changes, '-inf', now - ttl)
              redis.call('PEXPIRE', changes, ttl)
            end
            local function open(id, key, merchant, from, epoch, reason)
              change(id, key, merchant, from, 'OPEN', epoch, reason, 'u', string.format('%.0f', now + openMs))
            end
            """;

    /** Behind the settings: for each endpoint id, merchant, epoch, probe, calls, failed, slow, failed since a success. */
    static final String REPORT = COMMON + """
            local answer = {}
            for i = 7, #ARGV, 8 do
              local id, merchant, epoch, probe = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3] == '1'
              local calls, failed, slow, trailing =
                tonumber(ARGV[i + 4]), tonumber(ARGV[i + 5]), tonumber(ARGV[i + 6]), tonumber(ARGV[i + 7])
              local key = prefix .. id
              local h = redis.call('HMGET', key, 'e', 's', 'c')
              local e, s = tonumber(h[1]), h[2]
              if not e or e < epoch then
                redis.call('HDEL', key, 'c', 'r', 'f', 'u', 'p', 'cl')
                redis.call('DEL', key .. ':w')
                e, s, h[3] = epoch, probe and 'HALF_OPEN' or 'CLOSED', false
              end
              local counts = e == epoch
              if counts and s == 'HALF_OPEN' and probe then
                if failed == 0 then
                  change(id, key, merchant, s, 'CLOSED', e, 'its probe was accepted', 'cl', string.format('%.0f', now))
                else
                  open(id, key, merchant, s, e, 'its probe failed')
                end
              elseif counts and s == 'CLOSED' then
                local c = trailing
                if calls == failed then c = (tonumber(h[3]) or 0) + failed end
                local w, size = key .. ':w', math.floor(windowMs / 6)
                local bucket = math.floor(now / size)
                local slot = bucket % 6
                local total, bad, late = calls, failed, slow
                for n = 0, 5 do
                  local b = redis.call('HMGET', w, 'k' .. n, 't' .. n, 'f' .. n, 's' .. n)
                  local k = tonumber(b[1]) or 0
                  if k > bucket - 6 then
                    total, bad, late = total + b[2], bad + b[3], late + b[4]
                  end
                  if n == slot then
                    local old = k == bucket
                    redis.call('HSET', w, 'k' .. n, bucket, 't' .. n, calls + (old and b[2] or 0),
                      'f' .. n, failed + (old and b[3] or 0), 's' .. n, slow + (old and b[4] or 0))
                    redis.call('PEXPIRE', w, 2 * windowMs)
                  end
                end
                local reason
                if c >= inRow then reason = c .. ' failures in a row'
                elseif total >= least and bad * 100 >= failRate * total then
                  reason = bad .. ' of the last ' .. total .. ' calls failed'
                elseif total >= least and late * 100 >= slowRate * total then
                  reason = late .. ' of the last ' .. total .. ' calls were slow'
                end
                if reason then
                  open(id, key, merchant, s, e, reason)
                else
                  redis.call('HSET', key, 'm', merchant, 'e', string.format('%.0f', e), 's', s, 'c', c)
                  redis.call('PEXPIRE', key, ttl)
                end
              end
              if tonumber(redis.call('HGET', key, 'e')) ~= epoch then answer[#answer + 1] = line(id, key, false) end
            end
            return answer
            """;

    /** Behind the settings: the lease in ms, and for each endpoint id, merchant, epoch that the node knows. */
    static final String PROBE = COMMON + """
            local lease = tonumber(ARGV[7])
            local answer = {}
            for i = 8, #ARGV, 3 do
              local id, merchant, epoch = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
              local key = prefix .. id
              local h = redis.call('HMGET', key, 'e', 's', 'u', 'p')
              local e, reason = tonumber(h[1]) or -1, nil
              if e < epoch then reason = 'Redis had lost it'
              elseif h[2] == 'OPEN' and now >= tonumber(h[3]) then reason = 'its time is over'
              elseif h[2] == 'HALF_OPEN' and now >= tonumber(h[4]) then reason = 'no answer came to its last probe' end
              if reason then
                change(id, key, merchant, e < epoch and 'OPEN' or h[2], 'HALF_OPEN', math.max(e, epoch), reason,
                  'p', string.format('%.0f', now + lease))
              end
              answer[#answer + 1] = line(id, key, reason ~= nil)
            end
            return answer
            """;

    /** Behind the settings: the time of Redis up to which the node knows all, and how many it can take. */
    static final String CHANGES = COMMON + """
            local answer = {string.format('%.0f', now)}
            for _, id in ipairs(redis.call('ZRANGEBYSCORE', changes, ARGV[7], '+inf', 'LIMIT', 0, ARGV[8])) do
              answer[#answer + 1] = line(id, prefix .. id, false)
            end
            return answer
            """;

    /** Behind the settings: the cool-down in ms, endpoint, merchant, and why. */
    static final String RESET = COMMON + """
            local cool, id, merchant, reason = tonumber(ARGV[7]), ARGV[8], ARGV[9], ARGV[10]
            local key = prefix .. id
            local h = redis.call('HMGET', key, 'e', 's', 'rs')
            if not h[1] or h[2] == 'CLOSED' then return {'CLOSED'} end
            local left = cool - (now - (tonumber(h[3]) or 0))
            if left > 0 then return {'COOL', string.format('%.0f', left)} end
            change(id, key, merchant, h[2], 'CLOSED', tonumber(h[1]), reason,
              'cl', string.format('%.0f', now), 'rs', string.format('%.0f', now))
            return {'RESET', line(id, key, false)}
            """;

    private BreakerScript() {}
}
