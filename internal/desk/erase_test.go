package desk_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/demo"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
)

// hers says of every table which rows are a person's own (%d is her id), or that none are. A new table must be put here, and
// into erasure, before these tests pass.
var hers = map[string]string{
	"goose_db_version": "", "setting": "", "center": "", "company": "", "cohort": "", "cohort_course": "", "course_text": "", "posting": "",
	"credential_key": "", "status_list": "", "status_entry": "", "picture": "", "center_design": "", "batch": "",
	"member": "id = %d", "member_role": "member_id = %d", "session": "member_id = %d", "link_token": "member_id = %d",
	"login_attempt": "1 = 1", // hashes of accounts, kept for a day
	"idempotency":   "member_id = %d", "enrolment": "member_id = %d", "course_run": "member_id = %d", "run_module": "run_id IN (SELECT id FROM course_run WHERE member_id = %d)",
	"item_done":    "run_id IN (SELECT id FROM course_run WHERE member_id = %d)",
	"quiz_attempt": "run_id IN (SELECT id FROM course_run WHERE member_id = %d)",
	"submission":   "member_id = %d",
	"claim":        "submission_id IN (SELECT id FROM submission WHERE member_id = %d)",
	"attempt":      "submission_id IN (SELECT id FROM submission WHERE member_id = %d)",
	"file":         "owner_id = %d",
	"draft":        "member_id = %d OR body LIKE '%%秘密の下書き%%'", // a mentor's, about her work
	"assessment":   "submission_id IN (SELECT id FROM submission WHERE member_id = %d)",
	"mark":         "assessment_id IN (SELECT a.id FROM assessment a JOIN submission s ON s.id = a.submission_id WHERE s.member_id = %d)",
	"fix":          "assessment_id IN (SELECT a.id FROM assessment a JOIN submission s ON s.id = a.submission_id WHERE s.member_id = %d)",
	"award":        "member_id = %d", "award_assessor": "award_id IN (SELECT id FROM award WHERE member_id = %d)",
	"award_revocation":   "award_id IN (SELECT id FROM award WHERE member_id = %d)",
	"certificate_grant":  "member_id = %d",
	"certificate":        "grant_id IN (SELECT id FROM certificate_grant WHERE member_id = %d)",
	"certificate_change": "certificate_id IN (SELECT c.id FROM certificate c JOIN certificate_grant g ON g.id = c.grant_id WHERE g.member_id = %d)",
	"certificate_paper":  "certificate_id IN (SELECT c.id FROM certificate c JOIN certificate_grant g ON g.id = c.grant_id WHERE g.member_id = %d)",
	"batch_item":         "member_id = %d", "readiness": "member_id = %d", "readiness_change": "member_id = %d", "interest": "member_id = %d",
	"disclosure":    "member_id = %d",
	"event":         "about_id = %d",
	"outbox":        "member_id = %d",
	"share":         "member_id = %d",
	"share_opened":  "share_id IN (SELECT id FROM share WHERE member_id = %d)",
	"verify_looked": "certificate_id IN (SELECT c.id FROM certificate c JOIN certificate_grant g ON g.id = c.grant_id WHERE g.member_id = %d)",
}

// gone are the tables in which no row of somebody who was erased stays, not even one without words.
var gone = []string{
	"session", "link_token", "outbox", "idempotency", "draft", "claim", "interest", "share", "share_opened", "verify_looked", "award_revocation", "award_assessor",
	"award", "readiness", "readiness_change", "file", "certificate_paper", "member_role",
}

// kept counts the rows of somebody in the tables of gone.
func (f *forgotten) kept(id member.ID) map[string]string {
	f.t.Helper()
	out := map[string]string{}
	for _, table := range gone {
		out[table] = f.rows(`SELECT COUNT(*) FROM "` + table + `" WHERE ` + fmt.Sprintf(hers[table], id))[0]
	}
	return out
}

// forgotten is a town in which somebody is erased, seen past the store.
type forgotten struct {
	*demotest.Town
	t  *testing.T
	db *sql.DB
}

