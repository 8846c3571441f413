package store

import (
	"context"
	"time"

	"tenarai/internal/member"
	"tenarai/internal/practice"
)

// The parts of a person's data, for the statements of erasure.
const (
	herRuns        = "(SELECT id FROM course_run WHERE member_id = @m)"
	herSubmissions = "(SELECT id FROM submission WHERE member_id = @m)"
	herAttempts    = "(SELECT id FROM attempt WHERE submission_id IN " + herSubmissions + ")"
	herAssessments = "(SELECT id FROM assessment WHERE submission_id IN " + herSubmissions + ")"
	herAwards      = "(SELECT id FROM award WHERE member_id = @m)"
	herShares      = "(SELECT id FROM share WHERE member_id = @m)"
	herPapers      = "(SELECT c.id FROM certificate c JOIN certificate_grant g ON g.id = c.grant_id WHERE g.member_id = @m)"
)

// erasure is what makes somebody forgotten, in this order. Rows stay where figures are made of them (runs, pieces, judgements,
// enrolments) or where others' figures would move (the first disclosure on a posting gives the candidates their letters), but
// no word that she wrote, that was written to her, or that names her.
var erasure = []string{
	"DELETE FROM session WHERE member_id = @m",
	"DELETE FROM link_token WHERE member_id = @m",
	"DELETE FROM login_attempt WHERE account IN @accounts",
	"DELETE FROM outbox WHERE member_id = @m",
	"DELETE FROM idempotency WHERE member_id = @m",
	"DELETE FROM draft WHERE member_id = @m OR key IN @drafts",
	"DELETE FROM claim WHERE submission_id IN " + herSubmissions,
	"DELETE FROM interest WHERE member_id = @m",
	"DELETE FROM share_opened WHERE share_id IN " + herShares,
	"DELETE FROM share WHERE member_id = @m",
	"DELETE FROM verify_looked WHERE certificate_id IN " + herPapers,
	"DELETE FROM disclosure WHERE member_id = @m AND id NOT IN (SELECT MIN(id) FROM disclosure WHERE member_id = @m GROUP BY posting_id)",
	"DELETE FROM award_revocation WHERE award_id IN " + herAwards,
	"DELETE FROM award_assessor WHERE award_id IN " + herAwards,
	"DELETE FROM award WHERE member_id = @m",
	"DELETE FROM readiness WHERE member_id = @m",
	"DELETE FROM readiness_change WHERE member_id = @m",
	"DELETE FROM file WHERE owner_id = @m OR attempt_id IN " + herAttempts,
	"UPDATE attempt SET body = '', note = '', self_check = '[]', check_result = '', check_problem = '' WHERE submission_id IN " + herSubmissions,
	"UPDATE mark SET comment = '' WHERE assessment_id IN " + herAssessments,
	"UPDATE fix SET body = '', place = '' WHERE assessment_id IN " + herAssessments,
	"UPDATE assessment SET closing = '' WHERE submission_id IN " + herSubmissions,
	"UPDATE submission SET turn = 'nobody', version = version + 1 WHERE member_id = @m AND turn <> 'nobody'",
	"UPDATE run_module SET waiting = 0, returned = 0 WHERE run_id IN " + herRuns,
	"UPDATE quiz_attempt SET given = '{}' WHERE run_id IN " + herRuns,
	"UPDATE enrolment SET sort_name = '', left_at = CASE WHEN left_at = 0 THEN @now ELSE left_at END WHERE member_id = @m",
	"DELETE FROM certificate_paper WHERE certificate_id IN " + herPapers,
	"UPDATE certificate_change SET note = '' WHERE certificate_id IN " + herPapers,
	"UPDATE certificate SET snapshot = '{}', is_public = FALSE WHERE id IN " + herPapers,
	"UPDATE event SET data = '{}' WHERE about_id = @m OR (actor_id = @m AND about_id = 0)",
	"DELETE FROM member_role WHERE member_id = @m",
	`UPDATE member SET email = NULL, name = '', kana = '', printed_name = '', printed_kana = FALSE, latin_name = '', language = 'ja', password = '',
		hours_week = 0, hours_stated_at = 0, share_at = 0, verify_name_at = 0, version = version + 1,
		disabled_at = CASE WHEN disabled_at = 0 THEN @now ELSE disabled_at END, erased_at = CASE WHEN erased_at = 0 THEN @now ELSE erased_at END WHERE id = @m`,
}

// Erase forgets a person: all that was written by, to and about her is gone, her row stays without a name. accounts are those
// under which her failed sign-ins are counted, drafts the keys of what mentors were typing about her work. The answer is where
// the bytes of her files are, for the disk to forget them when the transaction is kept. Erasing twice changes nothing more.
func (s *Store) Erase(ctx context.Context, m member.ID, accounts, drafts []string, now time.Time) (places []string, err error) {
	args := map[string]any{"m": m, "now": ms(now), "accounts": accounts, "drafts": drafts}
	err = s.x(ctx).Raw("SELECT place FROM file WHERE owner_id = @m OR attempt_id IN "+herAttempts, args).Scan(&places).Error
	if err != nil {
		return nil, wrap("list files to erase", err)
	}
	for _, statement := range erasure {
		if err := s.x(ctx).Exec(statement, args).Error; err != nil {
			return nil, wrap("erase", err)
		}
	}
	return places, nil
}

// Erased are the people erased since a time.
func (s *Store) Erased(ctx context.Context, since time.Time) ([]member.ID, error) {
	var ids []member.ID
	err := s.q(ctx).Raw("SELECT id FROM member WHERE erased_at > 0 AND erased_at >= ? ORDER BY id", ms(since)).Scan(&ids).Error
	return ids, wrap("list erased people", err)
}

// SubmissionIDs are all of a person's submissions.
func (s *Store) SubmissionIDs(ctx context.Context, m member.ID) ([]practice.SubmissionID, error) {
	var ids []practice.SubmissionID
	err := s.q(ctx).Raw("SELECT id FROM submission WHERE member_id = ? ORDER BY id", m).Scan(&ids).Error
	return ids, wrap("list submissions", err)
}
