package web

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/demo"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/member"
	"tenarai/internal/practice"
	"tenarai/internal/skill"
)

// ask is the form as a browser sends it when a button is pressed.
func (f shownForm) ask(fields url.Values, button [2]string) asked {
	action := f.action
	fields = maps.Clone(fields)
	if value, elsewhere, _ := strings.Cut(button[1], "\x00"); button[0] != "" || elsewhere != "" {
		if button[0] != "" {
			fields[button[0]] = []string{value}
		}
		if elsewhere != "" {
			action = elsewhere
		}
	}
	if f.multipart {
		return withFile(action, fields, "nothing", "", nil)
	}
	return post(action, fields)
}

// kind tells forms apart: those of one kind differ by what they are about alone.
func (f shownForm) kind() string {
	var names []string
	for n := range f.fields {
		names = append(names, n)
	}
	for _, b := range f.buttons {
		names = append(names, b[0])
	}
	slices.Sort(names)
	return f.route + " " + strings.Join(slices.Compact(names), ",")
}

// kinds are forms, one of each kind.
func kinds(forms []shownForm) []shownForm {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(forms), func(f shownForm) bool {
		was := seen[f.kind()]
		seen[f.kind()] = true
		return was
	})
}

// sendForms sends every kind of form that a crawl met: as it stands, emptied, too long, without its choices, with every
// button. Each is taken or comes back as a sound page; none is unknown or forbidden to whom it was shown.
func (w *wholeTown) sendForms(c *crawler) {
	w.t.Helper()
	for _, f := range kinds(c.forms) {
		for name, fields := range f.variants() {
			buttons := f.buttons
			if len(buttons) == 0 {
				buttons = [][2]string{{}}
			}
			for _, b := range buttons {
				res := w.send(c.who, f.ask(fields, b).with("Accept-Language", c.lang).with("Referer", "http://example.com"+f.page))
				where := fmt.Sprintf("POST %s as %q in %s, from %s, %s %s", f.action, c.who, c.lang, f.page, name, b[0])
				w.landed(where, c.who, c.lang, res)
				w.undo()
				delete(w.tokens, "somebody")
			}
		}
	}
}

func (f shownForm) variants() map[string]url.Values {
	empty, long, none := url.Values{}, url.Values{}, url.Values{}
	for n, v := range f.fields {
		empty[n], long[n], none[n] = v, v, v
		if f.choices[n] != nil {
			delete(none, n)
		}
	}
	for _, n := range f.texts {
		empty[n], long[n] = []string{""}, []string{strings.Repeat("a", 60_000)}
	}
	return map[string]url.Values{"as it stands": f.fields, "emptied": empty, "too long": long, "with nothing chosen": none}
}

// landed holds what follows a form: a page that says what is wrong, or another page.
func (w *wholeTown) landed(where, who, lang string, res *httptest.ResponseRecorder) {
	w.t.Helper()
	switch res.Code {
	case http.StatusSeeOther:
		to, _, _ := strings.Cut(res.Header().Get("Location"), "#")
		ask := get(to).with("Accept-Language", lang)
		for _, k := range res.Result().Cookies() {
			switch k.Name {
			case flashCookie:
				ask = ask.with("Cookie", k.Name+"="+k.Value)
			case sessionCookie: // signed in, or out
				if who = ""; k.Value != "" {
					who, w.tokens["somebody"] = "somebody", k.Value
				}
			}
		}
		if next := w.send(who, ask); next.Code >= 400 {
			w.t.Errorf("%s: leads to %s, which answers %d", where, to, next.Code)
		} else if next.Code == http.StatusOK && strings.HasPrefix(next.Header().Get("Content-Type"), "text/html") {
			w.says(where+", at "+to, next.Body.String())
		}
	case http.StatusOK, http.StatusUnprocessableEntity, http.StatusConflict:
		if strings.HasPrefix(res.Header().Get("Content-Type"), "text/html") {
			w.says(where, res.Body.String())
		}
	default:
		w.t.Errorf("%s: %d", where, res.Code)
	}
}

