package web

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tenarai/internal/certificate"
	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/demo"
	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/readiness"
)

// columns are the people of testdata/rights.txt, in its order. Haruka owns what is said to be a trainee's, yumi is another
// trainee of the same center (and owns what is passed), mentor holds {waiting}.
var columns = []string{
	"", "haruka", "yumi", "mentor", "mentor2", "company", "company2", "producer", "coordinator", "admin",
	"outsider", "y-mentor", "y-coordinator", "y-producer", "y-company", "y-admin",
}

// rightLine is one line of testdata/rights.txt.
type rightLine struct {
	line         int
	method, path string
	cells        []string
	form         string
}

func readRights(t *testing.T) (out []rightLine) {
	t.Helper()
	b, err := os.ReadFile("testdata/rights.txt")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(b), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		table, form, _ := strings.Cut(line, " | ")
		f := strings.Fields(table)
		if len(f) != 2+len(columns) {
			t.Fatalf("rights.txt:%d: %d cells, not %d", i+1, len(f)-2, len(columns))
		}
		out = append(out, rightLine{i + 1, f[0], f[1], f[2:], form})
	}
	return out
}

// Every route has a line in the hand-written table of rights, and every line a route.
func TestEveryRouteHasItsRights(t *testing.T) {
	w := openTown(t)
	names := w.rightsTown()
	told := map[string]bool{}
	for _, r := range readRights(t) {
		path, _, _ := strings.Cut(names.Replace(r.path), "?")
		route := w.routeOf(r.method, path)
		if route == "" {
			t.Errorf("rights.txt:%d: no route answers %s %s", r.line, r.method, path)
		}
		told[r.method+" "+route] = true
	}
	for _, r := range w.routes() {
		if !told[r.Method+" "+r.Path] {
			t.Errorf("rights.txt says nothing about %s %s", r.Method, r.Path)
		}
	}
}

// Every cell of the table of rights holds: who may not is refused in the way that is written there and changes nothing.
func TestRights(t *testing.T) {
	t.Parallel()
	w := openTown(t)
	names := w.rightsTown()
	cells := 0
	for _, r := range readRights(t) {
		for i, who := range columns {
			cells++
			got, changed := w.cell(names, r, who)
			if got == "ok" && r.cells[i] == "idle" && changed == nil {
				got = "idle"
			}
			if got != r.cells[i] {
				t.Errorf("rights.txt:%d: %s %s as %q: %s (changed %v), not %s", r.line, r.method, r.path, who, got, changed, r.cells[i])
			}
			if bad := forbidden(r, got, changed); len(bad) > 0 {
				t.Errorf("rights.txt:%d: %s %s as %q: %s, and yet it changed %v", r.line, r.method, r.path, who, got, bad)
			}
			w.undo()
		}
	}
	if cells < 1500 {
		t.Errorf("only %d cells", cells)
	}
	t.Logf("%d cells", cells)
}

// cell asks as somebody, and says how it went and which tables changed.
func (w *wholeTown) cell(names *strings.Replacer, r rightLine, who string) (got string, changed []string) {
	w.t.Helper()
	ask := get(names.Replace(r.path))
	if r.method == http.MethodPost {
		ask = w.rightForm(names, r)
	}
	res := w.send(who, ask)
	changed = w.changed()
	if r.method == http.MethodGet {
		route := w.routeOf(r.method, strings.Split(ask.path, "?")[0])
		changed = slices.DeleteFunc(changed, func(t string) bool { return slices.Contains(mayWrite[route], t) })
		if len(changed) > 0 {
			w.t.Errorf("rights.txt:%d: %s as %q: a look changed %v", r.line, ask.path, who, changed)
		}
	}
	switch {
	case res.Code == http.StatusSeeOther && strings.HasPrefix(res.Header().Get("Location"), "/login") && ask.path != "/logout":
		return "login", changed
	case res.Code < 400:
		return "ok", changed
	}
	return strconv.Itoa(res.Code), changed
}

