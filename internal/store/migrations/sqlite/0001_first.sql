-- +goose Up
CREATE TABLE setting (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE center (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  slug         TEXT NOT NULL UNIQUE,
  name         TEXT NOT NULL,
  name_en      TEXT NOT NULL DEFAULT '',
  promise_days INTEGER NOT NULL DEFAULT 3,
  created_at   INTEGER NOT NULL
);

CREATE TABLE company (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  center_id  INTEGER NOT NULL REFERENCES center (id),
  name       TEXT NOT NULL,
  address    TEXT NOT NULL DEFAULT '',
  contact    TEXT NOT NULL DEFAULT '',
  about      TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL
);
CREATE INDEX company_center ON company (center_id, name);

CREATE TABLE member (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  email           TEXT UNIQUE, -- NULL for somebody without mail
  name            TEXT NOT NULL,
  kana            TEXT NOT NULL DEFAULT '',
  printed_name    TEXT NOT NULL DEFAULT '',
  language        TEXT NOT NULL DEFAULT 'ja',
  password        TEXT NOT NULL DEFAULT '', -- argon2id, PHC string; empty until the invitation is taken up
  hours_week      INTEGER NOT NULL DEFAULT 0,
  hours_stated_at INTEGER NOT NULL DEFAULT 0,
  share_at        INTEGER NOT NULL DEFAULT 0,
  verify_name_at  INTEGER NOT NULL DEFAULT 0,
  disabled_at     INTEGER NOT NULL DEFAULT 0,
  version         INTEGER NOT NULL DEFAULT 1,
  created_at      INTEGER NOT NULL
);
CREATE INDEX member_sort ON member ((CASE WHEN kana = '' THEN name ELSE kana END), id);

CREATE TABLE member_role (
  member_id  INTEGER NOT NULL REFERENCES member (id),
  center_id  INTEGER NOT NULL REFERENCES center (id),
  role       TEXT NOT NULL,
  company_id INTEGER REFERENCES company (id),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (member_id, center_id, role)
);
CREATE INDEX member_role_center ON member_role (center_id, role, member_id);
CREATE INDEX member_role_company ON member_role (company_id);

CREATE TABLE session (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  token_hash TEXT NOT NULL UNIQUE, -- SHA-256 of the cookie
  member_id  INTEGER NOT NULL REFERENCES member (id),
  center_id  INTEGER NOT NULL REFERENCES center (id),
  device     TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE INDEX session_member ON session (member_id);
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE login_attempt (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL, -- SHA-256 of the address, known or not
  at      INTEGER NOT NULL
);
CREATE INDEX login_attempt_account ON login_attempt (account, at);

CREATE TABLE link_token (
  token_hash TEXT PRIMARY KEY, -- SHA-256 of what stands in the link, or of member and code
  member_id  INTEGER NOT NULL REFERENCES member (id),
  kind       TEXT NOT NULL, -- invitation | reset | code
  made_by    INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at    INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX link_token_member ON link_token (member_id, kind);

CREATE TABLE idempotency (
  member_id INTEGER NOT NULL,
  key       TEXT NOT NULL,
  followed  TEXT NOT NULL DEFAULT '', -- what the deed answered, as JSON
  at        INTEGER NOT NULL,
  PRIMARY KEY (member_id, key)
);
CREATE INDEX idempotency_at ON idempotency (at);

CREATE TABLE cohort (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  center_id  INTEGER NOT NULL REFERENCES center (id),
  name       TEXT NOT NULL,
  starts_at  INTEGER NOT NULL,
  ends_at    INTEGER NOT NULL DEFAULT 0,
  version    INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL
);
CREATE INDEX cohort_center ON cohort (center_id, starts_at);

CREATE TABLE cohort_course (
  cohort_id INTEGER NOT NULL REFERENCES cohort (id),
  ord       INTEGER NOT NULL,
  course    TEXT NOT NULL,
  PRIMARY KEY (cohort_id, course)
);

CREATE TABLE enrolment (
  cohort_id         INTEGER NOT NULL REFERENCES cohort (id),
  member_id         INTEGER NOT NULL REFERENCES member (id),
  center_id         INTEGER NOT NULL REFERENCES center (id),
  at                INTEGER NOT NULL,
  left_at           INTEGER NOT NULL DEFAULT 0,
  sort_name         TEXT NOT NULL DEFAULT '', -- kana, or the name
  done              INTEGER NOT NULL DEFAULT 0,  -- items of the cohort's courses
  total             INTEGER NOT NULL DEFAULT 0,
  progress_permille INTEGER NOT NULL DEFAULT 0,
  last_activity     INTEGER NOT NULL DEFAULT 0,
  finished_at       INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (cohort_id, member_id)
);
CREATE INDEX enrolment_member ON enrolment (member_id);
CREATE INDEX enrolment_progress ON enrolment (cohort_id, progress_permille, member_id);
CREATE INDEX enrolment_activity ON enrolment (cohort_id, last_activity, member_id);
CREATE INDEX enrolment_name ON enrolment (cohort_id, sort_name, member_id);
CREATE INDEX enrolment_quiet ON enrolment (center_id, finished_at, left_at, last_activity, cohort_id, member_id);

CREATE TABLE course_text (
  hash TEXT PRIMARY KEY, -- SHA-256 of what affects a result
  kind TEXT NOT NULL,    -- assignment | quiz | outline
  body TEXT NOT NULL     -- JSON, as it was used
);

CREATE TABLE course_run (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  member_id     INTEGER NOT NULL REFERENCES member (id),
  center_id     INTEGER NOT NULL REFERENCES center (id),
  course        TEXT NOT NULL,
  edition       TEXT NOT NULL,
  outline_hash  TEXT NOT NULL REFERENCES course_text (hash),
  started_at    INTEGER NOT NULL,
  completed_at  INTEGER NOT NULL DEFAULT 0,
  total         INTEGER NOT NULL,
  done          INTEGER NOT NULL DEFAULT 0,
  last_activity INTEGER NOT NULL DEFAULT 0,
  UNIQUE (member_id, course, edition)
);
CREATE INDEX course_run_course ON course_run (center_id, course, completed_at);

CREATE TABLE run_module (
  run_id   INTEGER NOT NULL REFERENCES course_run (id),
  module   TEXT NOT NULL,
  total    INTEGER NOT NULL,
  done     INTEGER NOT NULL DEFAULT 0,
  waiting  INTEGER NOT NULL DEFAULT 0,
  returned INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (run_id, module)
);

CREATE TABLE item_done (
  run_id INTEGER NOT NULL REFERENCES course_run (id),
  module TEXT NOT NULL,
  item   TEXT NOT NULL,
  at     INTEGER NOT NULL,
  counts INTEGER NOT NULL DEFAULT 1, -- it was there when the run was begun; what was added to the course later moves no figure
  PRIMARY KEY (run_id, module, item)
);

CREATE TABLE quiz_attempt (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id    INTEGER NOT NULL REFERENCES course_run (id),
  module    TEXT NOT NULL,
  item      TEXT NOT NULL,
  n         INTEGER NOT NULL,
  at        INTEGER NOT NULL,
  correct   INTEGER NOT NULL,
  questions INTEGER NOT NULL,
  percent   INTEGER NOT NULL,
  passed    INTEGER NOT NULL,
  quiz_hash TEXT NOT NULL REFERENCES course_text (hash),
  given     TEXT NOT NULL,
  UNIQUE (run_id, module, item, n)
);

CREATE TABLE submission (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id      INTEGER NOT NULL REFERENCES course_run (id),
  member_id   INTEGER NOT NULL REFERENCES member (id),
  center_id   INTEGER NOT NULL REFERENCES center (id),
  course      TEXT NOT NULL,
  module      TEXT NOT NULL,
  item        TEXT NOT NULL,
  turn        TEXT NOT NULL,
  turn_since  INTEGER NOT NULL,
  version     INTEGER NOT NULL DEFAULT 1,
  attempts    INTEGER NOT NULL DEFAULT 0,
  opened_at   INTEGER NOT NULL,
  due_at      INTEGER NOT NULL DEFAULT 0,
  passed_at   INTEGER NOT NULL DEFAULT 0,
  second_look INTEGER NOT NULL DEFAULT 0,
  not_mentor  INTEGER NOT NULL DEFAULT 0,
  UNIQUE (run_id, module, item)
);
CREATE INDEX submission_turn ON submission (center_id, turn, turn_since, id);
CREATE INDEX submission_member ON submission (member_id, turn);

CREATE TABLE claim (
  submission_id INTEGER PRIMARY KEY REFERENCES submission (id),
  mentor_id     INTEGER NOT NULL REFERENCES member (id),
  until         INTEGER NOT NULL
);

CREATE TABLE attempt (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  submission_id   INTEGER NOT NULL REFERENCES submission (id),
  n               INTEGER NOT NULL,
  at              INTEGER NOT NULL,
  body            TEXT NOT NULL DEFAULT '',
  note            TEXT NOT NULL DEFAULT '',
  self_check      TEXT NOT NULL DEFAULT '[]',
  minutes         INTEGER NOT NULL DEFAULT 0,
  handed_in_by    INTEGER NOT NULL REFERENCES member (id),
  assisted        INTEGER NOT NULL DEFAULT 0,
  assignment_hash TEXT NOT NULL REFERENCES course_text (hash),
  check_result    TEXT NOT NULL DEFAULT '',
  check_problem   TEXT NOT NULL DEFAULT '',
  UNIQUE (submission_id, n)
);

CREATE TABLE file (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  owner_id   INTEGER NOT NULL REFERENCES member (id),
  name       TEXT NOT NULL,
  type       TEXT NOT NULL,
  size       INTEGER NOT NULL,
  sha256     TEXT NOT NULL,
  place      TEXT NOT NULL UNIQUE, -- where files keeps it
  attempt_id INTEGER REFERENCES attempt (id), -- NULL: staged in a draft
  ord        INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
);
CREATE INDEX file_attempt ON file (attempt_id, ord);
CREATE INDEX file_owner ON file (owner_id, attempt_id);

CREATE TABLE draft (
  member_id INTEGER NOT NULL REFERENCES member (id),
  key       TEXT NOT NULL,
  body      TEXT NOT NULL,
  saved_at  INTEGER NOT NULL,
  PRIMARY KEY (member_id, key)
);

CREATE TABLE assessment (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  submission_id INTEGER NOT NULL REFERENCES submission (id),
  attempt_id    INTEGER NOT NULL REFERENCES attempt (id),
  mentor_id     INTEGER NOT NULL REFERENCES member (id),
  at            INTEGER NOT NULL,
  verdict       TEXT NOT NULL,
  closing       TEXT NOT NULL DEFAULT '',
  percent       INTEGER NOT NULL,
  second_look   INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX assessment_submission ON assessment (submission_id, id);
CREATE INDEX assessment_mentor ON assessment (mentor_id, at);
CREATE UNIQUE INDEX assessment_attempt ON assessment (attempt_id, mentor_id);

CREATE TABLE mark (
  assessment_id INTEGER NOT NULL REFERENCES assessment (id),
  row_id        TEXT NOT NULL,
  level         INTEGER NOT NULL,
  comment       TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (assessment_id, row_id)
);

CREATE TABLE fix (
  assessment_id INTEGER NOT NULL REFERENCES assessment (id),
  n             INTEGER NOT NULL,
  row_id        TEXT NOT NULL,
  body          TEXT NOT NULL,
  place         TEXT NOT NULL DEFAULT '',
  ticked_at     INTEGER NOT NULL DEFAULT 0, -- the trainee says it is done
  found         INTEGER NOT NULL DEFAULT 0, -- at the next attempt: 0 not looked at, 1 done, 2 not done
  PRIMARY KEY (assessment_id, n)
);

CREATE TABLE award (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  member_id  INTEGER NOT NULL REFERENCES member (id),
  skill      TEXT NOT NULL,
  level      INTEGER NOT NULL,
  attempt_id INTEGER NOT NULL REFERENCES attempt (id),
  at         INTEGER NOT NULL,
  evidence   TEXT NOT NULL, -- JSON
  UNIQUE (attempt_id, skill)
);
CREATE INDEX award_member ON award (member_id, skill, at);

CREATE TABLE award_assessor (
  award_id      INTEGER NOT NULL REFERENCES award (id),
  mentor_id     INTEGER NOT NULL REFERENCES member (id),
  assessment_id INTEGER NOT NULL REFERENCES assessment (id),
  at            INTEGER NOT NULL,
  PRIMARY KEY (award_id, mentor_id)
);

CREATE TABLE certificate_grant (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  member_id INTEGER NOT NULL REFERENCES member (id),
  center_id INTEGER NOT NULL REFERENCES center (id),
  kind      TEXT NOT NULL,
  subject   TEXT NOT NULL,
  edition   TEXT NOT NULL,
  at        INTEGER NOT NULL,
  UNIQUE (member_id, kind, subject, edition)
);
CREATE INDEX certificate_grant_center ON certificate_grant (center_id, at);

CREATE TABLE certificate (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  grant_id  INTEGER NOT NULL REFERENCES certificate_grant (id),
  revision  INTEGER NOT NULL,
  number    TEXT NOT NULL UNIQUE,
  issued_at INTEGER NOT NULL,
  is_public INTEGER NOT NULL DEFAULT 0,
  snapshot  TEXT NOT NULL, -- JSON: what stands on the paper
  UNIQUE (grant_id, revision)
);

CREATE TABLE certificate_pdf (
  certificate_id INTEGER PRIMARY KEY REFERENCES certificate (id),
  bytes          BLOB NOT NULL,
  sha256         TEXT NOT NULL,
  renderer       TEXT NOT NULL,
  at             INTEGER NOT NULL
);

CREATE TABLE readiness (
  member_id   INTEGER NOT NULL REFERENCES member (id),
  job_type    TEXT NOT NULL,
  center_id   INTEGER NOT NULL REFERENCES center (id),
  ready       INTEGER NOT NULL,
  until       INTEGER NOT NULL DEFAULT 0,
  since       INTEGER NOT NULL DEFAULT 0, -- ready without a break since
  shown       INTEGER NOT NULL,
  missing     TEXT NOT NULL, -- JSON
  at          INTEGER NOT NULL,
  PRIMARY KEY (member_id, job_type)
);
CREATE INDEX readiness_ready ON readiness (center_id, job_type, ready, until);
CREATE INDEX readiness_since ON readiness (center_id, ready, since);

CREATE TABLE readiness_change (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  member_id INTEGER NOT NULL REFERENCES member (id),
  job_type  TEXT NOT NULL,
  ready     INTEGER NOT NULL,
  until     INTEGER NOT NULL DEFAULT 0,
  shown     INTEGER NOT NULL,
  missing   TEXT NOT NULL,
  at        INTEGER NOT NULL
);
CREATE INDEX readiness_change_member ON readiness_change (member_id, id);

CREATE TABLE posting (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  center_id    INTEGER NOT NULL REFERENCES center (id),
  company_id   INTEGER NOT NULL REFERENCES company (id),
  title        TEXT NOT NULL,
  job_type     TEXT NOT NULL,
  work         TEXT NOT NULL DEFAULT '',
  deliverable  TEXT NOT NULL DEFAULT '',
  quantity     TEXT NOT NULL DEFAULT '',
  pay_yen      INTEGER NOT NULL DEFAULT 0,
  tax_included INTEGER NOT NULL DEFAULT 1,
  hours        INTEGER NOT NULL DEFAULT 0,
  hours_week   INTEGER NOT NULL DEFAULT 0,
  deadline_at  INTEGER NOT NULL DEFAULT 0,
  places       INTEGER NOT NULL DEFAULT 1,
  state        TEXT NOT NULL,
  version      INTEGER NOT NULL DEFAULT 1,
  created_by   INTEGER NOT NULL REFERENCES member (id),
  created_at   INTEGER NOT NULL,
  opened_at    INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX posting_center ON posting (center_id, state, opened_at);
CREATE INDEX posting_company ON posting (company_id, created_at);

CREATE TABLE interest (
  posting_id INTEGER NOT NULL REFERENCES posting (id),
  member_id  INTEGER NOT NULL REFERENCES member (id),
  at         INTEGER NOT NULL,
  PRIMARY KEY (posting_id, member_id)
);
CREATE INDEX interest_member ON interest (member_id);

CREATE TABLE disclosure (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  member_id  INTEGER NOT NULL REFERENCES member (id), -- who was shown
  posting_id INTEGER NOT NULL REFERENCES posting (id),
  company_id INTEGER NOT NULL REFERENCES company (id),
  viewer_id  INTEGER NOT NULL REFERENCES member (id),
  basis      TEXT NOT NULL, -- general | interest
  at         INTEGER NOT NULL
);
CREATE INDEX disclosure_member ON disclosure (member_id, id);
CREATE INDEX disclosure_posting ON disclosure (posting_id, member_id, id);

CREATE TABLE event (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  at         INTEGER NOT NULL,
  center_id  INTEGER NOT NULL DEFAULT 0,
  actor_id   INTEGER NOT NULL DEFAULT 0,
  action     TEXT NOT NULL,
  subject    TEXT NOT NULL DEFAULT '',
  subject_id INTEGER NOT NULL DEFAULT 0,
  about_id   INTEGER NOT NULL DEFAULT 0,
  data       TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX event_center ON event (center_id, id);
CREATE INDEX event_about ON event (about_id, id);

CREATE TABLE outbox (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  member_id  INTEGER NOT NULL REFERENCES member (id),
  kind       TEXT NOT NULL, -- invitation | reset | received | returned | passed | certificate
  at_once    INTEGER NOT NULL, -- not held back for the day's digest
  data       TEXT NOT NULL, -- JSON
  created_at INTEGER NOT NULL,
  send_after INTEGER NOT NULL,
  sent_at    INTEGER NOT NULL DEFAULT 0,
  tries      INTEGER NOT NULL DEFAULT 0,
  error      TEXT NOT NULL DEFAULT ''
);
CREATE INDEX outbox_due ON outbox (sent_at, send_after);
CREATE INDEX outbox_member ON outbox (member_id, sent_at);

-- +goose Down
DROP TABLE outbox;
DROP TABLE event;
DROP TABLE disclosure;
DROP TABLE interest;
DROP TABLE posting;
DROP TABLE readiness_change;
DROP TABLE readiness;
DROP TABLE certificate_pdf;
DROP TABLE certificate;
DROP TABLE certificate_grant;
DROP TABLE award_assessor;
DROP TABLE award;
DROP TABLE fix;
DROP TABLE mark;
DROP TABLE assessment;
DROP TABLE draft;
DROP TABLE file;
DROP TABLE attempt;
DROP TABLE claim;
DROP TABLE submission;
DROP TABLE quiz_attempt;
DROP TABLE item_done;
DROP TABLE run_module;
DROP TABLE course_run;
DROP TABLE course_text;
DROP TABLE enrolment;
DROP TABLE cohort_course;
DROP TABLE cohort;
DROP TABLE idempotency;
DROP TABLE link_token;
DROP TABLE login_attempt;
DROP TABLE session;
DROP TABLE member_role;
DROP TABLE member;
DROP TABLE company;
DROP TABLE center;
DROP TABLE setting;