// says holds a page, in whichever language it came.
func (w *wholeTown) says(where, body string) {
	w.t.Helper()
	lang := "ja"
	if strings.Contains(body, `<html lang="en"`) {
		lang = "en"
	}
	doc, wrong := w.soundness(body, lang)
	for _, one := range wrong {
		w.t.Errorf("%s: %s", where, one)
	}
	if title := doc.Find("title").Text(); doc.Find(".errors").Length() == 1 && !strings.Contains(title, "エラー") && !strings.Contains(title, "Error") {
		w.t.Errorf("%s: refused, and the title is %q", where, title)
	}
}

// expect asks, and holds the answer's status and page.
func (w *wholeTown) expect(status int, who string, a asked) *httptest.ResponseRecorder {
	w.t.Helper()
	res := w.send(who, a)
	if res.Code != status {
		w.t.Errorf("%s %s as %q: %d, not %d", a.method, a.path, who, res.Code, status)
	}
	if strings.HasPrefix(res.Header().Get("Content-Type"), "text/html") && res.Body.Len() > 0 {
		w.says(a.method+" "+a.path+" as "+who, res.Body.String())
	}
	return res
}

// The items that the states are made with.
var (
	crawlLate    = course.Ref{Course: demo.C1, Module: "communication", Item: "late-notice"}
	crawlInvoice = course.Ref{Course: demo.C1, Module: "money", Item: "invoice"}
	crawlLedger  = course.Ref{Course: demo.C2, Module: "reading-a-spec", Item: "ledger"}
)

// piece is somebody's work on an assignment.
func (w *wholeTown) piece(who string, r course.Ref) practice.SubmissionID {
	w.t.Helper()
	id, err := strconv.ParseInt(w.one(`SELECT id FROM submission WHERE member_id = ? AND course = ? AND module = ? AND item = ?`,
		int64(w.demo.Actor(w.t, who).Member), r.Course, r.Module, r.Item), 10, 64)
	w.must(err)
	return practice.SubmissionID(id)
}

// states are what no link of the town leads to.
func (w *wholeTown) states() {
	w.t.Helper()
	for _, state := range []func(){
		w.stateOfLinks, w.stateOfCodes, w.stateOfQueues, w.stateOfSecondAttempt, w.stateOfPictures, w.stateOfTables, w.stateOfConflicts,
		w.stateOfMoments, w.stateOfErrors, w.stateOfCompanies, w.stateOfShares, w.stateOfCertificates, w.stateOfErasure, w.stateOfNewcomers,
	} {
		tokens := maps.Clone(w.tokens)
		state()
		w.undo()
		w.tokens = tokens // who signed in meanwhile is forgotten with the rest
	}
}

// Links: a good one, one that was used, nonsense.
func (w *wholeTown) stateOfLinks() {
	aoi := w.demo.Actor(w.t, "aoi").Member
	address, err := w.demo.Desk.SetUpLink(w.t.Context(), aoi)
	w.must(err)
	path := strings.TrimPrefix(address, "http://tenarai.test")
	w.expect(200, "", get(path))
	w.expect(422, "", post(path, url.Values{"password": {"short"}, "printed_name": {"\u202e"}}))
	w.expect(303, "", post(path, url.Values{"password": {"a good long secret"}, "printed_name": {"佐藤 葵"}}))
	w.expect(404, "", get(path))
	w.expect(404, "", get("/reset/NONSENSE"))
	w.expect(404, "", post("/reset/NONSENSE", url.Values{"password": {"a good long secret"}}))
	w.expect(404, "", get("/invitation/NONSENSE"))
}

