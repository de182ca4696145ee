-- Steps of an authenticator app that lie beyond its last one and may have been used: the clock was ahead then.
CREATE TABLE totp_spent_steps (
  factor_id UUID NOT NULL REFERENCES totp_factors (id) ON DELETE CASCADE,
  from_step BIGINT NOT NULL,
  to_step BIGINT NOT NULL
);
CREATE INDEX totp_spent_steps_by_factor ON totp_spent_steps (factor_id, to_step);
