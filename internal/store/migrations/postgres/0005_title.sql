-- +goose Up
-- What a cohort's certificates say was completed; '' in Japanese: its name, '' in English: the same as in Japanese.
ALTER TABLE cohort ADD COLUMN title_ja TEXT NOT NULL DEFAULT '';
ALTER TABLE cohort ADD COLUMN title_en TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE cohort DROP COLUMN title_en;
ALTER TABLE cohort DROP COLUMN title_ja;
