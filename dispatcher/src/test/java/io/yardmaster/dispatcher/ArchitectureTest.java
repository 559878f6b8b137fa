package io.yardmaster.dispatcher;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/// Guards who may know whom: `dispatcher -> {queue, ratelimit, nodes} -> redis`.
class ArchitectureTest {
    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("io.yardmaster");

    private static final String QUEUE = "io.yardmaster.queue..";
    private static final String RATELIMIT = "io.yardmaster.ratelimit..";
    private static final String NODES = "io.yardmaster.nodes..";
    private static final String REDIS = "io.yardmaster.redis..";
    private static final String DISPATCHER = "io.yardmaster.dispatcher..";

    private static void check(ArchRule rule) {
        rule.check(CLASSES);
    }

    @Test
    void queue_rate_limits_and_nodes_do_not_know_each_other() {
        check(
                noClasses()
                        .that()
                        .resideInAPackage(QUEUE)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(RATELIMIT, NODES, DISPATCHER));
        check(
                noClasses()
                        .that()
                        .resideInAPackage(RATELIMIT)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(QUEUE, NODES, DISPATCHER));
        check(
                noClasses()
                        .that()
                        .resideInAPackage(NODES)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(QUEUE, RATELIMIT, DISPATCHER));
        check(
                noClasses()
                        .that()
                        .resideInAPackage(REDIS)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(QUEUE, RATELIMIT, NODES, DISPATCHER));
    }

    @Test
    void only_the_application_knows_http_micronaut_and_micrometer() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackages(DISPATCHER, REDIS)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(
                                "io.micronaut..",
                                "io.micrometer..",
                                "java.net.http..",
                                "io.netty..",
                                "info.picocli..",
                                "picocli.."));
    }

    @Test
    void one_requests_way_knows_no_framework() {
        check(
                noClasses()
                        .that()
                        .resideInAPackage("io.yardmaster.dispatcher.dispatch..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(
                                "io.micronaut..", "io.netty..", "io.lettuce..", "picocli.."));
    }

    @Test
    void command_line_reaches_the_server_over_rest_alone() {
        check(
                noClasses()
                        .that()
                        .resideInAPackage("io.yardmaster.dispatcher.cli..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(
                                QUEUE,
                                RATELIMIT,
                                NODES,
                                REDIS,
                                "io.micronaut..",
                                "io.netty..",
                                "io.lettuce..",
                                "org.slf4j.."));
    }

    @Test
    void nobody_reads_a_clock_but_those_that_are_handed_one() {
        check(
                noClasses()
                        .that()
                        .doNotHaveFullyQualifiedName("io.yardmaster.dispatcher.Server")
                        .and()
                        .resideOutsideOfPackages(
                                "io.yardmaster.dispatcher.demo..", "io.yardmaster.dispatcher.cli..")
                        .should()
                        .callMethod(Instant.class, "now")
                        .orShould()
                        .callMethod(System.class, "currentTimeMillis")
                        .orShould()
                        .callMethod(Clock.class, "systemUTC"));
    }

    @Test
    void modules_packages_form_no_cycles() {
        check(slices().matching("io.yardmaster.(*)..").should().beFreeOfCycles());
    }
}
