package io.orderwatch.job.alert;

import io.orderwatch.job.gateway.GatewayAnswer;
import io.orderwatch.job.gateway.SmsGateway;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Short messages, of what is critical alone: the title, since nobody reads more of it on a telephone at night. */
final class SmsAlerts implements AlertChannel {

    static final String NAME = "sms";

    private final List<String> to;
    private final SmsGateway gateway;
    private final Duration deadline;
    private final Redaction redaction;

    /** @param redaction of what the gateway answers */
    SmsAlerts(List<String> to, SmsGateway gateway, Duration deadline, Redaction redaction) {
        this.to = List.copyOf(to);
        this.gateway = gateway;
        this.deadline = deadline;
        this.redaction = redaction;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean onlyCritical() {
        return true;
    }

    @Override
    public String send(AlertMessage message) throws AlertNotSentException, InterruptedException {
        List<Future<GatewayAnswer>> answers = new ArrayList<>();
        for (int i = 0; i < to.size(); i++) {
            answers.add(gateway.send(to.get(i), message.title(), message.id() + "-" + i));
        }
        int status = 0;
        for (Future<GatewayAnswer> each : answers) {
            GatewayAnswer answer = await(each);
            if (!answer.good()) {
                throw new AlertNotSentException(
                        "the SMS gateway answered HTTP " + answer.status() + " " + redaction.of(answer.body()), null);
            }
            status = answer.status();
        }
        return "HTTP " + status;
    }

    private GatewayAnswer await(Future<GatewayAnswer> answer) throws AlertNotSentException, InterruptedException {
        try {
            return answer.get(deadline.toMillis() + 1_000, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new AlertNotSentException(gateway.failure(e.getCause()).getMessage(), e);
        } catch (TimeoutException e) {
            throw new AlertNotSentException("the SMS gateway did not answer in time", e);
        }
    }
}