// One-time codes: handed out by staff, used, wrong.
func (w *wholeTown) stateOfCodes() {
	id, err := w.demo.Desk.AddMember(w.t.Context(), w.demo.Actor(w.t, "admin"), desk.NewMember{Name: "メールの ない人", Language: "ja", Roles: []member.Role{member.Trainee}})
	w.must(err)
	path := fmt.Sprintf("/center/members/%d/code", id)
	w.expect(200, "coordinator", post(path, url.Values{}))
	w.expect(200, "admin", post(strings.Replace(path, "/center/", "/admin/", 1), url.Values{}))
	w.expect(422, "", post("/code", url.Values{"number": {"1"}, "code": {"12345678"}}))
}

// Queues: held by another, my own, returned, none left.
func (w *wholeTown) stateOfQueues() {
	path := benchPath(w.piece("kenji", crawlLedger))
	w.expect(200, "mentor", get(path))
	w.expect(303, "mentor", post(path+"/claim", url.Values{}))
	w.expect(200, "mentor", get(path))
	w.expect(200, "mentor", get("/mentor"))
	w.expect(200, "mentor2", get(path))
	w.expect(200, "mentor2", get("/mentor"))
	w.expect(409, "mentor2", post(path+"/claim", url.Values{}))
	w.expect(409, "mentor2", post(path+"/assessment", url.Values{"attempt": {"1"}, "version": {"2"}, "verdict": {"pass"}}))
	w.expect(422, "mentor", post(path+"/assessment", url.Values{"attempt": {"1"}, "version": {"2"}, "verdict": {"return"}, "fix.0.row": {"none"}}))
	w.expect(409, "mentor", post(path+"/assessment", url.Values{"attempt": {"1"}, "version": {"1"}, "verdict": {"pass"}}))
	w.expect(303, "mentor", post(path+"/draft", url.Values{"attempt": {"1"}, "version": {"2"}, "closing": {"よい"}, "bank": {"x 直す"}}))
	w.expect(200, "mentor", get(path))
	w.expect(303, "mentor", post(path+"/release", url.Values{}))
	w.expect(200, "mentor", get("/mentor?turn=with_trainee"))
	w.expect(200, "mentor", get(benchPath(w.piece("haruka", crawlLate))))
	w.expect(200, "mentor", get(benchPath(w.piece("yumi", crawlLate))))
}

// A second attempt: handed in from the first, judged beside it, its receipt, its pass.
func (w *wholeTown) stateOfSecondAttempt() {
	d, ctx, haruka := w.demo.Desk, w.t.Context(), w.demo.Actor(w.t, "haruka")
	path := crawlLate.Path()
	w.expect(422, "haruka", withFile(path+"/attempts", url.Values{"attempt": {"2"}}, "nothing", "", nil))
	w.expect(303, "haruka", post(path+"/draft", url.Values{"attempt": {"2"}, "text": {"書きかけ"}, "fix": {"1"}, "check": {"0"}}))
	w.expect(200, "haruka", get(path))
	_, err := d.HandIn(ctx, haruka, crawlLate, desk.WorkForm{Attempt: 2, Text: "佐々木さま\n\n12月14日（月）17時にお渡しします。", Minutes: 20, Ticked: []int{1}})
	w.must(err)
	w.expect(200, "haruka", get(path))
	w.expect(409, "haruka", post(path+"/draft", url.Values{"attempt": {"2"}, "text": {"遅れて届いた下書き"}}))
	w.expect(200, "mentor", get(benchPath(w.piece("haruka", crawlLate))))
	w.demo.Clock.Set(w.demo.Clock.Now().AddDate(0, 0, 9)) // the promise is broken
	defer w.demo.Clock.Release()
	w.expect(200, "haruka", get(path))
	w.expect(200, "haruka", get("/learn"))
	w.expect(200, "coordinator", get("/center"))
	rubric := d.Catalog.Item(crawlLate).Assignment.Rubric
	form := url.Values{"attempt": {"2"}, "version": {"4"}, "verdict": {"pass"}, "closing": {"よくできました。"}, "done": {"1", "2"}}
	for _, r := range rubric.Rows {
		form.Set("mark."+r.ID, "2")
		form.Set("comment."+r.ID, "よい")
	}
	w.expect(303, "mentor2", post(benchPath(w.piece("haruka", crawlLate))+"/assessment", form))
	w.expect(200, "haruka", get(path))
	w.expect(200, "haruka", get("/record"))
}

