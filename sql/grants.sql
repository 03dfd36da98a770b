-- The database accounts of Orderwatch, each with the least that it needs. Run as an administrator, after replacing
-- orderwatch (the schema), '%' (the hosts that may connect), and the passwords. MySQL 8.0.16+ and MariaDB 10.6+.
-- Nobody here needs TRIGGER, EVENT, SUPER, FILE, or a right on another schema.

-- ---------------------------------------------------------------------------------------------------------------
-- orderwatch_migrate: bin/migrate.sh, and nodes with schema.migrate = true. Makes and changes the tables.
-- ---------------------------------------------------------------------------------------------------------------
CREATE USER IF NOT EXISTS 'orderwatch_migrate'@'%' IDENTIFIED BY 'change-me-1';
GRANT CREATE, ALTER, DROP, INDEX, REFERENCES, SELECT, INSERT, UPDATE, DELETE
  ON orderwatch.* TO 'orderwatch_migrate'@'%';

-- ---------------------------------------------------------------------------------------------------------------
-- orderwatch: the nodes, bin/status.sh and bin/retry-notify.sh. Reads everything, and changes what is its to change.
-- The grants on single tables need the tables: run bin/migrate.sh as orderwatch_migrate first.
-- ---------------------------------------------------------------------------------------------------------------
CREATE USER IF NOT EXISTS 'orderwatch'@'%' IDENTIFIED BY 'change-me-2';
GRANT SELECT ON orderwatch.* TO 'orderwatch'@'%';

-- What others own: only the columns that the contract gives to Orderwatch. The operators' switches (status of users,
-- groups and strategies) are not among them.
GRANT UPDATE (seen_status) ON orderwatch.users        TO 'orderwatch'@'%';
GRANT UPDATE (seen_status) ON orderwatch.order_groups TO 'orderwatch'@'%';
GRANT UPDATE (seen_status) ON orderwatch.strategies   TO 'orderwatch'@'%';
-- by hand alone: bin/merchants.sh --pause, and the same over JMX
GRANT UPDATE (status) ON orderwatch.merchants TO 'orderwatch'@'%';
GRANT UPDATE (status, cancelled_at, cancel_reason, paid_at, expires_at, seen_status, held)
  ON orderwatch.orders TO 'orderwatch'@'%';
GRANT UPDATE (applied_enabled, applied_schedule, rejected, applied_at)
  ON orderwatch.job_settings TO 'orderwatch'@'%';

-- What Orderwatch owns. DELETE only where rows go by their retention, or by the cluster's own book-keeping.
GRANT INSERT, UPDATE, DELETE ON orderwatch.notifications         TO 'orderwatch'@'%';
GRANT INSERT, UPDATE, DELETE ON orderwatch.notification_attempts TO 'orderwatch'@'%';
GRANT INSERT, DELETE         ON orderwatch.order_status_logs     TO 'orderwatch'@'%';
GRANT INSERT, DELETE         ON orderwatch.status_changes        TO 'orderwatch'@'%';
GRANT INSERT, UPDATE, DELETE ON orderwatch.set_aside             TO 'orderwatch'@'%';
GRANT INSERT, DELETE         ON orderwatch.breaker_changes       TO 'orderwatch'@'%';
GRANT INSERT, UPDATE, DELETE ON orderwatch.slow_merchants        TO 'orderwatch'@'%';
GRANT INSERT, UPDATE, DELETE ON orderwatch.node_leases           TO 'orderwatch'@'%';
GRANT INSERT, UPDATE         ON orderwatch.shard_leases          TO 'orderwatch'@'%';
GRANT INSERT, DELETE         ON orderwatch.shard_epochs          TO 'orderwatch'@'%';
GRANT INSERT, UPDATE, DELETE ON orderwatch.job_runs              TO 'orderwatch'@'%';
GRANT INSERT, UPDATE, DELETE ON orderwatch.alerts                TO 'orderwatch'@'%';
GRANT INSERT, UPDATE, DELETE ON orderwatch.alert_notices         TO 'orderwatch'@'%';
GRANT INSERT, UPDATE, DELETE ON orderwatch.delivery_minutes      TO 'orderwatch'@'%';
GRANT INSERT, DELETE         ON orderwatch.audit_log             TO 'orderwatch'@'%';
GRANT INSERT, UPDATE         ON orderwatch.cluster_settings      TO 'orderwatch'@'%';

