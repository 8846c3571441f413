-- +goose Up
ALTER TABLE certificate ADD COLUMN until_at INTEGER NOT NULL DEFAULT 0;   -- when it lapses; 0: never
ALTER TABLE certificate ADD COLUMN cause TEXT NOT NULL DEFAULT '';        -- renewed | corrected; empty: it was earned
ALTER TABLE certificate ADD COLUMN is_hidden INTEGER NOT NULL DEFAULT 0;
ALTER TABLE certificate ADD COLUMN batch_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE certificate ADD COLUMN center_id INTEGER NOT NULL DEFAULT 0;       -- its grant's, for lists
UPDATE certificate SET center_id = (SELECT g.center_id FROM certificate_grant g WHERE g.id = certificate.grant_id);
CREATE INDEX certificate_center ON certificate (center_id, id);

-- What happened to a certificate after its issue: rows are only ever added, the latest one counts.
CREATE TABLE certificate_change (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  certificate_id INTEGER NOT NULL REFERENCES certificate (id),
  state          TEXT NOT NULL, -- revoked | replaced | withdrawn
  at             INTEGER NOT NULL,
  by_id          INTEGER NOT NULL DEFAULT 0, -- 0: by rule
  reason         TEXT NOT NULL,
  note           TEXT NOT NULL DEFAULT '', -- for staff alone
  successor_id   INTEGER REFERENCES certificate (id),
  UNIQUE (certificate_id, state)
);
CREATE INDEX certificate_change_latest ON certificate_change (certificate_id, id);

-- The bytes of a certificate as they were first rendered, for each state it was in.
CREATE TABLE certificate_paper (
  certificate_id INTEGER NOT NULL REFERENCES certificate (id),
  state          TEXT NOT NULL, -- valid | lapsed | replaced | revoked
  bytes          BLOB NOT NULL,
  sha256         TEXT NOT NULL,
  renderer       TEXT NOT NULL,
  at             INTEGER NOT NULL,
  PRIMARY KEY (certificate_id, state)
);
INSERT INTO certificate_paper SELECT certificate_id, 'valid', bytes, sha256, renderer, at FROM certificate_pdf;
DROP TABLE certificate_pdf;
CREATE INDEX certificate_paper_sha256 ON certificate_paper (sha256);

CREATE TABLE award_revocation (
  award_id INTEGER PRIMARY KEY REFERENCES award (id),
  at       INTEGER NOT NULL,
  by_id    INTEGER NOT NULL REFERENCES member (id),
  reason   TEXT NOT NULL,
  note     TEXT NOT NULL DEFAULT ''
);

ALTER TABLE member ADD COLUMN latin_name TEXT NOT NULL DEFAULT '';
ALTER TABLE member ADD COLUMN printed_kana INTEGER NOT NULL DEFAULT 0;
ALTER TABLE member ADD COLUMN erased_at INTEGER NOT NULL DEFAULT 0;

-- Pictures on certificates, by what they hold; what a certificate was printed with stays.
CREATE TABLE picture (
  sha256     TEXT PRIMARY KEY,
  center_id  INTEGER NOT NULL REFERENCES center (id),
  bytes      BLOB NOT NULL, -- PNG of our own making
  created_at INTEGER NOT NULL
);

CREATE TABLE center_design (
  center_id     INTEGER PRIMARY KEY REFERENCES center (id),
  design        TEXT NOT NULL, -- JSON
  identity      BLOB,          -- PKCS #12 with its password, sealed with the installation's secret; NULL: files are not signed
  identity_name TEXT NOT NULL DEFAULT '',
  identity_ends INTEGER NOT NULL DEFAULT 0,
  version       INTEGER NOT NULL DEFAULT 1,
  changed_at    INTEGER NOT NULL
);

-- Certificates of a whole cohort at once. A worker takes the people one by one; each is one transaction.
CREATE TABLE batch (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  center_id   INTEGER NOT NULL REFERENCES center (id),
  cohort_id   INTEGER NOT NULL REFERENCES cohort (id),
  made_by     INTEGER NOT NULL REFERENCES member (id),
  created_at  INTEGER NOT NULL,
  total       INTEGER NOT NULL,
  done        INTEGER NOT NULL DEFAULT 0,
  failed      INTEGER NOT NULL DEFAULT 0,
  finished_at INTEGER NOT NULL DEFAULT 0,
  held_until  INTEGER NOT NULL DEFAULT 0 -- by the node that works on it
);
CREATE INDEX batch_cohort ON batch (cohort_id, id);
CREATE INDEX batch_open ON batch (finished_at, held_until);

CREATE TABLE batch_item (
  batch_id       INTEGER NOT NULL REFERENCES batch (id),
  member_id      INTEGER NOT NULL REFERENCES member (id),
  n              INTEGER NOT NULL,
  done_at        INTEGER NOT NULL DEFAULT 0,
  certificate_id INTEGER REFERENCES certificate (id),
  problem        TEXT NOT NULL DEFAULT '', -- key of why there is none
  PRIMARY KEY (batch_id, n)
);

-- +goose Down
DROP TABLE batch_item;
DROP TABLE batch;
DROP TABLE center_design;
DROP TABLE picture;
ALTER TABLE member DROP COLUMN erased_at;
ALTER TABLE member DROP COLUMN printed_kana;
ALTER TABLE member DROP COLUMN latin_name;
DROP TABLE award_revocation;
CREATE TABLE certificate_pdf (
  certificate_id INTEGER PRIMARY KEY REFERENCES certificate (id),
  bytes          BLOB NOT NULL,
  sha256         TEXT NOT NULL,
  renderer       TEXT NOT NULL,
  at             INTEGER NOT NULL
);
INSERT INTO certificate_pdf SELECT certificate_id, bytes, sha256, renderer, at FROM certificate_paper WHERE state = 'valid';
DROP TABLE certificate_paper;
DROP TABLE certificate_change;
DROP INDEX certificate_center;
ALTER TABLE certificate DROP COLUMN center_id;
ALTER TABLE certificate DROP COLUMN batch_id;
ALTER TABLE certificate DROP COLUMN is_hidden;
ALTER TABLE certificate DROP COLUMN cause;
ALTER TABLE certificate DROP COLUMN until_at;