// Pictures: shown as ours, handed over as they came. No assignment of the town takes pictures yet: this one stands under the
// name of a table.
func (w *wholeTown) stateOfPictures() {
	var picture bytes.Buffer
	w.must(png.Encode(&picture, image.NewGray(image.Rect(0, 0, 40, 30))))
	path := crawlLedger.Path()
	w.expect(200, "haruka", get(path))
	w.expect(422, "haruka", withFile(path+"/files", url.Values{"attempt": {"1"}}, "file", "悪い.svg", []byte("<svg onload=alert(1)>")))
	w.expect(303, "haruka", withFile(path+"/files", url.Values{"attempt": {"1"}}, "file", "商品.csv", []byte("商品番号,品名\nA-1,椀\n")))
	f, err := w.demo.Desk.StageFile(w.t.Context(), w.demo.Actor(w.t, "haruka"), crawlLedger, "shot.csv", bytes.NewReader(picture.Bytes()), func([]byte) string { return "text/csv" })
	if err != nil { // one file is all that it takes
		f.ID = 0
		w.must(w.db.QueryRowContext(w.t.Context(), `SELECT max(id) FROM file`).Scan(&f.ID))
	}
	w.expect(200, "haruka", get(path))
	w.expect(200, "haruka", get(fmt.Sprintf("/files/%d", f.ID)))
	w.exec(fmt.Sprintf(`UPDATE file SET type = 'image/png' WHERE id = %d`, f.ID))
	w.expect(200, "haruka", get(path))
	if err == nil {
		w.expect(200, "haruka", get(fmt.Sprintf("/files/%d/picture", f.ID)))
	}
	w.expect(303, "haruka", post(fmt.Sprintf("%s/files/%d/remove", path, f.ID), url.Values{"attempt": {"1"}}))
}

// Tables: what the machine finds in a wrong one, and one that it cannot read.
func (w *wholeTown) stateOfTables() {
	d, ctx, aoi, path := w.demo.Desk, w.t.Context(), w.demo.Actor(w.t, "aoi"), crawlLedger.Path()
	answer := string(d.Catalog.Item(crawlLedger).Assignment.Check.Answer)
	lines := strings.Split(answer, "\n")
	wrong := strings.Join(append(slices.Clone(lines[:5]), append([]string{lines[1]}, lines[9:]...)...), "\n") + "Z-999,x\n"
	for try, content := range []string{wrong, "\x00\x01", strings.Replace(answer, ",", "", 1)} {
		w.expect(200, "aoi", get(path))
		f, err := d.StageFile(ctx, aoi, crawlLedger, fmt.Sprintf("daicho%d.csv", try), strings.NewReader(content), func([]byte) string { return "text/csv" })
		if err != nil {
			w.t.Logf("table %d is refused at once: %v", try, err)
			continue
		}
		w.expect(200, "aoi", get(path))
		_, err = d.HandIn(ctx, aoi, crawlLedger, desk.WorkForm{Attempt: 1, Text: "納品します。", Minutes: 10, Files: []practice.FileID{f.ID}})
		w.must(err)
		w.expect(200, "aoi", get(path))
		w.expect(200, "mentor", get(benchPath(w.piece("aoi", crawlLedger))))
		w.undo()
	}
}

