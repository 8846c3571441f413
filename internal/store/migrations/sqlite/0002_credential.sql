-- +goose Up
CREATE TABLE credential_key (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  kid        TEXT NOT NULL UNIQUE,
  algorithm  TEXT NOT NULL, -- eddsa-rdfc-2022 | RS256
  public     BLOB NOT NULL, -- PKIX, DER; published for ever
  private    BLOB NOT NULL, -- PKCS #8, DER, sealed with the installation's secret
  created_at INTEGER NOT NULL,
  retired_at INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX credential_key_signs ON credential_key (algorithm) WHERE retired_at = 0;

CREATE TABLE status_list (
  n          INTEGER PRIMARY KEY,
  taken      INTEGER NOT NULL DEFAULT 0, -- places, kept by whoever takes one
  changed_at INTEGER NOT NULL -- since when it says what it says
);

CREATE TABLE status_entry (
  certificate_id INTEGER PRIMARY KEY REFERENCES certificate (id),
  list           INTEGER NOT NULL REFERENCES status_list (n),
  status_index   INTEGER NOT NULL, -- chosen by chance
  UNIQUE (list, status_index)
);

-- +goose Down
DROP TABLE status_entry;
DROP TABLE status_list;
DROP TABLE credential_key;
