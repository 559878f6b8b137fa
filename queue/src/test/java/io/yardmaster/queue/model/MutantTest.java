package io.yardmaster.queue.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.yardmaster.redis.RedisFixture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Defects that somebody could write, planted in the functions one at a time: the walk finds each.
///
/// Where two guards stand behind each other (the index of leases, and state and nonce in the
/// request itself), taking one away changes nothing as long as the index is sound, so those are
/// planted under [#inADamagedIndex].
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class MutantTest {
    private static final Logger log = LoggerFactory.getLogger(MutantTest.class);
    private static final int STEPS = 12_000;
    private static final int WALKS = 3;

    private RedisFixture fixture;

    @BeforeAll
    void start() {
        fixture = RedisFixture.start();
    }

    @AfterAll
    void stop() {
        fixture.close();
    }

    /// @param text occurs exactly once in the functions' source
    record Mutant(String defect, String text, String instead) {
        String source() {
            String sound = RealShard.source();
            assertEquals(2, sound.split(java.util.regex.Pattern.quote(text), -1).length, text);
            return sound.replace(text, instead);
        }

        @Override
        public String toString() {
            return defect;
        }
    }

    static Stream<Mutant> inASoundIndex() {
        return Stream.of(
                new Mutant(
                        "any lease settles, not only the current one",
                        """
                        elseif not queue or byte(start, 2) ~= LEASED or sub(start, 21, 28) ~= nonce
                              or byte(start, 5) * 256 + byte(start, 6) ~= attempt then\
                        """,
                        "elseif not queue or byte(start, 2) ~= LEASED then"),
                new Mutant(
                        "the outcome is written before the lease is checked",
                        "    if queue and corrupt[queue] then\n      answer = 'damaged'",
                        """
                            if kind == SUCCEEDED then
                              redis.call('SET', outcome_key, word, 'PXAT', kept_until)
                            end
                            if queue and corrupt[queue] then
                              answer = 'damaged'\
                        """),
                new Mutant(
                        "take does not raise the attempt",
                        "        attempt = attempt + 1\n",
                        "        attempt = math.max(1, attempt)\n"),
                new Mutant(
                        "release does not give the attempt back",
                        "r.attempts = r.attempts - 1",
                        "r.attempts = r.attempts + 0"),
                new Mutant(
                        "a deferred attempt counts",
                        "(kind == 'defer' and 1 or 0)",
                        "(kind == 'defer' and 0 or 0)"),
                new Mutant(
                        "an id may be accepted again after its outcome",
                        "  if fingerprint ~= '' then",
                        "  if fingerprint == nil then"),
                new Mutant(
                        "other content under the same id is a duplicate",
                        "return same and 'duplicate' or 'conflict'",
                        "return 'duplicate'"),
                new Mutant(
                        "offers of one id in a batch do not see each other",
                        "  if t.met[id] then",
                        "  if nil then"),
                new Mutant(
                        "a queue holds one request too many",
                        "return waiting >= told.max_size",
                        "return waiting > told.max_size"),
                new Mutant(
                        "a plain request is let in whatever its id was before",
                        " or call('EXISTS', record_key, base .. ':o:' .. id) > 0 then",
                        " then"),
                new Mutant(
                        "scheduled requests do not fill a queue",
                        "+ (tonumber(counted[2] or '') or 0)\n  return nil, listed",
                        "+ 0 * (tonumber(counted[2] or '') or 0)\n  return nil, listed"),
                new Mutant(
                        "cancel leaves the lease",
                        "redis.call('ZREM', base .. ':leases', id .. '.' .. r.attempts .. '|' .. r.nonce)",
                        ""),
                new Mutant(
                        "cancel leaves the in-flight count",
                        "redis.call('SPUBLISH', base .. ':cancelled', id)\n    count(deltas, queue, 'inflight', -1)",
                        "redis.call('SPUBLISH', base .. ':cancelled', id)"),
                new Mutant(
                        "promote loses the ticket",
                        "      push(base, queue, ticket, 'RPUSH')\n      count(deltas, queue, 'scheduled', -1)",
                        "      count(deltas, queue, 'scheduled', -1)"),
                new Mutant(
                        "promote lets requests in at the head",
                        "push(base, queue, ticket, 'RPUSH')\n      count",
                        "push(base, queue, ticket, 'LPUSH')\n      count"),
                new Mutant(
                        "a settlement leaves the in-flight count",
                        "    count(s.deltas, queue, 'inflight', -n)\n",
                        ""),
                new Mutant(
                        "expired requests are not counted",
                        "count(t.deltas, queue, 'expired', 1)",
                        ""),
                new Mutant(
                        "expired requests are sent",
                        "t.now >= decode(record).expires then",
                        "t.now >= decode(record).expires + 3000 then"),
                new Mutant(
                        "a repeated take takes more", "elseif not fresh then", "elseif nil then"),
                new Mutant(
                        "redrive leaves the outcome",
                        "redis.call('UNLINK', base .. ':o:' .. id)\n  -- The attempt goes on",
                        "-- The attempt goes on"),
                new Mutant(
                        "redrive forgives no attempts",
                        "r.forgiven, r.lost, r.expires, r.nonce = QUEUED, r.attempts, 0, 0, args[2]",
                        "r.forgiven, r.lost, r.expires, r.nonce = QUEUED, 0, 0, 0, args[2]"),
                new Mutant(
                        "purge forgets what is scheduled",
                        "      if remove(page[2][i], SCHEDULED) then",
                        "      if false then"),
                new Mutant("a paused queue is taken from", "want, held = 0, -1", "held = -1"),
                new Mutant(
                        "a lease that is lost can still be settled",
                        "r.lost, r.nonce = r.lost + (r.sent and 1 or 0), NO_NONCE",
                        "r.lost = r.lost + (r.sent and 1 or 0)"),
                new Mutant(
                        "lost leases make no poison",
                        "local LOST_LEASES_LIMIT = 3",
                        "local LOST_LEASES_LIMIT = 4"),
                new Mutant(
                        "a request that was never sent is blamed for its lost leases",
                        "r.lost + (r.sent and 1 or 0), NO_NONCE",
                        "r.lost + 1, NO_NONCE"),
                new Mutant(
                        "what was sent once counts as sent for every later lease",
                        "char(LEASED, flags % 2, lost,",
                        "char(LEASED, flags, lost,"),
                new Mutant(
                        "that a request was sent is not put on record",
                        "redis.call('SETRANGE', base .. ':r:' .. id, 2, string.char(flags_of(r)))",
                        ""),
                new Mutant(
                        "a lost lease allows one attempt too many",
                        "elseif r.attempts >= attempts_allowed(base, r) then",
                        "elseif r.attempts > attempts_allowed(base, r) then"),
                new Mutant(
                        "renewing shortens a lease",
                        "math.max(now + lease, tonumber(held))",
                        "now + lease - 3000"),
                new Mutant(
                        "renewing brings a lease back",
                        "redis.call('ZADD', base .. ':leases', 'XX', ",
                        "redis.call('ZADD', base .. ':leases', 'NX', "),
                new Mutant(
                        "displaced dead leave their outcome",
                        "redis.call('UNLINK', base .. ':r:' .. gone[i], base .. ':o:' .. gone[i])",
                        "redis.call('UNLINK', base .. ':r:' .. gone[i])"),
                new Mutant(
                        "the clock follows the host's clock back",
                        "math.max(0, math.min(passed, limit))",
                        "math.min(passed, limit)"),
                new Mutant(
                        "the clock follows every jump of the host's clock",
                        "math.max(0, math.min(passed, limit))",
                        "math.max(0, passed)"),
                new Mutant(
                        "an admitted ingress item stays",
                        "redis.call('HINCRBY', base .. ':ingress', 'seq', taken)",
                        "redis.call('HINCRBY', base .. ':ingress', 'seq', 0)"),
                new Mutant(
                        "unused tokens are kept",
                        "give_back(bucket, burst, want - got)",
                        "give_back(bucket, burst, 0)"),
                new Mutant(
                        "settlements of one id in a batch do not see each other",
                        "not gone[record_key] and pcall_(",
                        "pcall_("),
                new Mutant(
                        "a ticket of another queue is taken",
                        "queue_in(record, t.queues) ~= queue or state",
                        "not queue_in(record, t.queues) or state"));
    }

    static Stream<Mutant> inADamagedIndex() {
        return Stream.of(
                new Mutant(
                        "reclaim trusts the index",
                        "local held = r and r.state == LEASED and r.nonce == nonce",
                        "local held = r"),
                new Mutant(
                        "a repeated take trusts the index",
                        "if r and r.state == LEASED and r.nonce == nonce then",
                        "if r then"),
                new Mutant(
                        "settle trusts the index",
                        """
                        elseif not queue or byte(start, 2) ~= LEASED or sub(start, 21, 28) ~= nonce
                              or byte(start, 5) * 256 + byte(start, 6) ~= attempt then\
                        """,
                        "elseif not queue then"),
                new Mutant(
                        "promote trusts the index",
                        "local due_now = r and r.state == SCHEDULED and r.attempts == tonumber(attempts)",
                        "local due_now = r"),
                new Mutant(
                        "take trusts the ticket's state",
                        "or state ~= QUEUED or high * 256",
                        "or high * 256"),
                new Mutant(
                        "a ticket that is there twice is leased twice",
                        " or moved[id] then",
                        " then"),
                new Mutant(
                        "take trusts the ticket's attempt", "or high * 256 + low ~= attempt", ""));
    }

    static Stream<Mutant> ofTheAudit() {
        return Stream.of(
                new Mutant(
                        "the audit lets what has ended come back",
                        "if outcome ~= '' and (r.state ~= DEAD",
                        "if outcome == nil and (r.state ~= DEAD"),
                new Mutant(
                        "the audit sees no missing lease",
                        "if not redis.call('ZSCORE', leases, lease_member(id, r)) then",
                        "if false then"),
                new Mutant(
                        "the audit gives a lease that is over",
                        "redis.call('ZADD', leases, now + lease, lease_member(id, r))",
                        "redis.call('ZADD', leases, now, lease_member(id, r))"),
                new Mutant(
                        "the audit sees no missing due time",
                        "if not redis.call('ZSCORE', later, ticket_of(id, r)) then",
                        "if false then"),
                new Mutant(
                        "the audit gives lost tickets the last place",
                        "push(base, queue, args[i], 'LPUSH')",
                        "push(base, queue, args[i], 'RPUSH')"),
                new Mutant(
                        "the audit gives a ticket without a word in the history",
                        "'{\"attempt\":%s,\"at\":%.0f,\"cause\":\"ticket-lost\"}\\n'",
                        "''"),
                new Mutant(
                        "the audit leaves dead requests without outcome",
                        "if outcome == '' then",
                        "if false then"),
                new Mutant(
                        "the audit trusts a lease of a former attempt",
                        "index == 'leases' and r.state == LEASED and entry == lease_member(id, r)",
                        "index == 'leases' and r.state == LEASED"));
    }

    static Stream<Mutant> ofTheAuditInASoundIndex() {
        return Stream.of(
                new Mutant(
                        "the audit leaves out tickets",
                        "list, -(past + tonumber(args[3])), -(past + 1))}",
                        "list, -(past + tonumber(args[3])), -(past + 2))}"),
                new Mutant(
                        "the audit reads only a part of a lease's name",
                        "id = string.match(entry, '^(.*)%.%d+|.*$')",
                        "id = string.match(entry, '^(.*)%.%d|%d*$')"),
                new Mutant(
                        "the audit counts what is in flight twice",
                        "right[queue_of(r)] = (right[queue_of(r)] or 0) + 1",
                        "right[queue_of(r)] = (right[queue_of(r)] or 0) + 2"));
    }

    @ParameterizedTest
    @MethodSource("ofTheAudit")
    void a_defect_of_the_audit_is_found(Mutant mutant) {
        find(mutant, true);
    }

    @ParameterizedTest
    @MethodSource("ofTheAuditInASoundIndex")
    void an_audit_that_mends_what_is_sound_is_found(Mutant mutant) {
        find(mutant, false);
    }

    @ParameterizedTest
    @MethodSource("inASoundIndex")
    void a_defect_is_found(Mutant mutant) {
        find(mutant, false);
    }

    @ParameterizedTest
    @MethodSource("inADamagedIndex")
    void trust_in_a_damaged_index_is_found(Mutant mutant) {
        find(mutant, true);
    }

    /// A walk depends on the milliseconds that pass in it, so that one may miss what another finds.
    private void find(Mutant mutant, boolean damaged) {
        for (long seed = 101; seed < 101 + WALKS; seed++) {
            Walk walk = new Walk(new RealShard(fixture, mutant.source()), seed, damaged, 20);
            try {
                walk.run(STEPS);
            } catch (Violation found) {
                log.info(
                        "{}: {}",
                        mutant,
                        String.valueOf(found.getMessage()).lines().limit(1).toList());
                log.debug("found so", found);
                return;
            }
        }
        fail(mutant + ": survived");
    }
}