// Conflicts: a quiz tried elsewhere, a posting changed elsewhere, what is closed.
func (w *wholeTown) stateOfConflicts() {
	for _, it := range w.demo.Desk.Catalog.Course(demo.C1).Items() {
		if it.Kind != course.KindQuiz {
			continue
		}
		form := url.Values{"try": {"1"}}
		for id, g := range demo.Answers(practice.Drawn(it.Quiz, w.demo.Actor(w.t, "aoi").Member, 1), 1) {
			for _, k := range g.Chosen {
				form.Set("q."+id, strconv.Itoa(k))
				form.Set("q."+id+"."+strconv.Itoa(k), "on")
			}
			if g.Text != "" {
				form.Set("q."+id, g.Text)
			}
		}
		path := it.Ref.Path()
		w.expect(422, "aoi", post(path+"/answers", url.Values{"try": {"1"}}))
		w.expect(303, "aoi", post(path+"/answers/draft", form))
		w.expect(303, "aoi", post(path+"/answers", form))
		w.expect(409, "aoi", post(path+"/answers", form))
		w.expect(200, "aoi", get(path+"?result=1"))
		w.expect(200, "aoi", get(path))
	}
	open := w.one(`SELECT id FROM posting WHERE state = 'open'`)
	w.expect(409, "company", post("/company/postings/"+open, url.Values{"title": {"x"}, "version": {"1"}}))
	w.expect(409, "company", post("/company/postings/"+open+"/close", url.Values{"version": {"0"}}))
	w.expect(409, "company", get("/company/postings/"+open+"/edit"))
	version := w.one(`SELECT version FROM posting WHERE state = 'open'`)
	w.expect(303, "company", post("/company/postings/"+open+"/close", url.Values{"version": {version}}))
	for _, page := range []string{"/company", "/company/postings", "/company/postings/" + open, "/company/postings/" + open + "/candidates", "/company/postings?state=closed"} {
		w.expect(200, "company", get(page))
	}
	w.expect(200, "naoko", get("/jobs/"+open))
	w.expect(303, "naoko", post("/jobs/"+open+"/interest", url.Values{}))
	w.expect(404, "naoko", get("/jobs/"+open))
	w.expect(200, "naoko", get("/jobs"))
}

// Newcomers: a center with nobody in it yet, every page of its staff and of a trainee in no course. It comes last, because
// it adds to what is kept.
func (w *wholeTown) stateOfNewcomers() {
	center, err := w.demo.Desk.SetUpCenter(w.t.Context(), member.Center{Slug: "ogachi", Name: "雄勝センター", NameEn: "Ogachi Center"})
	w.must(err)
	for _, role := range member.Roles {
		if role != member.Company {
			w.addPerson("new-"+string(role), member.Membership{Center: center, Role: role})
			w.keep()
			c := w.crawler("new-"+string(role), i18n.Japanese)
			c.run("newcomer "+string(role), "/", "/courses", "/account")
		}
	}
	w.expect(303, "new-mentor", get("/mentor/next"))
}

// Moments: the same pages months later, when everything waits too long, has lapsed or is quiet.
func (w *wholeTown) stateOfMoments() {
	defer w.demo.Clock.Release()
	for _, days := range []int{1, 12, 40, 400} {
		w.demo.Clock.Set(w.demo.Clock.Now().Add(time.Duration(days) * 24 * time.Hour))
		for _, who := range []string{"aoi", "haruka", "kenji", "yumi", "naoko", "mentor", "coordinator", "company", "producer", "admin"} {
			w.signInAs(who)
			for _, page := range []string{"/", "/learn", "/readiness", "/record", "/jobs", "/mentor", "/center", "/center/cohorts", "/company", "/producer", "/admin", "/account"} {
				if res := w.send(who, get(page)); res.Code == 200 {
					w.says(fmt.Sprintf("%s as %s, %d days on", page, who, days), res.Body.String())
				}
			}
		}
	}
}

