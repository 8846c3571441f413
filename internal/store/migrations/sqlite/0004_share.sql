-- +goose Up
-- A link by which somebody shows what she chose of her record.
CREATE TABLE share (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  member_id  INTEGER NOT NULL REFERENCES member (id),
  center_id  INTEGER NOT NULL REFERENCES center (id),
  token_hash TEXT NOT NULL UNIQUE, -- SHA-256 of what stands in the link
  token      BLOB NOT NULL, -- the same, sealed with the installation's secret, so that she can copy the link again
  label      TEXT NOT NULL DEFAULT '', -- for herself alone
  company_id INTEGER REFERENCES company (id), -- who alone may open it; NULL: everybody who has the link
  what       TEXT NOT NULL, -- JSON
  created_at INTEGER NOT NULL,
  ends_at    INTEGER NOT NULL,
  ended_at   INTEGER NOT NULL DEFAULT 0 -- when she ended it
);
CREATE INDEX share_member ON share (member_id, id);

CREATE TABLE share_opened (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  share_id   INTEGER NOT NULL REFERENCES share (id),
  at         INTEGER NOT NULL,
  viewer_id  INTEGER NOT NULL DEFAULT 0, -- 0: not signed in
  company_id INTEGER REFERENCES company (id) -- for which the viewer was signed in
);
CREATE INDEX share_opened_share ON share_opened (share_id, id);

-- Look-ups of a certificate on the verify page while the holder's name stood on it.
CREATE TABLE verify_looked (
  certificate_id INTEGER NOT NULL REFERENCES certificate (id),
  day            INTEGER NOT NULL, -- its first instant in Tokyo
  looks          INTEGER NOT NULL,
  PRIMARY KEY (certificate_id, day)
);

-- +goose Down
DROP TABLE verify_looked;
DROP TABLE share_opened;
DROP TABLE share;
