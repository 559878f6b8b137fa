package io.yardmaster.nodes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.nodes.LoadMetrics.Read;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LoadMetricsTest {
    private static final String HEADER = "endpoint-load-metrics";

    /// Envoy's and gRPC's example of the binary form: cpu 0.1, rps_fractional 2, foo 0.1, bar 0.2.
    private static final String PROPOSAL =
            "CZqZmZmZmbk/MQAAAAAAAABAQg4KA2ZvbxGamZmZmZm5P0IOCgNiYXIRmpmZmZmZyT8=";

    private static LoadMetrics load(String header, String value) {
        Read read = LoadMetrics.read(header, value);
        return assertInstanceOf(Read.Load.class, read, read.toString()).metrics();
    }

    private static LoadMetrics load(String value) {
        return load(HEADER, value);
    }

    private static String refused(String value) {
        Read read = LoadMetrics.read(HEADER, value);
        return assertInstanceOf(Read.Refused.class, read, value + " -> " + read).why();
    }

    @Test
    void all_forms_say_the_same() {
        LoadMetrics wanted = new LoadMetrics(0.3, 0.8, 0.1, 4, 7);
        assertEquals(
                wanted,
                load(
                        "TEXT cpu_utilization=0.3, mem_utilization=0.8,rps_fractional=10.0 , eps=1,"
                                + "named_metrics.io=0.1,named_metrics.cores=4,"
                                + "named_metrics.connections=7,named_metrics.queue%2Cdepth=12"));
        assertEquals(
                wanted,
                load(
                        "JSON {\"cpu_utilization\": 0.3, \"mem_utilization\": 0.8, \"eps\": 1,"
                                + "\"named_metrics\": {\"io\": 0.1, \"cores\": 4, \"in_flight\": 7}}"));
        assertEquals(
                wanted,
                load(
                        "endpoint-load-metrics-json",
                        "{\"cpuUtilization\":0.3,\"memUtilization\":0.8,\"rps\":null,"
                                + "\"utilization\":{\"io\":0.1},\"namedMetrics\":{\"cores\":4,\"connections\":7}}"));
        String message =
                Base64.getEncoder()
                        .encodeToString(
                                message(
                                        number(1, 0.3),
                                        number(2, 0.8),
                                        new byte[] {3 << 3, (byte) 0x96, 1}, // rps, a varint
                                        entry(5, "io", 0.1),
                                        entry(8, "cores", 4),
                                        entry(8, "connections", 7)));
        assertEquals(wanted, load("BIN " + message));
        assertEquals(wanted, load("Endpoint-Load-Metrics-Bin", message));
    }

    @Test
    void published_example_of_the_binary_form_is_read() {
        assertEquals(new LoadMetrics(0.1, null, null, 0, Report.UNKNOWN), load("BIN " + PROPOSAL));
    }

    @Test
    void old_form_without_prefix_and_with_colons_is_read() {
        assertEquals(
                new LoadMetrics(0.7, 0.9, null, 0, Report.UNKNOWN),
                load("cpu_utilization:0.7,mem_utilization:0.9"));
    }

    @Test
    void cpu_above_one_is_one_and_the_applications_word_counts_when_cpu_is_not_said() {
        assertEquals(1, load("TEXT cpu_utilization=1.7").cpu());
        assertEquals(0.4, load("TEXT application_utilization=0.4").cpu());
        assertEquals(0.2, load("TEXT application_utilization=0.4,cpu_utilization=0.2").cpu());
    }

    @Test
    void named_metrics_that_mean_something_else_are_passed_over() {
        assertEquals(
                new LoadMetrics(0.2, null, null, 0, Report.UNKNOWN),
                load(
                        "TEXT cpu_utilization=0.2,named_metrics.io=1048576,named_metrics.cores=-3,"
                                + "named_metrics.connections=1e300"));
    }

    @Test
    void report_that_names_no_load_is_no_fault() {
        // what vLLM sends
        assertInstanceOf(
                Read.Silent.class,
                LoadMetrics.read(HEADER, "TEXT named_metrics.kv_cache_usage_perc=0.2"));
        assertInstanceOf(Read.Silent.class, LoadMetrics.read(HEADER, "JSON {}"));
        assertInstanceOf(Read.Silent.class, LoadMetrics.read(HEADER, "BIN "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "TEXT ",
                "TEXT cpu_utilization",
                "TEXT cpu_utilization=",
                "TEXT =0.5",
                "TEXT cpu_utilization=NaN",
                "TEXT cpu_utilization=Infinity",
                "TEXT cpu_utilization=0x1p1",
                "TEXT cpu_utilization=1d",
                "TEXT cpu_utilization=1e999",
                "TEXT cpu_utilization=-0.1",
                "TEXT cpu_utilization=0.1,cpu_utilization=0.2",
                "TEXT cpu_utilization=0.1,mem_utilization=1.1",
                "TEXT cpu_utilization=0.1;mem_utilization=0.2",
                "text cpu_utilization=0.1",
                "JSON [0.1]",
                "JSON {\"cpu_utilization\":\"0.1\"}",
                "JSON {\"cpu_utilization\":NaN}",
                "JSON {\"cpu_utilization\":1e99999}",
                "JSON {\"cpu_utilization\":0.1,\"cpu_utilization\":0.2}",
                "JSON {\"cpu_utilization\":0.1} {}",
                "JSON {\"cpu_utilization\":0.1",
                "JSON {\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}",
                "BIN !",
                "BIN CZqZmZmZmbk",
                "BIN CQ==",
                "BIN /////////////w==",
                "\u0001\u0002",
                "",
            })
    void what_is_no_load_report_is_refused_with_a_reason(String value) {
        assertTrue(refused(value).contains("(expected: "), refused(value));
    }

    @Test
    void reasons_cannot_forge_lines_of_the_log() {
        String why = refused("TEXT a\nWARN all is lost");
        assertFalse(why.contains("\n"), why);
    }

    @Test
    void huge_values_are_refused_without_reading_them() {
        String huge = "TEXT " + "a=1,".repeat(2000);
        assertEquals("8005 characters (expected: at most 4096)", refused(huge));
    }

    @Test
    void whatever_comes_is_read_or_refused_but_never_thrown() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(11);
        List<String> seeds =
                List.of(
                        "TEXT cpu_utilization=0.3,mem_utilization=0.8,named_metrics.io=0.1",
                        "JSON {\"cpu_utilization\":0.3,\"named_metrics\":{\"io\":0.1}}",
                        "BIN " + PROPOSAL);
        String letters = "0123456789.,=:{}[]\"+-eEaz_ \t/\\\u0000\u00e4\ud83d";
        for (int i = 0; i < 50_000; i++) {
            StringBuilder value = new StringBuilder(seeds.get(random.nextInt(seeds.size())));
            for (int change = random.nextInt(6); change >= 0; change--) {
                int at = random.nextInt(value.length() + 1);
                char letter = letters.charAt(random.nextInt(letters.length()));
                switch (random.nextInt(3)) {
                    case 0 -> value.insert(at, letter);
                    case 1 -> value.delete(Math.min(at, 5), at);
                    default -> value.setLength(at);
                }
            }
            if (LoadMetrics.read(HEADER, value.toString()) instanceof Read.Load(LoadMetrics load)) {
                load.over(null, false); // a report that is refused would throw
            }
        }
    }

    @Test
    void damaged_messages_are_read_or_refused_but_never_thrown() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(12);
        byte[] sound = message(number(1, 0.3), entry(8, "cores", 4), number(9, 2));
        for (int i = 0; i < 50_000; i++) {
            byte[] damaged = sound.clone();
            for (int change = random.nextInt(4); change >= 0; change--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            String value = Base64.getEncoder().encodeToString(damaged);
            if (LoadMetrics.read(HEADER, "BIN " + value) instanceof Read.Load(LoadMetrics load)) {
                load.over(null, false);
            }
        }
    }

    @Test
    void what_the_answer_does_not_say_is_as_the_node_reported_it() {
        Report own = new Report(0.9, 0.6, 0.5, 8, 3, 0.2, 55.0);
        LoadMetrics cpuAlone = new LoadMetrics(0.1, null, null, 0, Report.UNKNOWN);
        assertEquals(
                new Report(0.1, 0.6, 0.5, 8, Report.UNKNOWN, 0.2, 55.0), cpuAlone.over(own, true));
        // cores do not expire
        assertEquals(new Report(0.1, 0, 0, 8, Report.UNKNOWN), cpuAlone.over(own, false));
        assertEquals(
                new Report(0.1, 0.2, 0.3, 4, 5, 0.2, 55.0),
                new LoadMetrics(0.1, 0.2, 0.3, 4, 5).over(own, true));
    }

    @Test
    void other_fields_are_no_load_metrics() {
        assertTrue(LoadMetrics.isHeader("Endpoint-Load-Metrics"));
        assertFalse(LoadMetrics.isHeader("endpoint-load-metrics-format"));
        assertFalse(LoadMetrics.isHeader("content-type"));
    }

    private static byte[] message(byte[]... fields) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] field : fields) {
            all.writeBytes(field);
        }
        return all.toByteArray();
    }

    private static byte[] number(int field, double value) {
        return ByteBuffer.allocate(9)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) (field << 3 | 1))
                .putDouble(value)
                .array();
    }

    private static byte[] entry(int field, String name, double value) {
        byte[] key = name.getBytes(StandardCharsets.UTF_8);
        byte[] inner = message(new byte[] {1 << 3 | 2, (byte) key.length}, key, number(2, value));
        return message(new byte[] {(byte) (field << 3 | 2), (byte) inner.length}, inner);
    }
}