func inForgotten(t *testing.T, test func(f *forgotten)) {
	demotest.Each(t, func(t *testing.T, town *demotest.Town) {
		driver, dsn := "pgx", town.DSN
		if path, lite := strings.CutPrefix(town.DSN, "sqlite:"); lite {
			driver, dsn = "sqlite3", "file:"+path+"?_busy_timeout=5000"
		}
		db, err := sql.Open(driver, dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		test(&forgotten{town, t, db})
	})
}

func (f *forgotten) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// rows are the rows of a query, the values of each joined, sorted.
func (f *forgotten) rows(query string) []string {
	f.t.Helper()
	out := (&school{t: f.t}).column(f.db, query)
	slices.Sort(out)
	return out
}

func (f *forgotten) tables() []string {
	list := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if f.Store.Postgres() {
		list = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
	}
	return f.rows(list)
}

// others is all that is not somebody's own, by table.
func (f *forgotten) others(id member.ID) map[string][]string {
	f.t.Helper()
	out := map[string][]string{}
	for _, table := range f.tables() {
		own, known := hers[table]
		if !known {
			f.t.Fatalf("nobody has said what erasing somebody does to the table %s", table)
		}
		query := `SELECT * FROM "` + table + `"`
		if strings.Contains(own, "%") {
			own = fmt.Sprintf(own, id)
		}
		if own != "" {
			query += " WHERE NOT (" + own + ")"
		}
		if table == "status_list" {
			query = "SELECT n, taken FROM status_list" // since when it says what it says moves with every withdrawal
		}
		out[table] = f.rows(query)
	}
	return out
}

// everything is all rows of all tables and all bytes of all files, each with where it stands.
func (f *forgotten) everything() map[string]string {
	f.t.Helper()
	out := map[string]string{}
	for _, table := range f.tables() {
		out[table] = strings.Join(f.rows(`SELECT * FROM "`+table+`"`), "\n")
	}
	f.must(fs.WalkDir(os.DirFS(f.Dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(os.DirFS(f.Dir), path)
		out["file "+path] = string(b)
		return err
	}))
	return out
}

// words are what somebody is called and what was typed by her and to her; words that others typed too are no secret of hers.
func (f *forgotten) words(id member.ID) []string {
	f.t.Helper()
	const mine, theirs = "s.member_id = %d", "s.member_id <> %d"
	typed := func(whose string) []string {
		whose = fmt.Sprintf(whose, id)
		var out []string
		for _, query := range []string{
			"SELECT t.body FROM attempt t JOIN submission s ON s.id = t.submission_id WHERE " + whose,
			"SELECT t.note FROM attempt t JOIN submission s ON s.id = t.submission_id WHERE " + whose,
			"SELECT a.closing FROM assessment a JOIN submission s ON s.id = a.submission_id WHERE " + whose,
			"SELECT m.comment FROM mark m JOIN assessment a ON a.id = m.assessment_id JOIN submission s ON s.id = a.submission_id WHERE " + whose,
			"SELECT x.body FROM fix x JOIN assessment a ON a.id = x.assessment_id JOIN submission s ON s.id = a.submission_id WHERE " + whose,
			"SELECT x.place FROM fix x JOIN assessment a ON a.id = x.assessment_id JOIN submission s ON s.id = a.submission_id WHERE " + whose,
		} {
			out = append(out, f.rows(query)...)
		}
		return out
	}
	all := f.rows(fmt.Sprintf("SELECT name FROM member WHERE id = %d UNION SELECT kana FROM member WHERE id = %d UNION SELECT email FROM member WHERE id = %d", id, id, id))
	all = append(all, f.rows(fmt.Sprintf("SELECT printed_name FROM member WHERE id = %d UNION SELECT latin_name FROM member WHERE id = %d", id, id))...)
	common := typed(theirs)
	for _, text := range typed(mine) {
		if len([]rune(text)) > 3 && !slices.ContainsFunc(common, func(o string) bool { return strings.Contains(o, text) }) {
			all = append(all, text)
		}
	}
	slices.Sort(all)
	return slices.Compact(slices.DeleteFunc(all, func(s string) bool { return strings.TrimSpace(s) == "" }))
}

// fill lets everything exist of somebody that can.
func (f *forgotten) fill(a desk.Actor, secret string) (planted []string) {
	f.t.Helper()
	ctx, d := f.t.Context(), f.Desk
	plant := func(s string) string { planted = append(planted, secret+s); return secret + s }
	_, err := d.SaveProfile(ctx, a, desk.ProfileForm{
		PrintedName: secret + "印刷名", PrintedKana: true, Kana: "ひみつの かな", LatinName: "Secretive Latin", HoursWeek: 9, Share: true, VerifyName: true, Language: "ja",
	})
	f.must(err)
	planted = append(planted, "ひみつの かな", "Secretive Latin", secret+"印刷名")
	ledger := course.Ref{Course: demo.C2, Module: "reading-a-spec", Item: "ledger"}
	late := course.Ref{Course: demo.C1, Module: "communication", Item: "late-notice"}
	if staged, err := d.StageFile(ctx, a, ledger, secret+"の表.csv", strings.NewReader(secret+"のセル,x\n"), func([]byte) string { return "text/csv" }); err == nil {
		planted = append(planted, secret+"の表.csv", secret+"のセル,x\n")
		_, err = d.HandIn(ctx, a, ledger, desk.WorkForm{Attempt: 1, Text: plant("の本文です。"), Note: plant("の覚え書き"), Minutes: 5, Files: []practice.FileID{staged.ID}})
		f.must(err)
	}
	if _, err := d.SaveWork(ctx, a, late, practice.WorkDraft{Attempt: 2, Text: secret + "の下書き"}); err == nil {
		planted = append(planted, secret+"の下書き")
	}
	for _, id := range f.rows(fmt.Sprintf("SELECT id FROM submission WHERE member_id = %d AND attempts > 0", a.Member))[:1] {
		var n practice.SubmissionID
		_, err := fmt.Sscan(id, &n)
		f.must(err)
		_, err = d.SaveAssessment(ctx, f.Actor(f.t, "mentor"), n, practice.AssessmentDraft{Attempt: 1, Remarks: map[string]string{"r": plant("の下書き（先生）")}})
		f.must(err)
	}
	choice, err := d.LookShareChoice(ctx, a)
	f.must(err)
	what := skill.Shared{Name: true, Evidence: true}
	for _, s := range choice.Skills {
		what.Skills = append(what.Skills, s.Skill)
	}
	_, err = d.MakeShare(ctx, a, desk.ShareForm{Label: plant("のリンク"), What: what, Until: choice.Until})
	f.must(err)
	lines, _, err := d.LookShares(ctx, a, 0, 1)
	f.must(err)
	_, token, _ := strings.Cut(lines[0].Address, "/shared/")
	_, err = d.OpenShared(ctx, f.Actor(f.t, "company"), token)
	f.must(err)
	for _, c := range choice.Certificates {
		f.must(d.NoteVerified(ctx, string(c.Number)))
		_, _, err := d.CertificatePDF(ctx, a, string(c.Number))
		f.must(err)
	}
	_, _, err = d.SignIn(ctx, f.rows(fmt.Sprintf("SELECT email FROM member WHERE id = %d", a.Member))[0], demo.Password, "test")
	f.must(err)
	a.Key = "ERASEKEY"
	_, err = d.SaveProfile(ctx, a, desk.ProfileForm{
		PrintedName: secret + "印刷名", PrintedKana: true, Kana: "ひみつの かな", LatinName: "Secretive Latin", HoursWeek: 9, Share: true, VerifyName: true, Language: "ja",
	})
	f.must(err)
	f.must(d.RequestReset(ctx, f.rows(fmt.Sprintf("SELECT email FROM member WHERE id = %d", a.Member))[0]))
	return planted
}

// Of somebody who was erased nothing is left that says who she was, what she wrote or what was written to her: in no column
// of any table, in no file. Everybody else is as before, the figures still follow from the facts, and her certificates'
// numbers say that they were withdrawn.
func TestErasedPeopleLeaveNothing(t *testing.T) {
	for _, who := range []string{"haruka", "yumi"} {
		t.Run(who, func(t *testing.T) {
			inForgotten(t, func(f *forgotten) {
				t := f.t
				her, ctx := f.Actor(t, who), t.Context()
				secrets := slices.Concat(f.fill(her, "秘密"), f.words(her.Member))
				if len(secrets) < 10 {
					t.Fatalf("only %d words of hers: %q", len(secrets), secrets)
				}
				before, others := f.everything(), f.others(her.Member)
				for _, s := range secrets {
					if !stands(before, s) {
						t.Fatalf("%q stands nowhere before she is erased: does this see the database?", s)
					}
				}
				held, err := f.Store.Certificates(ctx, her.Member)
				f.must(err)
				if n := f.kept(her.Member); n["session"] == "0" || n["link_token"] == "0" || n["outbox"] == "0" || n["idempotency"] == "0" || n["award"] == "0" {
					t.Fatalf("there is too little to erase: %v", n)
				}
				f.must(f.Desk.Erase(ctx, f.Actor(t, "coordinator"), her.Member))

				after := f.everything()
				for _, s := range secrets {
					for where, text := range after {
						if strings.Contains(text, s) {
							t.Errorf("%q is still in %s", s, where)
						}
					}
				}
				for table, n := range f.kept(her.Member) {
					if n != "0" {
						t.Errorf("%s still holds %s rows of hers", table, n)
					}
				}
				for table, rows := range f.others(her.Member) {
					if !slices.Equal(rows, others[table]) {
						t.Errorf("%s of others changed from\n%s\nto\n%s", table, strings.Join(others[table], "\n"), strings.Join(rows, "\n"))
					}
				}
				found, err := f.Desk.Recount(ctx, false)
				if err != nil || len(found) > 0 {
					t.Errorf("recount: %+v, %v", found, err)
				}
				for _, h := range held {
					v, err := f.Desk.Verify(ctx, string(h.Number))
					if err != nil || v.State != certificate.Withdrawn || v.Name != "" || v.Title.JA != "" || len(v.CanDo) > 0 || v.Center != "" {
						t.Errorf("%s says %+v, %v", h.Number, v, err)
					}
					for _, a := range []desk.Actor{{}, f.Actor(t, "mentor")} {
						if _, _, err := f.Desk.CertificatePDF(ctx, a, string(h.Number)); !problem.Is(err, problem.NotFound) {
							t.Errorf("the PDF of %s: %v", h.Number, err)
						}
						if _, err := f.Desk.Credential(ctx, a, string(h.Number), certificate.FormJSON); !problem.Is(err, problem.NotFound) {
							t.Errorf("the credential of %s: %v", h.Number, err)
						}
					}
				}
			})
		})
	}
}

func stands(in map[string]string, s string) bool {
	for _, text := range in {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}

// inFiles is the demo town on SQLite with somebody whose secrets can be looked for in the bytes of the database's files, as
// the service leaves them: nothing is asked of the database before they are read.
func inFiles(t *testing.T) (f *forgotten, her desk.Actor, left func() []string) {
	t.Helper()
	town := demotest.SQLite(t)
	f = &forgotten{Town: town, t: t}
	path := strings.TrimPrefix(town.DSN, "sqlite:")
	var err error
	f.db, err = sql.Open("sqlite3", "file:"+path+"?_busy_timeout=5000")
	f.must(err)
	t.Cleanup(func() { _ = f.db.Close() })
	her = f.Actor(t, "haruka")
	secrets := slices.Concat(f.fill(her, "秘密"), f.words(her.Member))
	left = func() (found []string) {
		var all []byte
		for _, ending := range []string{"", "-wal", "-journal"} {
			b, err := os.ReadFile(path + ending)
			if ending == "" || !errors.Is(err, fs.ErrNotExist) {
				f.must(err)
			}
			all = append(all, b...)
		}
		for _, s := range secrets {
			if bytes.Contains(all, []byte(s)) {
				found = append(found, s)
			}
		}
		return found
	}
	if len(left()) < len(secrets)/2 {
		t.Fatal("does this see the files?")
	}
	return f, her, left
}

// Not even in the bytes of the database's files, its log included, is anything left of what was erased.
func TestErasedBytesAreOverwritten(t *testing.T) {
	f, her, left := inFiles(t)
	f.must(f.Desk.Erase(t.Context(), f.Actor(t, "admin"), her.Member))
	if found := left(); len(found) > 0 {
		t.Errorf("still in the files: %q", found)
	}
}

// A reader that is in the way of emptying the log does not keep anybody from being erased; the next tidying makes up for it.
func TestErasingPastAReader(t *testing.T) {
	f, her, left := inFiles(t)
	reader, err := f.db.BeginTx(t.Context(), nil)
	f.must(err)
	var n int
	f.must(reader.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM member").Scan(&n)) // holds the state of before
	f.must(f.Desk.Erase(t.Context(), f.Actor(t, "admin"), her.Member))
	if len(left()) == 0 {
		t.Error("was the reader in the way?")
	}
	f.must(reader.Rollback())
	_, err = f.Desk.Tidy(t.Context())
	f.must(err)
	if found := left(); len(found) > 0 {
		t.Errorf("still in the files: %q", found)
	}
}

// Erasing happens wholly or not at all, files included.
func TestErasingIsAllOrNothing(t *testing.T) {
	inForgotten(t, func(f *forgotten) {
		t := f.t
		her, admin := f.Actor(t, "yumi"), f.Actor(t, "admin")
		f.fill(her, "秘密")
		before := f.everything()
		mend := f.breaks("event")
		if err := f.Desk.Erase(t.Context(), admin, her.Member); err == nil {
			t.Fatal("erased although its event could not be kept")
		}
		mend()
		for where, text := range f.everything() {
			if text != before[where] {
				t.Errorf("%s changed", where)
			}
		}
		f.must(f.Desk.Erase(t.Context(), admin, her.Member))
	})
}

// breaks makes every insert into a table fail until the returned function is called.
func (f *forgotten) breaks(table string) (mend func()) {
	f.t.Helper()
	run := func(statements ...string) {
		for _, one := range statements {
			_, err := f.db.ExecContext(context.WithoutCancel(f.t.Context()), one)
			f.must(err)
		}
	}
	if !f.Store.Postgres() {
		run("CREATE TRIGGER broken BEFORE INSERT ON " + table + " BEGIN SELECT RAISE(ABORT, 'the disk is broken'); END")
		return func() { run("DROP TRIGGER broken") }
	}
	run("CREATE OR REPLACE FUNCTION broken() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'the disk is broken'; END $$ LANGUAGE plpgsql",
		"CREATE TRIGGER broken BEFORE INSERT ON "+table+" FOR EACH ROW EXECUTE FUNCTION broken()")
	return func() { run("DROP TRIGGER broken ON " + table) }
}

// Who may erase whom.
func TestWhoMayBeErased(t *testing.T) {
	inForgotten(t, func(f *forgotten) {
		t := f.t
		ctx, admin, keeper, haruka := t.Context(), f.Actor(t, "admin"), f.Actor(t, "coordinator"), f.Actor(t, "haruka")
		both := f.Actor(t, "kenji")
		f.must(f.Store.Tx(ctx, func(ctx context.Context) error {
			return f.Store.AddRole(ctx, both.Member, member.Membership{Center: f.Actor(t, "outsider").Center, Role: member.Trainee}, f.Clock.Now())
		}))
		before := f.everything()
		for what, c := range map[string]struct {
			by  desk.Actor
			who member.ID
			key string
		}{
			"oneself":           {admin, admin.Member, "account.erase_self"},
			"a mentor":          {admin, f.Actor(t, "mentor").Member, "account.erase_staff"},
			"by a mentor":       {f.Actor(t, "mentor"), haruka.Member, "desk.not_yours"},
			"by herself":        {haruka, haruka.Member, "desk.not_yours"},
			"by a company":      {f.Actor(t, "company"), haruka.Member, "desk.not_yours"},
			"by a stranger":     {desk.Actor{}, haruka.Member, "desk.not_yours"},
			"of another center": {admin, f.Actor(t, "outsider").Member, "store.missing"},
			"of two centers":    {admin, both.Member, "account.erase_elsewhere"},
			"a coordinator":     {admin, keeper.Member, "account.erase_staff"},
			"nobody":            {admin, 999999, "store.missing"},
		} {
			if list := problem.Of(f.Desk.Erase(ctx, c.by, c.who)); len(list) != 1 || list[0].Key != c.key {
				t.Errorf("%s: %+v, want %s", what, list, c.key)
			}
		}
		for where, text := range f.everything() {
			if text != before[where] {
				t.Errorf("refused, and %s changed", where)
			}
		}
		f.must(f.Desk.Erase(ctx, keeper, haruka.Member))
		if list := problem.Of(f.Desk.Erase(ctx, keeper, haruka.Member)); len(list) != 1 || list[0].Kind != problem.NotFound {
			t.Errorf("erased twice: %+v", list)
		}
	})
}

// No list of people shows somebody who was erased, nobody waits for her work, and she cannot come back in.
func TestErasedPeopleAreNowhere(t *testing.T) {
	inForgotten(t, func(f *forgotten) {
		t := f.t
		ctx, her, mentor, keeper, admin := t.Context(), f.Actor(t, "haruka"), f.Actor(t, "mentor"), f.Actor(t, "coordinator"), f.Actor(t, "admin")
		token, _, err := f.Desk.SignIn(ctx, "haruka@tenarai.example", demo.Password, "test")
		f.must(err)
		piece := f.rows(fmt.Sprintf("SELECT id FROM submission WHERE member_id = %d AND turn = 'mentor'", her.Member))
		cohortID := f.rows(fmt.Sprintf("SELECT cohort_id FROM enrolment WHERE member_id = %d", her.Member))
		if len(piece) != 1 || len(cohortID) != 1 {
			t.Fatalf("pieces %v, cohorts %v", piece, cohortID)
		}
		var id practice.SubmissionID
		_, err = fmt.Sscan(piece[0], &id)
		f.must(err)
		queue := func() (n, waiting int) {
			q, err := f.Desk.LookAtQueue(ctx, mentor, practice.WithMentor, desk.QueueAfter{})
			f.must(err)
			return len(q.Rows), q.Waiting
		}
		rows, waiting := queue()
		letters := f.rows("SELECT posting_id FROM disclosure")
		f.must(f.Desk.Erase(ctx, keeper, her.Member))

		if r, w := queue(); r != rows-1 || w != waiting-1 {
			t.Errorf("the queue has %d rows and says %d wait; before %d and %d", r, w, rows, waiting)
		}
		if _, err := f.Desk.LookAtPiece(ctx, mentor, id); !problem.Is(err, problem.NotFound) {
			t.Errorf("her piece: %v", err)
		}
		if _, err := f.Desk.LookStory(ctx, keeper, her.Member, 0); !problem.Is(err, problem.NotFound) {
			t.Errorf("her page: %v", err)
		}
		people, err := f.Desk.Members(ctx, admin, "", member.Trainee, 1)
		f.must(err)
		for _, m := range people.Rows {
			if m.ID == her.Member || m.Name == "" {
				t.Errorf("listed: %+v", m)
			}
		}
		if n := f.rows(fmt.Sprintf("SELECT COUNT(*) FROM enrolment WHERE cohort_id = %s AND left_at = 0 AND member_id = %d", cohortID[0], her.Member)); n[0] != "0" {
			t.Error("she is still in her cohort")
		}
		if a, err := f.Desk.Session(ctx, token); err != nil || a.SignedIn() {
			t.Errorf("her session: %+v, %v", a, err)
		}
		if _, _, err := f.Desk.SignIn(ctx, "haruka@tenarai.example", demo.Password, "test"); err == nil {
			t.Error("she can sign in")
		}
		if after := f.rows("SELECT posting_id FROM disclosure"); len(slices.Compact(after)) != len(slices.Compact(letters)) {
			t.Errorf("letters of others move: %v, then %v", letters, after)
		}
	})
}

// What a deed kept of somebody that was under way while she was erased goes at the next tidying.
func TestErasedOnceMore(t *testing.T) {
	inForgotten(t, func(f *forgotten) {
		t := f.t
		ctx, her := t.Context(), f.Actor(t, "haruka")
		f.must(f.Desk.Erase(ctx, f.Actor(t, "coordinator"), her.Member))
		late := course.Ref{Course: demo.C1, Module: "communication", Item: "late-notice"}
		f.must(f.Store.Tx(ctx, func(ctx context.Context) error {
			return f.Store.SaveDraft(ctx, practice.Draft{Member: her.Member, Key: "work " + late.Path(), Body: []byte(`{"text":"秘密の遅れ"}`), SavedAt: f.Clock.Now()})
		}))
		if _, err := f.Desk.Tidy(ctx); err != nil || stands(f.everything(), "秘密の遅れ") {
			t.Errorf("after tidying it is still there, %v", err)
		}
	})
}
