-- Orderwatch: the public contract. Other systems and operators talk to Orderwatch through these tables.
--
-- Loads on MySQL 8.0.16 or newer and on MariaDB 10.6 or newer; applied by Flyway (bin/migrate.sh, or a node at start).
-- ${shards} is the number of shards of this installation. It is chosen once, like the partitions of a topic,
-- and recorded in cluster_settings; every node compares it at start.
--
-- How a change is found: each watched row carries what Orderwatch last dealt with (seen_status) and a stored
-- generated column that says whether there is work. Anybody's plain UPDATE marks the row by itself, so there is
-- no polling window, no watermark, no clock and no trigger. seen_status moves forward only by compare-and-set.
--
-- All times are UTC, whatever the time zone of the session that writes: the defaults are UTC_TIMESTAMP().
-- There are no foreign keys from orders to users, groups, strategies and merchants: a foreign key takes a shared
-- lock on the parent for each insert (which an operator's toggle of that parent would wait for), and an order
-- of an unknown user is to be set aside with its reason, not to fail the whole batch of the system that writes it.
-- There are none from the log tables either: their rows go by their own retention.

CREATE TABLE cluster_settings (
  name       VARCHAR(64)  NOT NULL,
  value      VARCHAR(255) NOT NULL,
  updated_at DATETIME(3)  NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Facts of this installation that every node must agree with';

INSERT INTO cluster_settings (name, value) VALUES ('shards', '${shards}');

-- ---------------------------------------------------------------------------------------------------------------
-- Who: users, their groups and strategies. status is the operators' switch: 1 works, anything else is off.
-- ---------------------------------------------------------------------------------------------------------------

CREATE TABLE users (
  id          BIGINT       NOT NULL COMMENT 'given by the system that owns the users',
  name        VARCHAR(128) NOT NULL DEFAULT '',
  status      TINYINT      NOT NULL DEFAULT 1 COMMENT 'operators write it: 1 on, anything else off',
  seen_status TINYINT      NOT NULL DEFAULT 1 COMMENT 'Orderwatch writes it: the switch that took effect',
  created_at  DATETIME(3)  NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  shard       SMALLINT     GENERATED ALWAYS AS (ABS(id % ${shards})) STORED,
  work        TINYINT      GENERATED ALWAYS AS (status <> seen_status) STORED,
  PRIMARY KEY (id),
  KEY ix_users_work (shard, work, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Whose orders are watched';

CREATE TABLE order_groups (
  id          BIGINT       NOT NULL,
  user_id     BIGINT       NOT NULL,
  name        VARCHAR(128) NOT NULL DEFAULT '',
  status      TINYINT      NOT NULL DEFAULT 1 COMMENT 'operators write it: 1 on, anything else off',
  seen_status TINYINT      NOT NULL DEFAULT 1 COMMENT 'Orderwatch writes it',
  created_at  DATETIME(3)  NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  shard       SMALLINT     GENERATED ALWAYS AS (ABS(user_id % ${shards})) STORED,
  work        TINYINT      GENERATED ALWAYS AS (status <> seen_status) STORED,
  PRIMARY KEY (id),
  KEY ix_order_groups_work (shard, work, id),
  KEY ix_order_groups_user (user_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Groups of one user''s orders that are switched together';

CREATE TABLE strategies (
  id                     BIGINT       NOT NULL,
  user_id                BIGINT       NOT NULL,
  name                   VARCHAR(128) NOT NULL DEFAULT '',
  status                 TINYINT      NOT NULL DEFAULT 1 COMMENT 'operators write it: 1 on, anything else off',
  seen_status            TINYINT      NOT NULL DEFAULT 1 COMMENT 'Orderwatch writes it',
  payment_window_seconds INT          NULL COMMENT 'an order of this strategy expires so long after it was created; NULL: the default of 30 minutes',
  created_at             DATETIME(3)  NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  shard                  SMALLINT     GENERATED ALWAYS AS (ABS(user_id % ${shards})) STORED,
  work                   TINYINT      GENERATED ALWAYS AS (status <> seen_status) STORED,
  PRIMARY KEY (id),
  KEY ix_strategies_work (shard, work, id),
  KEY ix_strategies_user (user_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'How the orders of a user are treated';

CREATE TABLE status_changes (
  id          BIGINT      NOT NULL AUTO_INCREMENT,
  kind        VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'USER, GROUP or STRATEGY',
  subject_id  BIGINT      NOT NULL,
  user_id     BIGINT      NOT NULL,
  from_status TINYINT     NOT NULL,
  to_status   TINYINT     NOT NULL,
  released    INT         NOT NULL DEFAULT 0 COMMENT 'orders and notifications that this switch set free',
  node        VARCHAR(64) NOT NULL,
  epoch       BIGINT      NOT NULL,
  created_at  DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  PRIMARY KEY (id),
  KEY ix_status_changes_subject (kind, subject_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Which toggle took effect when, from what to what';

-- ---------------------------------------------------------------------------------------------------------------
-- Whom to tell
-- ---------------------------------------------------------------------------------------------------------------

CREATE TABLE merchants (
  id                   BIGINT        NOT NULL,
  name                 VARCHAR(128)  NOT NULL DEFAULT '',
  status               TINYINT       NOT NULL DEFAULT 1 COMMENT '1: notified; anything else: its notifications wait',
  events               VARCHAR(255)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'PAID,COMPLETED,CANCELLED,FAILED,REFUNDED'
                                     COMMENT 'order states it wants to hear of, comma separated',
  success_status       VARCHAR(64)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '2xx'
                                     COMMENT 'HTTP statuses that are a success, comma separated, of 200 to 299: 200,204 or 2xx or 200-204',
  success_word         VARCHAR(64)   NULL COMMENT 'the answer''s body must be this word (case and white space around it aside); NULL: any body will do',
  success_json_pointer VARCHAR(255)  NULL COMMENT 'the answer''s body must be JSON that has success_json_value there, such as /code or /data/0/result (RFC 6901)',
  success_json_value   VARCHAR(255)  NULL COMMENT 'as text: SUCCESS, 0 or true; NULL with a pointer: any value but null',
  retry_preset         VARCHAR(32)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'default'
                                     COMMENT 'default, alipay, wechatpay, standard-webhooks or adyen: bin/orderwatch retry-preview shows them',
  retry_delays         VARCHAR(1024) CHARACTER SET ascii COLLATE ascii_bin NULL
                                     COMMENT 'instead of the preset: waits before the 2nd, 3rd, ... try (ms, s, m, h), 5s,30s,5m; after the last the notification is DEAD',
  created_at           DATETIME(3)   NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  PRIMARY KEY (id),
  CONSTRAINT ck_merchants_retry_preset CHECK (retry_preset IN ('default', 'alipay', 'wechatpay', 'standard-webhooks', 'adyen'))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Who is told what happened to an order; a change takes effect within a second';

CREATE TABLE merchant_endpoints (
  id                    BIGINT        NOT NULL AUTO_INCREMENT,
  merchant_id           BIGINT        NOT NULL,
  channel               VARCHAR(16)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'HTTP'
                                      COMMENT 'HTTP, RABBITMQ, KAFKA, EMAIL, WEBSOCKET or SMS: how it is reached, and what url means',
  url                   VARCHAR(2048) NOT NULL,
  secret                VARCHAR(255)  NOT NULL DEFAULT ''
                                      COMMENT 'whsec_ and base64, as Standard Webhooks 1.0.0 has it; any other text is taken as its UTF-8 bytes; HTTP needs one',
  previous_secret       VARCHAR(255)  NULL COMMENT 'signs too, beside secret, so that the merchant may change over when it likes',
  previous_secret_until DATETIME(3)   NULL COMMENT 'UTC; from then on it does not; NULL: as long as it stands there',
  status                TINYINT       NOT NULL DEFAULT 1 COMMENT '1: used; anything else: not',
  priority              SMALLINT      NOT NULL DEFAULT 0 COMMENT 'the least is called first; the next where that one failed, in the same try',
  weight                INT           NOT NULL DEFAULT 1 COMMENT 'share of the calls among endpoints of one priority; 0: only where the others failed',
  fallback              TINYINT       NOT NULL DEFAULT 0 COMMENT '1: used only where the last try of the others failed, instead of DEAD',
  events                VARCHAR(255)  CHARACTER SET ascii COLLATE ascii_bin NULL
                                      COMMENT 'of the merchant''s events those that go here, comma separated; NULL: all',
  max_in_flight         INT           NOT NULL DEFAULT 64 COMMENT 'requests at a time, per node',
  rate_per_second       DECIMAL(9,3)  NULL COMMENT 'requests a second, of the whole cluster; NULL: no limit',
  rate_burst            INT           NULL COMMENT 'of those so many at once; NULL: those of one second',
  created_at            DATETIME(3)   NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  PRIMARY KEY (id),
  KEY ix_merchant_endpoints_merchant (merchant_id, id),
  CONSTRAINT fk_merchant_endpoints_merchant FOREIGN KEY (merchant_id) REFERENCES merchants (id),
  CONSTRAINT ck_merchant_endpoints_channel CHECK (channel IN ('HTTP', 'RABBITMQ', 'KAFKA', 'EMAIL', 'WEBSOCKET', 'SMS')),
  CONSTRAINT ck_merchant_endpoints_weight CHECK (weight >= 0),
  CONSTRAINT ck_merchant_endpoints_rate CHECK (rate_per_second > 0 AND rate_burst > 0)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Where a merchant is called; a change takes effect within a second';

-- ---------------------------------------------------------------------------------------------------------------
-- Orders
-- ---------------------------------------------------------------------------------------------------------------

-- Orderwatch never looks for all orders of a user or a merchant: an index for that is the shop's to add.
CREATE TABLE orders (
  id            BIGINT        NOT NULL AUTO_INCREMENT,
  order_no      VARCHAR(64)   NOT NULL,
  user_id       BIGINT        NOT NULL,
  group_id      BIGINT        NULL,
  strategy_id   BIGINT        NULL,
  merchant_id   BIGINT        NOT NULL,
  status        VARCHAR(16)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'PENDING'
                              COMMENT 'PENDING, PAID, COMPLETED, CANCELLED, FAILED or REFUNDED',
  amount        DECIMAL(20,4) NOT NULL DEFAULT 0,
  currency      CHAR(3)       CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'CNY',
  attributes    MEDIUMTEXT    NULL COMMENT 'a JSON object that is passed on to the merchant as it is',
  created_at    DATETIME(3)   NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  expires_at    DATETIME(3)   NULL COMMENT 'unpaid orders are cancelled then; NULL: created_at and the payment window',
  paid_at       DATETIME(3)   NULL COMMENT 'Orderwatch fills it in when it finds the order paid and this NULL',
  completed_at  DATETIME(3)   NULL,
  cancelled_at  DATETIME(3)   NULL,
  cancel_reason VARCHAR(64)   NULL COMMENT 'EXPIRED where Orderwatch cancelled it',
  seen_status   VARCHAR(16)   CHARACTER SET ascii COLLATE ascii_bin NULL
                              COMMENT 'Orderwatch writes it: the status it last dealt with; NULL: it never saw the order',
  held          TINYINT       NOT NULL DEFAULT 0
                              COMMENT '0 free; 1 its user, group or strategy is off; 2 set aside, see set_aside (write 0 to have it tried again)',
  shard         SMALLINT      GENERATED ALWAYS AS (ABS(user_id % ${shards})) STORED,
  work          TINYINT       GENERATED ALWAYS AS (held = 0 AND NOT (status <=> seen_status)) STORED,
  open_until    DATETIME(3)   GENERATED ALWAYS AS (CASE WHEN status = 'PENDING' AND held = 0 AND paid_at IS NULL THEN expires_at END) STORED,
  held_user     BIGINT        GENERATED ALWAYS AS (CASE WHEN held = 1 THEN user_id END) STORED
                              COMMENT 'whose switches hold it; NULL, with nearly all others, in one place of its index',
  PRIMARY KEY (id),
  UNIQUE KEY uk_orders_order_no (order_no),
  KEY ix_orders_work (shard, work, id),
  KEY ix_orders_open (shard, open_until),
  KEY ix_orders_held (held_user)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'The orders that are watched';

CREATE TABLE order_items (
  order_id   BIGINT        NOT NULL,
  line       SMALLINT      NOT NULL,
  sku        VARCHAR(64)   NOT NULL,
  quantity   INT           NOT NULL DEFAULT 1,
  unit_price DECIMAL(20,4) NOT NULL DEFAULT 0,
  PRIMARY KEY (order_id, line),
  CONSTRAINT fk_order_items_order FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'What was ordered';

CREATE TABLE order_status_logs (
  id          BIGINT      NOT NULL AUTO_INCREMENT,
  order_id    BIGINT      NOT NULL,
  user_id     BIGINT      NOT NULL,
  from_status VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'NULL: the order was new',
  to_status   VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  derived     TINYINT     NOT NULL DEFAULT 0 COMMENT '1: fell between two looks and was derived from what came after',
  occurred_at DATETIME(3) NOT NULL COMMENT 'when it happened as far as the order tells, else when it was noticed',
  node        VARCHAR(64) NOT NULL,
  epoch       BIGINT      NOT NULL,
  created_at  DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  PRIMARY KEY (id),
  KEY ix_order_status_logs_order (order_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Each step of each order''s life, once; removed by age along the primary key';

-- ---------------------------------------------------------------------------------------------------------------
-- The outbox. (order, event) is unique by construction: id = order id * 16 + the number of the event.
-- What a claim changes keeps its size, as long as nodes have names of one length: a state is one byte, a lease is never
-- NULL, and who writes a row puts its name where the claimer's will be. So the row is changed in its place; where rows
-- grow, their page has to be put in order for nearly each one that is claimed.
-- ---------------------------------------------------------------------------------------------------------------

CREATE TABLE notifications (
  id              BIGINT      NOT NULL COMMENT 'order_id * 16 + event number: one notification per order and event',
  order_id        BIGINT      NOT NULL,
  user_id         BIGINT      NOT NULL,
  group_id        BIGINT      NULL,
  strategy_id     BIGINT      NULL,
  merchant_id     BIGINT      NOT NULL,
  event           VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  body            MEDIUMTEXT  NOT NULL COMMENT 'what the merchant gets, fixed when the change was logged',
  state           ENUM('READY', 'SENDING', 'DELIVERED', 'DEAD') CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'READY',
  held            TINYINT     NOT NULL DEFAULT 0
                              COMMENT '0 free; 1 its user, group or strategy is off; 2 set aside; 3 parked: its merchant cannot be told now (off, breaker open, or too much waits)',
  attempts        INT         NOT NULL DEFAULT 0 COMMENT 'tries that were used up',
  next_attempt_at DATETIME(3) NOT NULL COMMENT 'no default: MySQL computes wake_at before it computes a default',
  claim_token     BIGINT      NOT NULL DEFAULT 0 COMMENT 'proof of the claim: a result is written only by who holds it',
  claimed_by      VARCHAR(64) NOT NULL DEFAULT '' COMMENT 'who claimed it last; until then the node that wrote it',
  lease_until     DATETIME(3) NOT NULL DEFAULT '1970-01-01 00:00:00'
                              COMMENT 'SENDING: a sender that has not answered until then is taken for dead; else it says nothing',
  created_at      DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  finished_at     DATETIME(3) NULL COMMENT 'when it became DELIVERED or DEAD',
  shard           SMALLINT    GENERATED ALWAYS AS (ABS(user_id % ${shards})) STORED,
  wake_at         DATETIME(3) GENERATED ALWAYS AS
                    (CASE WHEN state = 'SENDING' THEN lease_until
                          WHEN state = 'READY' AND held IN (0, 3) THEN next_attempt_at END) STORED
                    COMMENT 'when somebody has to look at it; NULL: never',
  lane            BIGINT      GENERATED ALWAYS AS
                    (CASE WHEN held <> 3 OR state IN ('DELIVERED', 'DEAD') THEN 0
                          WHEN attempts = 0 THEN merchant_id ELSE -merchant_id END) STORED
                    COMMENT '0: looked for whenever it is due; else parked, out of the others'' way: its merchant, negative when it was tried before',
  held_user       BIGINT      GENERATED ALWAYS AS (CASE WHEN held = 1 THEN user_id END) STORED
                    COMMENT 'whose switches hold it; NULL, with nearly all others, in one place of its index',
  PRIMARY KEY (id),
  KEY ix_notifications_wake (shard, lane, wake_at, id, merchant_id, attempts),
  KEY ix_notifications_held (held_user)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'The outbox: what merchants are to be told';

CREATE TABLE notification_attempts (
  id              BIGINT       NOT NULL AUTO_INCREMENT,
  notification_id BIGINT       NOT NULL,
  attempt         INT          NOT NULL COMMENT '1 is the first try',
  claim_token     BIGINT       NOT NULL DEFAULT 0 COMMENT 'of the claim that it was made under',
  step            SMALLINT     NOT NULL DEFAULT 1 COMMENT '1: the endpoint that was called first in this try; 2: the next, where that one failed; ...',
  endpoint_id     BIGINT       NULL,
  node            VARCHAR(64)  NOT NULL,
  epoch           BIGINT       NOT NULL COMMENT '0: by hand',
  started_at      DATETIME(3)  NOT NULL,
  duration_ms     INT          NOT NULL,
  outcome         VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                               COMMENT 'DELIVERED, or the class of what went wrong: DNS, CONNECT, TLS, TIMEOUT, RESET, STATUS, BODY, BLOCKED; BREAKER: given up without a call',
  http_status     SMALLINT     NULL,
  detail          VARCHAR(255) NULL,
  doubt           VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'NONE'
                               COMMENT 'UNHEARD: the merchant may have accepted it and our next try is a duplicate; TAKEN_OVER: a sender died at it, so this one may be; else NONE',
  created_at      DATETIME(3)  NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  PRIMARY KEY (id),
  UNIQUE KEY uk_notification_attempts_step (notification_id, attempt, claim_token, step)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Each try of each notification; removed by age along the primary key';

CREATE TABLE breaker_changes (
  id          BIGINT       NOT NULL AUTO_INCREMENT,
  merchant_id BIGINT       NOT NULL,
  endpoint_id BIGINT       NOT NULL,
  from_state  VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'CLOSED, OPEN or HALF_OPEN',
  to_state    VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reason      VARCHAR(255) NOT NULL,
  scope       VARCHAR(64)  NOT NULL DEFAULT '' COMMENT 'empty: the breaker of the cluster; a node: its own, while Redis was away',
  epoch       BIGINT       NOT NULL COMMENT 'grows with each change; whoever learns of it first writes the row',
  node        VARCHAR(64)  NOT NULL COMMENT 'the node that wrote the row',
  created_at  DATETIME(3)  NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  PRIMARY KEY (id),
  UNIQUE KEY uk_breaker_changes_epoch (endpoint_id, scope, epoch),
  KEY ix_breaker_changes_state (endpoint_id, scope, to_state, created_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Why a merchant endpoint was called no more, and when it was again; removed by age along the primary key';

CREATE TABLE slow_merchants (
  merchant_id BIGINT      NOT NULL,
  node        VARCHAR(64) NOT NULL COMMENT 'that found it slow',
  average_ms  INT         NOT NULL COMMENT 'of its last answers there',
  since       DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  PRIMARY KEY (merchant_id, node)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Merchants that are in the slow lane now; a row goes when its merchant is fast again, or its node starts anew';

CREATE TABLE set_aside (
  id          BIGINT       NOT NULL AUTO_INCREMENT,
  kind        VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'ORDER or NOTIFICATION',
  subject_id  BIGINT       NOT NULL,
  reason      VARCHAR(512) NOT NULL,
  times       INT          NOT NULL DEFAULT 1,
  node        VARCHAR(64)  NOT NULL,
  created_at  DATETIME(3)  NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  last_at     DATETIME(3)  NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  closed_at   DATETIME(3)  NULL COMMENT 'when it was found to be set free, or gone; NULL: it waits for somebody to mend it',
  PRIMARY KEY (id),
  UNIQUE KEY uk_set_aside_subject (kind, subject_id),
  KEY ix_set_aside_closed (closed_at, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Rows that broke a job, with the reason; write held = 0 into the row to have it tried again';

-- ---------------------------------------------------------------------------------------------------------------
-- Who works where
-- ---------------------------------------------------------------------------------------------------------------

CREATE TABLE node_leases (
  node        VARCHAR(64) NOT NULL,
  incarnation BIGINT      NOT NULL COMMENT 'differs each time the node joins',
  lease_until DATETIME(6) NOT NULL COMMENT 'renewed every second; what the node owns may be taken only after this',
  denied      TINYINT     NOT NULL DEFAULT 0 COMMENT '1: the leader refuses further renewals of this incarnation',
  clock_ahead_ms BIGINT   NULL COMMENT 'host''s clock less this database''s when the node looked last; nothing depends on it',
  PRIMARY KEY (node)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'One row a node, so that a renewal never waits for the work that holds the shards'' rows';

CREATE TABLE shard_leases (
  shard        SMALLINT    NOT NULL,
  node         VARCHAR(64) NULL COMMENT 'NULL: nobody yet',
  epoch        BIGINT      NOT NULL DEFAULT 0 COMMENT 'grows with each change of owner: the fence of everything that starts work',
  leader_epoch BIGINT      NOT NULL DEFAULT 0 COMMENT 'the leadership that granted it: an older one cannot grant any more',
  granted_at   DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
  PRIMARY KEY (shard)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Who owns each shard; lease_until is in node_leases';

CREATE TABLE shard_epochs (
  shard        SMALLINT    NOT NULL,
  epoch        BIGINT      NOT NULL,
  node         VARCHAR(64) NOT NULL,
  leader_epoch BIGINT      NOT NULL,
  reason       VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'FREE, HANDOVER or TAKEOVER',
  granted_at   DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
  PRIMARY KEY (shard, epoch),
  KEY ix_shard_epochs_granted (granted_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Who owned what when; removed by age';

-- ---------------------------------------------------------------------------------------------------------------
-- Jobs and operators
-- ---------------------------------------------------------------------------------------------------------------

CREATE TABLE job_settings (
  job              VARCHAR(64)  NOT NULL,
  enabled          TINYINT      NOT NULL DEFAULT 1 COMMENT 'operators write it: 0 pauses the job in the whole cluster',
  interval_ms      INT          NULL COMMENT 'operators write it: fires so often; give this or cron',
  cron             VARCHAR(120) NULL COMMENT 'operators write it: a Quartz cron expression, UTC',
  description      VARCHAR(255) NOT NULL DEFAULT '',
  applied_enabled  TINYINT      NULL COMMENT 'Orderwatch writes it: what is in force',
  applied_schedule VARCHAR(140) NULL COMMENT 'Orderwatch writes it: what is in force',
  rejected         VARCHAR(255) NULL COMMENT 'Orderwatch writes it: why the last change was not taken',
  applied_at       DATETIME(3)  NULL,
  PRIMARY KEY (job)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'When each job runs; a change takes effect within seconds';

INSERT INTO job_settings (job, interval_ms, cron, description) VALUES
  ('order-scan', 500, NULL, 'finds changed orders, logs each step, creates the notifications'),
  ('status-change', 500, NULL, 'applies the switches of users, groups and strategies'),
  ('expiry-cancel', 5000, NULL, 'cancels unpaid orders past their expiry'),
  ('notify-retry', 1000, NULL, 'sends notifications that are due again and those whose sender died'),
  ('alert-check', 2000, NULL, 'opens and closes incidents; what counts as one is in the nodes'' configuration'),
  ('give-up', 3600000, NULL, 'gives up what open breakers have held back for too long'),
  ('set-aside', 5000, NULL, 'closes the entries of set_aside whose row was set free'),
  ('log-cleanup', NULL, '0 17 3 * * ?', 'removes log rows and log files past their retention');

CREATE TABLE job_runs (
  job              VARCHAR(64)  NOT NULL,
  node             VARCHAR(64)  NOT NULL,
  last_started_at  DATETIME(3)  NOT NULL,
  last_duration_ms INT          NOT NULL,
  runs             BIGINT       NOT NULL DEFAULT 0 COMMENT 'since the node joined',
  worked           BIGINT       NOT NULL DEFAULT 0 COMMENT 'rows dealt with since the node joined',
  failures         BIGINT       NOT NULL DEFAULT 0,
  last_error       VARCHAR(512) NULL,
  last_error_at    DATETIME(3)  NULL,
  updated_at       DATETIME(3)  NOT NULL,
  PRIMARY KEY (job, node)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'How each job does on each node, written every few seconds';

CREATE TABLE alerts (
  id         BIGINT        NOT NULL AUTO_INCREMENT,
  name       VARCHAR(32)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                           COMMENT 'breaker-opened, slow-merchant, queue, success-rate, answer-time, error-rate or node-lost',
  subject    VARCHAR(128)  NOT NULL DEFAULT '' COMMENT 'what it is about, such as merchant 7; empty: the whole cluster',
  severity   VARCHAR(16)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'CRITICAL or WARNING',
  title      VARCHAR(255)  NOT NULL COMMENT 'in one line, in the language of alerts.language',
  message    VARCHAR(2000) NOT NULL COMMENT 'figures, effect and advice, as of the last notice',
  opened_at  DATETIME(3)   NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  noticed_at DATETIME(3)   NULL COMMENT 'when people were last told of it, or of the one like it before; NULL: not yet',
  notices    INT           NOT NULL DEFAULT 0 COMMENT 'how often people were told of it; 0: it was over, or quiet, before',
  closed_at  DATETIME(3)   NULL COMMENT 'NULL: it lasts',
  open_key   VARCHAR(192)  GENERATED ALWAYS AS (CASE WHEN closed_at IS NULL THEN CONCAT(name, ' ', subject) END) STORED
                           COMMENT 'unique: whichever node notices it, it is open once',
  PRIMARY KEY (id),
  UNIQUE KEY uk_alerts_open (open_key),
  KEY ix_alerts_subject (name, subject, noticed_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Incidents: when they opened, and when they closed';

CREATE TABLE alert_notices (
  id          BIGINT        NOT NULL AUTO_INCREMENT,
  alert_id    BIGINT        NOT NULL,
  channel     VARCHAR(16)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'telegram, wecom, webhook, mail or sms',
  stage       VARCHAR(16)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'OPENED, REPEATED or CLOSED',
  name        VARCHAR(32)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject     VARCHAR(128)  NOT NULL,
  severity    VARCHAR(16)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  title       VARCHAR(255)  NOT NULL,
  message     VARCHAR(2000) NOT NULL,
  attempts    INT           NOT NULL DEFAULT 0,
  due_at      DATETIME(3)   NULL COMMENT 'when it is to be sent, or when its sender counts as dead; NULL: sent, or given up',
  claim_token BIGINT        NOT NULL DEFAULT 0 COMMENT 'proof of the claim: a result is written only by who holds it',
  sent_at     DATETIME(3)   NULL,
  last_error  VARCHAR(255)  NULL,
  created_at  DATETIME(3)   NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  PRIMARY KEY (id),
  KEY ix_alert_notices_due (due_at),
  KEY ix_alert_notices_alert (alert_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'What people are told of incidents, once a channel; any node that has the channel sends it; removed by age';

CREATE TABLE delivery_minutes (
  minute      DATETIME    NOT NULL,
  merchant_id BIGINT      NOT NULL COMMENT '0: all merchants together',
  node        VARCHAR(64) NOT NULL,
  tries       INT         NOT NULL COMMENT 'whose result was written in that minute',
  accepted    INT         NOT NULL,
  unanswered  INT         NOT NULL COMMENT 'no usable answer: no connection, no trust, no answer in time, a broken one',
  millis      BIGINT      NOT NULL COMMENT 'of all tries together',
  PRIMARY KEY (minute, merchant_id, node)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'How merchants answer, each minute, written every few seconds by each node; removed by age';

CREATE TABLE audit_log (
  id         BIGINT       NOT NULL AUTO_INCREMENT,
  actor      VARCHAR(128) NOT NULL COMMENT 'user@host, or the node',
  action     VARCHAR(64)  NOT NULL,
  subject    VARCHAR(128) NOT NULL DEFAULT '',
  detail     VARCHAR(512) NOT NULL DEFAULT '',
  created_at DATETIME(3)  NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'What operators did by hand';
