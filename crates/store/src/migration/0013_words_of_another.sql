-- Invitations into the operators' tenant that wait for the word of another operator. Who invited may be gone by then.
CREATE TABLE operator_approvals (
  user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  invited_by UUID NOT NULL,
  asked_at BIGINT NOT NULL
);

-- When somebody else chose the password of an account; none where its owner did.
ALTER TABLE users ADD COLUMN password_given_at BIGINT;

-- A sign-in that waits for a new password on a page belongs to the browser it began in.
ALTER TABLE links ADD COLUMN browser_hash BYTEA;
