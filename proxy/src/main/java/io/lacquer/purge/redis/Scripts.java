package io.lacquer.purge.redis;

/**
 * What the log's server does in one step. All keys share a slot: the stream, the state, the members, and the ids that
 * were written again.
 *
 * <p>State: {@code gen} and {@code seq} number the records, {@code last} is the newest one's position, {@code lastid}
 * that and its id, {@code bases} has for each of the last generations that of the newest one before it, {@code begin} is the position before the log's
 * first, {@code run} the server's own id, {@code born} its time when the generation began. Another {@code run} or no
 * state begins a new generation. So does a caller who knows what this log does not have, a later generation, a later
 * position of this one, or another purge at a position: it was put back to where it was, and what it has taken since came
 * before what was stored by those who knew more. That one begins with nothing, and whoever meets it trusts nothing of before. Its number is never less than the server's time in microseconds, so that a log that
 * was lost never counts again what it counted.
 *
 * <p>What a caller knows is in ARGV from 2 on: its generation, the last position that it has applied, and the id of the
 * purge there, or nothing.
 */
final class Scripts {
    private static final String OPEN = """
        local time = redis.call('TIME')
        local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
        local micros = tonumber(time[1]) * 1000000 + tonumber(time[2])
        local state = redis.call('HMGET', KEYS[2], 'gen', 'seq', 'run', 'last', 'bases', 'born', 'begin',
          'lastid')
        local gen = tonumber(state[1] or '0') or 0
        local seq = tonumber(state[2] or '0') or 0
        local last = state[4] or '0-0'
        local bases = state[5] or ''
        local born = tonumber(state[6] or '0') or 0
        local begin = state[7]
        local known = tonumber(ARGV[2])
        local function text(number) return string.format('%.0f', number) end
        local function renew(back)
          local top = math.max(gen, known, micros - 1)
          local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
          if newest[1] then
            top = math.max(top, tonumber(string.match(newest[1][1], '^(%d+)')))
            if not state[4] then last = newest[1][1] end
          end
          gen, seq, born = top + 1, 0, now
          local start = text(gen) .. '-0'
          begin = begin or start
          bases = bases .. text(gen) .. '=' .. (back and start or last) .. ' '
          if last == '0-0' then last = start end
          local _, count = string.gsub(bases, '=', '=')
          if count > 32 then bases = string.gsub(bases, '^%S+ ', '') end
          redis.call('HSET', KEYS[2], 'gen', text(gen), 'seq', '0', 'run', ARGV[1], 'last', last, 'bases', bases,
            'born', text(born), 'begin', begin)
        end
        local ofGen, ofSeq = string.match(ARGV[3], '^(%d+)%-(%d+)$')
        local foreign = false
        local lastat, lastid = string.match(state[8] or '', '^(%S+) (.*)$')
        if lastat ~= last then lastid = '' end
        if ARGV[4] ~= '' then
          local id = ARGV[3] == last and lastid or ''
          if id == '' then
            local there = redis.call('XRANGE', KEYS[1], ARGV[3], ARGV[3])
            id = there[1] and string.match(table.concat(there[1][2], '\\n'), '\\nid ([^\\n]*)\\n')
          end
          foreign = id and id ~= ARGV[4]
        end
        local ahead = tonumber(ofGen) == gen and tonumber(ofSeq) > seq
        local same = state[1] and state[3] == ARGV[1]
        local back = same and (known > gen or ahead or foreign and tonumber(ofGen) == gen)
        if back then
          redis.call('UNLINK', KEYS[1])
          state[4], last, lastid, bases, begin = false, '0-0', '', '', nil
        end
        if back or not same then renew(back) end
        """;

    /**
     * Appends records. ARGV: run, what is known, most records kept, then for each record its id, whether it is
     * written again, and its text. Answers generation, bases, the server's time, the position before, the length, whether
     * what the caller has applied last is another purge here, then a number for each record: 0 where it was there already.
     */
    static final String APPEND = OPEN + """
        local out = {text(gen), bases, text(now), last, '0', foreign and '1' or '0'}
        for i = 6, #ARGV, 3 do
          local again = ARGV[i + 1] == '1'
          local member = text(gen) .. ':' .. ARGV[i]
          if again and redis.call('SISMEMBER', KEYS[4], member) == 1 then
            out[#out + 1] = '0'
          else
            local function add()
              seq = seq + 1
              local id = text(gen) .. '-' .. text(seq)
              local added = redis.pcall('XADD', KEYS[1], id, 'prev', last, 'pid', lastid, 'ms', text(now),
                'what', ARGV[i + 2])
              return id, type(added) == 'table' and added.err
            end
            local id, wrong = add()
            if wrong and string.find(wrong, 'equal or smaller') then -- somebody else has written there
              renew() -- before any of these was written
              out[1], out[2], out[4] = text(gen), bases, last
              member = text(gen) .. ':' .. ARGV[i]
              id, wrong = add()
            end
            if wrong then return redis.error_reply(wrong) end
            last, lastid = id, ARGV[i]
            out[#out + 1] = text(seq)
            if again then
              redis.call('SADD', KEYS[4], member)
              if redis.call('TTL', KEYS[4]) < 0 then redis.call('EXPIRE', KEYS[4], 3600) end
            end
          end
        end
        redis.call('HSET', KEYS[2], 'seq', text(seq), 'last', last, 'lastid', last .. ' ' .. lastid)
        local length = redis.call('XLEN', KEYS[1])
        local most = tonumber(ARGV[5])
        if length > most + most / 8 then
          redis.call('XTRIM', KEYS[1], 'MAXLEN', text(most))
        end
        out[5] = text(length)
        return out
        """;

    /**
     * A sign of life. ARGV: run, what is known, the node's own id, what others shall know of it, or nothing to leave.
     * Answers generation, bases, the server's time, the newest position, the generation's age in milliseconds, whether what
     * the caller has applied last is another purge here, the length, the log's beginning, how the sign was written (0 not
     * at all: a full server has no room for it; 2 where there was none of this node), then id and words of each member.
     */
    static final String BEAT = OPEN + """
        local words = ARGV[6] == '' and 'left' or ARGV[6]
        local written = redis.pcall('HSET', KEYS[3], ARGV[5], text(now) .. ' ' .. words)
        local signed = type(written) == 'table' and '0' or written == 1 and '2' or '1'
        local out = {text(gen), bases, text(now), last, text(now - born), foreign and '1' or '0',
          text(redis.call('XLEN', KEYS[1])), begin or '0-0', signed}
        local members = redis.call('HGETALL', KEYS[3])
        for i = 1, #members, 2 do
          local seen = tonumber(string.match(members[i + 1], '^(%d+)')) or 0
          if now - seen > 600000 and members[i] ~= ARGV[5] then
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
