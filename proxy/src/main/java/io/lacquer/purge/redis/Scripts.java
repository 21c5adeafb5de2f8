package io.lacquer.purge.redis;

/**
 * What the log's server does in one step. All keys share a slot: the stream, the state, the members, and the ids that
 * were written again.
 *
 * <p>State: {@code gen} and {@code seq} number the records, {@code last} is the newest one's position, {@code bases} has
 * for each of the last generations that of the newest one before it, {@code begin} is the position before the log's
 * first, {@code run} the server's own id, {@code born} its time when the generation began. Another {@code run}, no
 * state, or a caller who knows a later generation begins a new one; its number is never
 * less than the server's time in microseconds, so that a log that was lost never counts again what it counted.
 */
final class Scripts {
    private static final String OPEN = """
        local time = redis.call('TIME')
        local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
        local micros = tonumber(time[1]) * 1000000 + tonumber(time[2])
        local state = redis.call('HMGET', KEYS[2], 'gen', 'seq', 'run', 'last', 'bases', 'born', 'begin')
        local gen = tonumber(state[1] or '0') or 0
        local seq = tonumber(state[2] or '0') or 0
        local last = state[4] or '0-0'
        local bases = state[5] or ''
        local born = tonumber(state[6] or '0') or 0
        local begin = state[7]
        local known = tonumber(ARGV[2])
        local function text(number) return string.format('%.0f', number) end
        if not state[1] or state[3] ~= ARGV[1] or known > gen then
          local top = math.max(gen, known, micros - 1)
          local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
          if newest[1] then
            top = math.max(top, tonumber(string.match(newest[1][1], '^(%d+)')))
            if not state[4] then last = newest[1][1] end
          end
          gen, seq, born = top + 1, 0, now
          begin = begin or text(gen) .. '-0'
          bases = bases .. text(gen) .. '=' .. last .. ' '
          local _, count = string.gsub(bases, '=', '=')
          if count > 32 then bases = string.gsub(bases, '^%S+ ', '') end
          redis.call('HSET', KEYS[2], 'gen', text(gen), 'seq', '0', 'run', ARGV[1], 'last', last, 'bases', bases,
            'born', text(born), 'begin', begin)
        end
        """;

    /**
     * Appends records. ARGV: run, known generation, most records kept, then for each record its id, whether it is
     * written again, and its text. Answers generation, bases, the server's time, the position before, the length, then a
     * number for each record: 0 where it was there already.
     */
    static final String APPEND = OPEN + """
        local before = last
        local out = {text(gen), bases, text(now), before, '0'}
        for i = 4, #ARGV, 3 do
          local fresh = true
          if ARGV[i + 1] == '1' then
            fresh = redis.call('SADD', KEYS[4], text(gen) .. ':' .. ARGV[i]) == 1
            redis.call('EXPIRE', KEYS[4], 3600)
          end
          if fresh then
            seq = seq + 1
            local id = text(gen) .. '-' .. text(seq)
            redis.call('XADD', KEYS[1], id, 'prev', last, 'ms', text(now), 'what', ARGV[i + 2])
            last = id
            out[#out + 1] = text(seq)
          else
            out[#out + 1] = '0'
          end
        end
        redis.call('HSET', KEYS[2], 'seq', text(seq), 'last', last)
        local length = redis.call('XLEN', KEYS[1])
        local most = tonumber(ARGV[3])
        if length > most + most / 8 then
          redis.call('XTRIM', KEYS[1], 'MAXLEN', text(most))
        end
        out[5] = text(length)
        return out
        """;

    /**
     * A sign of life. ARGV: run, known generation, the node's own id, what others shall know of it, or nothing to leave.
     * Answers generation, bases, the server's time, the newest position, the generation's age in milliseconds, the length,
     * the log's beginning, whether the sign was written (a full server has no room for it), then id and words of each
     * member.
     */
    static final String BEAT = OPEN + """
        local words = ARGV[4] == '' and 'left' or ARGV[4]
        local written = redis.pcall('HSET', KEYS[3], ARGV[3], text(now) .. ' ' .. words)
        local signed = type(written) == 'table' and '0' or '1'
        local out = {text(gen), bases, text(now), last, text(now - born), text(redis.call('XLEN', KEYS[1])),
          begin or '0-0', signed}
        local members = redis.call('HGETALL', KEYS[3])
        for i = 1, #members, 2 do
          local seen = tonumber(string.match(members[i + 1], '^(%d+)')) or 0
          if now - seen > 600000 and members[i] ~= ARGV[3] then
            redis.call('HDEL', KEYS[3], members[i])
          else
            out[#out + 1] = members[i]
            out[#out + 1] = members[i + 1]
          end
        end
        return out
        """;

    /** Leaves a note. ARGV: name, note, and after how many seconds without any all of them go. */
    static final String LEAVE = """
        redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
        return redis.call('EXPIRE', KEYS[1], ARGV[3])
        """;

    private Scripts() {}
}
