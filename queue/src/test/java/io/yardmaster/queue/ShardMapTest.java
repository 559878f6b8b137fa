package io.yardmaster.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ShardMapTest {
    private static final int IDS = 20_000;

    /// Ids as producers make them: numbered, which is the hardest for a hash.
    private static String id(int i) {
        return "order-" + i;
    }

    @Test
    void ids_are_spread_evenly_whoever_made_them() {
        RequestIds ids = new RequestIds(() -> java.time.Instant.EPOCH, new Random(7));
        for (int shards : List.of(2, 3, 8, 64)) {
            int[] numbered = new int[shards];
            int[] generated = new int[shards];
            ShardMap map = ShardMap.of(shards);
            for (int i = 0; i < IDS; i++) {
                numbered[map.home(id(i))]++;
                generated[map.home(ids.next())]++;
            }
            // Four standard deviations of a fair draw.
            double fair = (double) IDS / shards;
            double allowed = 4 * Math.sqrt(fair);
            for (int shard = 0; shard < shards; shard++) {
                assertEquals(fair, numbered[shard], allowed, "shard " + shard + " of " + shards);
                assertEquals(fair, generated[shard], allowed, "shard " + shard + " of " + shards);
            }
        }
    }

    @Test
    void when_shards_are_added_ids_move_to_the_new_ones_only() {
        for (int from = 1; from < 64; from = from * 2 + 1) {
            int to = Math.min(64, from * 3);
            int moved = 0;
            for (int i = 0; i < IDS; i++) {
                int before = ShardMap.of(from).home(id(i));
                int after = ShardMap.of(to).home(id(i));
                if (before != after) {
                    moved++;
                    assertTrue(after >= from, id(i) + " moved from " + before + " to " + after);
                }
            }
            assertEquals(1 - (double) from / to, (double) moved / IDS, 0.02, from + " to " + to);
        }
    }

    /// Where an id is kept is said by nothing but this: a change of the hash would lose every id.
    @Test
    void homes_are_the_same_in_every_version_of_the_program() {
        assertEquals(
                List.of(24, 4, 20, 3, 53),
                List.of("a", "order-1", "order-2", "01ABCDEFghijklmn", "ev:7_x.y").stream()
                        .map(ShardMap.of(64)::home)
                        .toList());
    }

    @Test
    void earlier_homes_are_known_latest_first_and_mostly_there_are_none() {
        ShardMap map = ShardMap.of(1, 2, 8);
        int none = 0;
        for (int i = 0; i < IDS; i++) {
            String id = id(i);
            List<Integer> earlier = map.earlierHomes(id);
            List<Integer> expected =
                    IntStream.of(2, 1)
                            .map(count -> ShardMap.of(count).home(id))
                            .filter(home -> home != map.home(id))
                            .distinct()
                            .boxed()
                            .toList();
            assertEquals(expected, earlier);
            none += earlier.isEmpty() ? 1 : 0;
        }
        assertEquals(1.0 / 8, (double) none / IDS, 0.02, "ids that stayed");
        assertEquals(List.of(), ShardMap.of(8).earlierHomes("a"));
    }

    @Test
    void numbers_of_shards_grow_and_are_at_most_64() {
        assertEquals("1,2,64", ShardMap.parse("1,2,64").toString());
        for (int[] wrong : new int[][] {{}, {0}, {65}, {2, 2}, {4, 2}}) {
            assertThrows(IllegalArgumentException.class, () -> ShardMap.of(wrong));
        }
    }
}