// forbidden are the changes that an answer must not have made.
func forbidden(r rightLine, got string, changed []string) []string {
	switch got {
	case "login", "401", "403", "404", "405":
		if r.method == http.MethodPost {
			return slices.DeleteFunc(slices.Clone(changed), func(t string) bool { return t == "login_attempt" && r.path == "/login" })
		}
		return changed
	case "409", "422": // what was typed may be kept, and that somebody tried
		return slices.DeleteFunc(slices.Clone(changed), func(t string) bool {
			return slices.Contains([]string{"draft", "file", "login_attempt"}, t) || slices.Contains(mayWrite["/courses/:course/:module/:item"], t) && r.path[1:] != "" && !strings.HasPrefix(r.path, "/")
		})
	}
	return nil
}

// rightForm is the form of a line: "@pass {piece}" is a judgement that passes it, "+file" a file beside the fields.
func (w *wholeTown) rightForm(names *strings.Replacer, r rightLine) asked {
	w.t.Helper()
	path := names.Replace(r.path)
	if piece, ok := strings.CutPrefix(r.form, "@pass "); ok {
		return post(path, w.passing(names.Replace(piece)))
	}
	form, err := url.ParseQuery(strings.ReplaceAll(names.Replace(strings.ReplaceAll(r.form, "+file", "%2Bfile")), " ", "+"))
	w.must(err)
	if _, ok := form["+file"]; ok {
		form.Del("+file")
		return withFile(path, form, "file", "daicho_1.csv", []byte("商品番号,品名\nA-1,椀\n"))
	}
	return post(path, form)
}

// passing is a form that passes a piece as it stands.
func (w *wholeTown) passing(piece string) url.Values {
	w.t.Helper()
	f := strings.Split(w.one(`SELECT course || ' ' || module || ' ' || item || ' ' || version || ' ' || attempts FROM submission WHERE id = ?`, piece), " ")
	form := url.Values{"attempt": {f[4]}, "version": {f[3]}, "verdict": {"pass"}}
	for _, row := range w.demo.Desk.Catalog.Item(course.Ref{Course: f[0], Module: f[1], Item: f[2]}).Assignment.Rubric.Rows {
		form.Set("mark."+row.ID, "2")
	}
	return form
}

// rightsTown adds to the town what the table of rights speaks of, and gives its names.
func (w *wholeTown) rightsTown() *strings.Replacer {
	w.t.Helper()
	w.addOthers()
	names := map[string]string{"missing": "999999"}
	for _, name := range []string{"haruka", "yumi", "outsider"} {
		names[name] = strconv.FormatInt(int64(w.demo.Actor(w.t, name).Member), 10)
	}
	for _, add := range []func(map[string]string){w.nameCourses, w.namePieces, w.nameFiles, w.namePeople, w.namePostings, w.nameShares, w.nameCertificates} {
		add(names)
	}
	var pairs []string
	for name, value := range names {
		pairs = append(pairs, "{"+name+"}", value)
	}
	w.keep()
	return strings.NewReplacer(pairs...)
}

func (w *wholeTown) nameCourses(names map[string]string) {
	static, err := w.address("css/tenarai.css")
	w.must(err)
	names["static"] = static
	for _, it := range w.demo.Desk.Catalog.Course(demo.C1).Items() {
		if it.Kind == course.KindLesson {
			names["lesson"] = it.Ref.Path() // the last: haruka has not read it
		}
	}
	names["exam"] = "/courses/" + demo.C1 + "/exam/final"
	names["late"], names["ledger"] = crawlLate.Path(), crawlLedger.Path()
	of := func(who string) string {
		return w.one(`SELECT c.number FROM certificate c JOIN certificate_grant g ON g.id = c.grant_id WHERE g.member_id = ? ORDER BY c.id`, int64(w.demo.Actor(w.t, who).Member))
	}
	names["number"], names["public"], names["no-number"] = of("yumi"), of("naoko"), string(certificate.NewNumber([]byte("0123456789")))
	w.must(w.demo.Desk.MakePublic(w.t.Context(), w.demo.Actor(w.t, "naoko"), names["public"], true))
	w.nameCredentials(names)
}

