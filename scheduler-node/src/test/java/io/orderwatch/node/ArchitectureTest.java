package io.orderwatch.node;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.orderwatch.dao.SqlMapper;

/** The house of docs/architecture.md, as rules: dependencies point one way, and each library has one room. */
@AnalyzeClasses(
        packages = "io.orderwatch",
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoTestJars.class})
class ArchitectureTest {

    /** What other modules' tests share comes as a jar of its own once modules are packed. */
    static final class NoTestJars implements ImportOption {

        @Override
        public boolean includes(Location location) {
            return !location.contains("-tests.jar");
        }
    }

    @ArchTest
    static final ArchRule what_is_stored_knows_nothing_of_what_is_done = noClasses()
            .that()
            .resideInAPackage("io.orderwatch.dao..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.orderwatch.job..", "io.orderwatch.node..");

    @ArchTest
    static final ArchRule what_is_done_knows_nothing_of_how_a_node_lives = noClasses()
            .that()
            .resideInAPackage("io.orderwatch.job..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.orderwatch.node..");

    @ArchTest
    static final ArchRule the_node_never_ships_the_local_stack = noClasses()
            .that()
            .resideInAnyPackage("io.orderwatch.dao..", "io.orderwatch.job..", "io.orderwatch.node..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.orderwatch.stack..");

    /** All else ends a process in good order. */
    @ArchTest
    static final ArchRule no_process_is_halted_but_at_a_kill_point = noClasses()
            .that()
            .doNotHaveFullyQualifiedName(ArmedKillPoints.class.getName())
            .should()
            .callMethod(Runtime.class, "halt", int.class);

    @ArchTest
    static final ArchRule mybatis_is_in_dao = onlyIn("org.apache.ibatis..", "io.orderwatch.dao..");

    @ArchTest
    static final ArchRule flyway_is_in_dao_schema = onlyIn("org.flywaydb..", "io.orderwatch.dao.schema");

    @ArchTest
    static final ArchRule httpclient_is_in_job_notification =
            onlyIn("org.apache.hc..", "io.orderwatch.job.notification..");

    @ArchTest
    static final ArchRule mail_library_is_in_job_mail = onlyIn("jakarta.mail..", "io.orderwatch.job.mail");

    @ArchTest
    static final ArchRule mail_implementation_is_in_job_mail = onlyIn("org.eclipse.angus..", "io.orderwatch.job.mail");

    @ArchTest
    static final ArchRule amqp_is_in_job_notification_amqp =
            onlyIn("com.rabbitmq..", "io.orderwatch.job.notification.amqp");

    @ArchTest
    static final ArchRule netty_is_in_job_notification_websocket_and_where_redisson_asks_for_it =
            onlyIn("io.netty..", "io.orderwatch.job.notification.websocket", "io.orderwatch.node.lock..");

    @ArchTest
    static final ArchRule kafka_is_in_job_notification_kafka =
            onlyIn("org.apache.kafka..", "io.orderwatch.job.notification.kafka");

    @ArchTest
    static final ArchRule quartz_is_in_node_quartz = onlyIn("org.quartz..", "io.orderwatch.node.quartz..");

    @ArchTest
    static final ArchRule curator_is_in_node_shard = onlyIn("org.apache.curator..", "io.orderwatch.node.shard..");

    @ArchTest
    static final ArchRule zookeeper_is_in_node_shard = onlyIn("org.apache.zookeeper..", "io.orderwatch.node.shard..");

    @ArchTest
    static final ArchRule redisson_is_in_node_lock_and_node_breaker =
            onlyIn("org.redisson..", "io.orderwatch.node.lock..", "io.orderwatch.node.breaker..");

    @ArchTest
    static final ArchRule resilience4j_is_in_node_breaker =
            onlyIn("io.github.resilience4j..", "io.orderwatch.node.breaker..");

    @ArchTest
    static final ArchRule configuration_library_is_in_node_config =
            onlyIn("com.typesafe.config..", "io.orderwatch.node.config..");

    @ArchTest
    static final ArchRule features_of_the_dao_have_no_cycles =
            slices().matching("io.orderwatch.dao.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule features_of_the_jobs_have_no_cycles =
            slices().matching("io.orderwatch.job.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule parts_of_the_node_have_no_cycles =
            slices().matching("io.orderwatch.node.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule mappers_are_nobody_elses_business = classes()
            .that()
            .areAssignableTo(SqlMapper.class)
            .and()
            .areInterfaces()
            .and()
            .doNotHaveFullyQualifiedName(SqlMapper.class.getName())
            .should()
            .bePackagePrivate();

    @ArchTest
    static final ArchRule no_state_is_static = fields().that()
            .areDeclaredInClassesThat(resideInAPackage("io.orderwatch.."))
            .and()
            .areStatic()
            .and()
            .doNotHaveModifier(JavaModifier.SYNTHETIC)
            .should()
            .beFinal();

    private static ArchRule onlyIn(String library, String... rooms) {
        return noClasses()
                .that(resideInAnyPackage("io.orderwatch.dao..", "io.orderwatch.job..", "io.orderwatch.node..")
                        .and(not(resideInAnyPackage(rooms))))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library);
    }
}