// Errors: missing, forbidden, the wrong method, too large, not a form, a lost session.
func (w *wholeTown) stateOfErrors() {
	w.expect(404, "", get("/no/such/page"))
	w.expect(404, "aoi", get("/courses/none"))
	w.expect(403, "aoi", get("/mentor"))
	w.expect(405, "aoi", get("/logout"))
	w.expect(404, "", get("/verify/"+string(certificate.NewNumber([]byte("0123456789")))))
	w.expect(422, "", get("/verify?number=nonsense"))
	w.expect(413, "aoi", post("/account", url.Values{"printed_name": {strings.Repeat("あ", formBytes)}}))
	w.expect(415, "aoi", asked{method: http.MethodPost, path: "/account", body: strings.NewReader(`{}`)}.with("Content-Type", "application/json"))
	w.tokens["lost"] = "NO-SUCH-TOKEN"
	w.expect(401, "lost", post("/account", url.Values{"printed_name": {"佐藤 葵"}, "hours": {"3"}}))
	delete(w.tokens, "lost")
}

// share makes a link to all that somebody has proven, with her name, for a company or for everybody (0).
func (w *wholeTown) share(who string, company member.CompanyID) (id int64, path string) {
	w.t.Helper()
	ctx, d, a := w.t.Context(), w.demo.Desk, w.demo.Actor(w.t, who)
	choice, err := d.LookShareChoice(ctx, a)
	w.must(err)
	form := desk.ShareForm{Label: "お店へ", Company: company, Until: choice.Until, What: skill.Shared{Evidence: true, Name: true}}
	for _, s := range choice.Skills {
		form.What.Skills = append(form.What.Skills, s.Skill)
	}
	for _, h := range choice.Certificates {
		form.What.Certificates = append(form.What.Certificates, string(h.Number))
	}
	id, err = d.MakeShare(ctx, a, form)
	w.must(err)
	lines, _, err := d.LookShares(ctx, a, 0, 100)
	w.must(err)
	for _, l := range lines {
		if l.ID == id {
			path = l.Path
		}
	}
	return id, path
}

// Shares: opened, ended, lapsed, with nothing left to show, and every way in the list of who saw what.
func (w *wholeTown) stateOfShares() {
	ctx, d, yumi := w.t.Context(), w.demo.Desk, w.demo.Actor(w.t, "yumi")
	w.expect(200, "aoi", get("/record/shares/new"))
	w.expect(422, "yumi", post("/record/shares/new", url.Values{"until": {"明日"}, "label": {"お店へ"}}))
	w.expect(422, "yumi", post("/record/shares/new", url.Values{"until": {"2020-01-01"}, "skill": {"none"}, "certificate": {"none"}, "company": {"99"}}))
	held, err := d.Store.Certificates(ctx, yumi.Member)
	w.must(err)
	number := string(held[0].Number)
	id, path := w.share("yumi", 0)
	for _, who := range []string{"", "company", "yumi", "mentor"} {
		w.expect(200, who, get(path))
	}
	for range 7 {
		w.exec(fmt.Sprintf(`INSERT INTO share_opened (share_id, at, viewer_id) VALUES (%d, 1, 0)`, id))
	}
	w.exec(fmt.Sprintf(`INSERT INTO share (member_id, center_id, token_hash, token, what, created_at, ends_at) SELECT member_id, center_id, 'old', token, what, 1, 2 FROM share WHERE id = %d`, id))
	w.exec(fmt.Sprintf(`INSERT INTO share (member_id, center_id, token_hash, token, what, created_at, ends_at) SELECT member_id, center_id, 'other secret', token, what, 1, ends_at FROM share WHERE id = %d`, id))
	m, err := d.Store.Member(ctx, yumi.Member)
	w.must(err)
	_, err = d.SaveProfile(ctx, yumi, desk.ProfileForm{PrintedName: m.PrintedName, Kana: m.Kana, Share: true, VerifyName: true, HoursWeek: 12, Language: "ja"})
	w.must(err)
	w.must(d.NoteVerified(ctx, number))
	w.expect(200, "yumi", get("/record/shares"))
	w.expect(200, "yumi", get("/record/shares/new"))
	w.expect(200, "yumi", post("/record/shares/new", url.Values{"until": {w.demo.Clock.Now().Format("2006-01-02")}, "certificate": {number}, "do": {"look"}}))
	w.expect(200, "company", get("/company/postings/"+w.one(`SELECT id FROM posting WHERE state = 'open'`)+"/candidates"))
	w.expect(200, "yumi", get("/record/disclosures"))
	w.expect(303, "yumi", post("/certificates/"+number+"/hidden", url.Values{"hidden": {"on"}}))
	w.expect(422, "yumi", post("/certificates/"+number+"/public", url.Values{"public": {"on"}}))
	w.expect(303, "yumi", post("/certificates/"+number+"/hidden", url.Values{}))
	w.exec(fmt.Sprintf(`UPDATE share SET what = '{"skills":["none"]}' WHERE id = %d`, id))
	w.expect(200, "", get(path))
	w.expect(303, "yumi", post(fmt.Sprintf("/record/shares/%d/end", id), url.Values{}))
	w.expect(404, "", get(path))
	w.expect(200, "yumi", get("/record/shares"))
	w.demo.Clock.Set(w.demo.Clock.Now().AddDate(1, 1, 0)) // her skills are old then
	defer w.demo.Clock.Release()
	w.signInAs("naoko")
	_, path = w.share("naoko", w.demo.Actor(w.t, "company").Company)
	w.signInAs("company")
	w.expect(200, "company", get(path))
}