// nameShares makes haruka's links: {share} with the token {token} is for everybody, {shop-token} for the company.
func (w *wholeTown) nameShares(names map[string]string) {
	id, path := w.share("haruka", 0)
	names["share"], names["token"] = strconv.FormatInt(id, 10), strings.TrimPrefix(path, "/shared/")
	_, path = w.share("haruka", w.demo.Actor(w.t, "company").Company)
	names["shop-token"] = strings.TrimPrefix(path, "/shared/")
	names["choice"] = w.one(`SELECT skill FROM award WHERE member_id = ? ORDER BY id`, int64(w.demo.Actor(w.t, "haruka").Member))
}

// nameCertificates lets a cohort of kenji alone, who has finished its one course, get its certificates: {batch}. Yumi's cohort,
// {graduates}, still waits for its own.
func (w *wholeTown) nameCertificates(names map[string]string) {
	w.t.Helper()
	d, ctx, coordinator := w.demo.Desk, w.t.Context(), w.demo.Actor(w.t, "coordinator")
	id, err := d.CreateCohort(ctx, coordinator, cohort.Cohort{Name: "入門の組", Starts: d.Now(), Courses: []string{demo.C1}})
	w.must(err)
	_, err = d.InviteOne(ctx, coordinator, id, desk.InviteRow{Name: "髙﨑 健二", Email: "kenji@tenarai.example"})
	w.must(err)
	batch, err := d.IssueToCohort(ctx, coordinator, id)
	w.must(err)
	_, err = d.WorkBatch(ctx)
	w.must(err)
	names["batch"] = strconv.FormatInt(int64(batch), 10)
	names["graduates"] = w.one(`SELECT MIN(cohort_id) FROM enrolment WHERE member_id = ?`, int64(w.demo.Actor(w.t, "yumi").Member))
	names["award"] = w.one(`SELECT MIN(id) FROM award WHERE member_id = ?`, int64(w.demo.Actor(w.t, "yumi").Member))
}

// nameCredentials has the keys made, and each credential asked for once: that gives it its place in a status list.
func (w *wholeTown) nameCredentials(names map[string]string) {
	w.t.Helper()
	w.must(w.demo.Desk.SetUpKeys(w.t.Context()))
	for who, number := range map[string]string{"yumi": names["number"], "naoko": names["public"]} {
		_, err := w.demo.Desk.Credential(w.t.Context(), w.demo.Actor(w.t, who), number, certificate.FormJSON)
		w.must(err)
	}
	names["key"] = w.one(`SELECT kid FROM credential_key WHERE algorithm = 'RS256'`)
}

func (w *wholeTown) namePieces(names map[string]string) {
	d, ctx, outsider := w.demo.Desk, w.t.Context(), w.demo.Actor(w.t, "outsider")
	f, err := d.StageFile(ctx, outsider, crawlLedger, "daicho_2.csv", strings.NewReader("商品番号\nA-1\n"), func([]byte) string { return "text/csv" })
	w.must(err)
	in, err := d.HandIn(ctx, outsider, crawlLedger, desk.WorkForm{Attempt: 1, Text: "納品します。", Minutes: 30, Files: []practice.FileID{f.ID}})
	w.must(err)
	names["y-waiting"], names["y-file"] = strconv.FormatInt(int64(in.Submission), 10), strconv.FormatInt(int64(f.ID), 10)
	for name, id := range map[string]practice.SubmissionID{
		"waiting": w.piece("haruka", crawlInvoice), "returned": w.piece("haruka", crawlLate), "passed": w.piece("yumi", crawlLate), "free": w.piece("kenji", crawlLedger),
	} {
		names[name] = strconv.FormatInt(int64(id), 10)
	}
	_, err = d.ClaimPiece(ctx, w.demo.Actor(w.t, "mentor"), w.piece("haruka", crawlInvoice))
	w.must(err)
}

