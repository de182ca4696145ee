-- A session has one live token. Those that a later one replaced are good until ends_at, and for what they could
-- do before. Of the tokens that a session gathered so far the newest stays.
ALTER TABLE session_tokens ADD COLUMN ends_at BIGINT;
DELETE FROM session_tokens WHERE EXISTS (SELECT 1 FROM session_tokens newer
  WHERE newer.session_id = session_tokens.session_id AND (newer.created_at > session_tokens.created_at
  OR (newer.created_at = session_tokens.created_at AND newer.id > session_tokens.id)));
CREATE UNIQUE INDEX session_tokens_one_live ON session_tokens (session_id) WHERE ends_at IS NULL;