// Erasure: refused, mistyped, done, and the pages of those who had to do with her.
func (w *wholeTown) stateOfErasure() {
	haruka := int64(w.demo.Actor(w.t, "haruka").Member)
	path := fmt.Sprintf("/center/members/%d/erase", haruka)
	w.expect(200, "coordinator", get(path))
	w.expect(422, "coordinator", post(path, url.Values{"number": {"0"}}))
	w.expect(200, "admin", get(fmt.Sprintf("/center/members/%d/erase", int64(w.demo.Actor(w.t, "mentor").Member))))
	w.expect(422, "admin", post(fmt.Sprintf("/center/members/%d/erase", int64(w.demo.Actor(w.t, "mentor").Member)), url.Values{"number": {"1"}}))
	cohort, piece := w.one(`SELECT cohort_id FROM enrolment WHERE member_id = ?`, haruka), w.piece("haruka", crawlInvoice)
	form := url.Values{"number": {strconv.FormatInt(haruka, 10)}, "key": {"AAAAAAAAAAAAAAAAAAAAAAAAAA"}}
	w.expect(303, "coordinator", post(path, form))
	w.expect(303, "coordinator", post(path, form)) // the same form again
	w.expect(404, "coordinator", get(path))
	w.expect(404, "mentor", get(benchPath(piece)))
	for who, pages := range map[string][]string{
		"coordinator": {"/center", "/center/cohorts", "/center/cohorts/" + cohort, "/center/cohorts/" + cohort + "/progress"},
		"admin":       {"/admin", "/admin/members", "/admin/trail"},
		"mentor":      {"/mentor", "/mentor?turn=with_trainee"},
	} {
		for _, page := range pages {
			if res := w.expect(200, who, get(page)); strings.Contains(res.Body.String(), "春香") {
				w.t.Errorf("%s as %s still names her", page, who)
			}
		}
	}
}

// Companies: a new one, a posting that lacks all, one begun as another.
func (w *wholeTown) stateOfCompanies() {
	w.expect(303, "producer", post("/producer/companies", url.Values{"name": {"新しい店"}, "address": {"湯沢市"}, "contact": {"0183"}}))
	w.expect(200, "producer", get("/producer/companies"))
	draft := w.one(`SELECT id FROM posting WHERE state = 'draft' AND pay_yen = 0`)
	w.expect(200, "producer", get("/producer/postings/"+draft))
	w.expect(422, "producer", post("/producer/postings/"+draft+"/open", url.Values{"version": {"1"}}))
	w.expect(200, "company", get("/company/postings/new?from="+draft))
}
