INSERT INTO job_settings (job, interval_ms, cron, description) VALUES
  ('doctor', 30000, NULL, 'finds and repairs triggers that are stuck, in error, missing, or of nodes that are gone');