func (w *wholeTown) nameFiles(names map[string]string) {
	d, ctx, haruka := w.demo.Desk, w.t.Context(), w.demo.Actor(w.t, "haruka")
	for _, name := range []string{"staged", "to-remove"} {
		f, err := d.StageFile(ctx, haruka, crawlLedger, name+".csv", strings.NewReader("商品番号\nA-1\n"+name), func([]byte) string { return "text/csv" })
		w.must(err)
		names[name] = strconv.FormatInt(int64(f.ID), 10)
	}
	names["file"] = w.one(`SELECT f.id FROM file f JOIN attempt t ON t.id = f.attempt_id WHERE t.submission_id = ?`, int64(w.piece("kenji", crawlLedger)))
	var picture bytes.Buffer
	w.must(png.Encode(&picture, image.NewGray(image.Rect(0, 0, 4, 4))))
	// No assignment of the town takes pictures yet: one stands under the name of a table.
	f, err := d.StageFile(ctx, haruka, crawlLedger, "shot.csv", bytes.NewReader(picture.Bytes()), func([]byte) string { return "text/csv" })
	w.must(err)
	names["picture"] = strconv.FormatInt(int64(f.ID), 10)
	w.exec(`UPDATE file SET type = 'image/png' WHERE id = ` + names["picture"])
}

func (w *wholeTown) namePeople(names map[string]string) {
	d, ctx, admin, keeper := w.demo.Desk, w.t.Context(), w.demo.Actor(w.t, "admin"), w.demo.Actor(w.t, "coordinator")
	add := func(name, email string, role member.Role) member.ID {
		id, err := d.AddMember(ctx, admin, desk.NewMember{Name: "新しい 人", Kana: "あたらしい", Email: email, Language: "ja", Roles: []member.Role{role}})
		w.must(err)
		names[name] = strconv.FormatInt(int64(id), 10)
		return id
	}
	invited := add("invited", "invited@tenarai.example", member.Trainee)
	token, err := d.InvitationToken(ctx, invited)
	w.must(err)
	names["invitation"] = token
	w.must(d.RequestReset(ctx, "kenji@tenarai.example"))
	names["reset"] = w.one(`SELECT json_extract(data, '$.token') FROM outbox WHERE kind = 'reset' ORDER BY id DESC`)
	add("no-mail-staff", "", member.Mentor)
	_, names["code"], err = d.HandCode(ctx, keeper, add("no-mail", "", member.Trainee))
	w.must(err)
	here, there := w.centers()
	names["yuzawa"], names["yokote"] = strconv.FormatInt(int64(here), 10), strconv.FormatInt(int64(there), 10)
	names["session"] = w.one(`SELECT id FROM session WHERE member_id = ?`, int64(w.demo.Actor(w.t, "haruka").Member))
	names["cohort"] = w.one(`SELECT cohort_id FROM enrolment WHERE member_id = ?`, int64(w.demo.Actor(w.t, "haruka").Member))
	names["y-cohort"] = w.one(`SELECT cohort_id FROM enrolment WHERE member_id = ?`, int64(w.demo.Actor(w.t, "outsider").Member))
}

func (w *wholeTown) namePostings(names map[string]string) {
	d, ctx := w.demo.Desk, w.t.Context()
	for name, who := range map[string]string{"rival-open": "company2", "y-open": "y-company"} {
		a := w.demo.Actor(w.t, who)
		id, err := d.SavePosting(ctx, a, 0, desk.PostingForm{
			Company: a.Company, Title: "名簿の入力", JobType: readiness.JobType("data-entry"), Work: "入力", Deliverable: "表", Quantity: "10件", PayYen: 5000,
			TaxIncluded: true, Hours: 3, HoursWeek: 3, Places: 1, Deadline: w.demo.Clock.Now().AddDate(0, 0, 20),
		})
		w.must(err)
		w.must(d.OpenPosting(ctx, a, id, 1))
		names[name] = fmt.Sprint(int64(id))
	}
	shop := int64(w.demo.Actor(w.t, "company").Company)
	names["shop"] = strconv.FormatInt(shop, 10)
	names["rival"], names["y-shop"] = fmt.Sprint(int64(w.demo.Actor(w.t, "company2").Company)), fmt.Sprint(int64(w.demo.Actor(w.t, "y-company").Company))
	names["open"] = w.one(`SELECT id FROM posting WHERE state = 'open' AND company_id = ?`, shop)
	names["draft"] = w.one(`SELECT id FROM posting WHERE state = 'draft' AND pay_yen > 0`)
	for _, name := range []string{"open", "draft", "rival-open", "y-open"} {
		names[name+"-version"] = w.one(`SELECT version FROM posting WHERE id = ?`, names[name])
	}
	names["missing-version"] = "1"
}