GRANT INSERT, UPDATE, DELETE ON orderwatch.QRTZ_JOB_DETAILS         TO 'orderwatch'@'%';
GRANT INSERT, UPDATE, DELETE ON orderwatch.QRTZ_TRIGGERS            TO 'orderwatch'@'%';
GRANT INSERT, UPDATE, DELETE ON orderwatch.QRTZ_SIMPLE_TRIGGERS     TO 'orderwatch'@'%';
GRANT INSERT, UPDATE, DELETE ON orderwatch.QRTZ_CRON_TRIGGERS       TO 'orderwatch'@'%';
GRANT INSERT, UPDATE, DELETE ON orderwatch.QRTZ_SIMPROP_TRIGGERS    TO 'orderwatch'@'%';
GRANT INSERT, UPDATE, DELETE ON orderwatch.QRTZ_BLOB_TRIGGERS       TO 'orderwatch'@'%';
GRANT INSERT, UPDATE, DELETE ON orderwatch.QRTZ_CALENDARS           TO 'orderwatch'@'%';
GRANT INSERT, UPDATE, DELETE ON orderwatch.QRTZ_PAUSED_TRIGGER_GRPS TO 'orderwatch'@'%';
GRANT INSERT, UPDATE, DELETE ON orderwatch.QRTZ_FIRED_TRIGGERS      TO 'orderwatch'@'%';
GRANT INSERT, UPDATE, DELETE ON orderwatch.QRTZ_SCHEDULER_STATE     TO 'orderwatch'@'%';
GRANT INSERT, UPDATE, DELETE ON orderwatch.QRTZ_LOCKS               TO 'orderwatch'@'%';

-- ---------------------------------------------------------------------------------------------------------------
-- orderwatch_operator: people. Reads everything but secrets, flips switches, sets jobs, has set-aside rows tried again.
-- ---------------------------------------------------------------------------------------------------------------
CREATE USER IF NOT EXISTS 'orderwatch_operator'@'%' IDENTIFIED BY 'change-me-3';
GRANT SELECT, UPDATE (status) ON orderwatch.users        TO 'orderwatch_operator'@'%';
GRANT SELECT, UPDATE (status) ON orderwatch.order_groups TO 'orderwatch_operator'@'%';
GRANT SELECT, UPDATE (status) ON orderwatch.strategies   TO 'orderwatch_operator'@'%';
GRANT SELECT, UPDATE (name, status, events, success_status, success_word, success_json_pointer, success_json_value,
                      retry_preset, retry_delays)
  ON orderwatch.merchants TO 'orderwatch_operator'@'%';
-- Secrets are written and never read: to rotate one, give both the old and the new.
GRANT SELECT (id, merchant_id, channel, url, previous_secret_until, status, priority, weight, fallback, events,
              max_in_flight, rate_per_second, rate_burst, created_at),
      UPDATE (channel, url, secret, previous_secret, previous_secret_until, status, priority, weight, fallback, events,
              max_in_flight, rate_per_second, rate_burst)
  ON orderwatch.merchant_endpoints TO 'orderwatch_operator'@'%';
GRANT SELECT, UPDATE (enabled, interval_ms, cron) ON orderwatch.job_settings  TO 'orderwatch_operator'@'%';
GRANT SELECT, UPDATE (held)                       ON orderwatch.orders        TO 'orderwatch_operator'@'%';
GRANT SELECT, UPDATE (held)                       ON orderwatch.notifications TO 'orderwatch_operator'@'%';
GRANT SELECT ON orderwatch.order_items           TO 'orderwatch_operator'@'%';
GRANT SELECT ON orderwatch.order_status_logs     TO 'orderwatch_operator'@'%';
GRANT SELECT ON orderwatch.status_changes        TO 'orderwatch_operator'@'%';
GRANT SELECT ON orderwatch.notification_attempts TO 'orderwatch_operator'@'%';
GRANT SELECT ON orderwatch.set_aside             TO 'orderwatch_operator'@'%';
GRANT SELECT ON orderwatch.breaker_changes       TO 'orderwatch_operator'@'%';
GRANT SELECT ON orderwatch.slow_merchants        TO 'orderwatch_operator'@'%';
GRANT SELECT ON orderwatch.node_leases           TO 'orderwatch_operator'@'%';
GRANT SELECT ON orderwatch.shard_leases          TO 'orderwatch_operator'@'%';
GRANT SELECT ON orderwatch.shard_epochs          TO 'orderwatch_operator'@'%';
GRANT SELECT ON orderwatch.job_runs              TO 'orderwatch_operator'@'%';
GRANT SELECT ON orderwatch.alerts                TO 'orderwatch_operator'@'%';
GRANT SELECT ON orderwatch.alert_notices         TO 'orderwatch_operator'@'%';
GRANT SELECT ON orderwatch.delivery_minutes      TO 'orderwatch_operator'@'%';
GRANT SELECT ON orderwatch.audit_log             TO 'orderwatch_operator'@'%';
GRANT SELECT ON orderwatch.cluster_settings      TO 'orderwatch_operator'@'%';
