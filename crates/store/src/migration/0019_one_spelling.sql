-- One spelling of enrollment, in names and values as everywhere else.
ALTER TABLE enrolment_days RENAME TO enrollment_days;
DROP INDEX enrolment_days_by_day;
CREATE INDEX enrollment_days_by_day ON enrollment_days (day);
UPDATE sessions SET purpose = 'enrollment' WHERE purpose = 'enrolment';
