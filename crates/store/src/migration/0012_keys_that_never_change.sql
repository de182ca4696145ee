-- A column of a whole unique index counts as a key that others may refer to: setting the handle of somebody who had none
-- would make everybody wait who adds a row of theirs. A partial index is no such key.
DROP INDEX users_by_handle;
CREATE UNIQUE INDEX users_by_handle ON users (user_handle) WHERE user_handle IS NOT NULL;
