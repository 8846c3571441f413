package web

import (
	"net/url"
	"strconv"
)

// Certificates: a batch before, while and after it is made, also with somebody whose name cannot be printed; revoked, replaced,
// hidden and lapsed ones; files to check.
func (w *wholeTown) stateOfCertificates() {
	ctx, d := w.t.Context(), w.demo.Desk
	cohort := "/center/cohorts/" + w.one(`SELECT MIN(cohort_id) FROM enrolment WHERE member_id = ?`, int64(w.demo.Actor(w.t, "yumi").Member)) + "/certificates"
	w.exec(`UPDATE member SET printed_name = 'ยูมิ' WHERE email = 'yumi@tenarai.example'`)
	w.expect(422, "coordinator", post(cohort, url.Values{}))
	w.expect(303, "coordinator", post(cohort, url.Values{"confirm": {"on"}}))
	batch := "/center/batches/" + w.one(`SELECT MAX(id) FROM batch`)
	w.expect(200, "coordinator", get(batch))
	w.expect(404, "coordinator", get(batch+"/certificates.zip"))
	w.expect(200, "coordinator", get(cohort))
	_, err := d.WorkBatch(ctx)
	w.must(err)
	w.expect(200, "coordinator", get(batch))
	w.expect(200, "coordinator", get(cohort))

	number := w.number("naoko")
	w.exec(`UPDATE member SET printed_name = '阿部 なお', printed_kana = TRUE, latin_name = 'ABE Nao' WHERE email = 'naoko@tenarai.example'`)
	w.tells(200, "coordinator", get("/center/certificates/"+number), "新しいお名前", "阿部 なお（", "ABE Nao", "いまの紙のお名前", "阿部 直子")
	paper := w.expect(200, "naoko", get("/certificates/"+number+".pdf")).Body.Bytes()
	for name, content := range map[string][]byte{"a.pdf": paper, "b.pdf": []byte("%PDF-1.7\n"), "c.json": w.expect(200, "naoko", get("/credentials/"+number+".json")).Body.Bytes()} {
		w.expect(200, "", withFile("/verify/file", url.Values{}, "file", name, content))
	}
	w.expect(422, "", withFile("/verify/file", url.Values{}, "file", "", nil))
	w.expect(422, "coordinator", post("/center/certificates/"+number+"/revocation", url.Values{}))
	w.expect(303, "coordinator", post("/center/certificates/"+number+"/revocation", url.Values{"reason": {"holder_asked"}, "confirm": {"on"}, "note": {"電話"}}))
	w.expect(200, "coordinator", get("/center/certificates/"+number))
	w.expect(200, "", get("/verify/"+number))
	w.expect(200, "naoko", get("/record"))
	w.expect(200, "", withFile("/verify/file", url.Values{}, "file", "a.pdf", paper))
	ledger := "/center/members/" + strconv.FormatInt(int64(w.demo.Actor(w.t, "naoko").Member), 10) + "/record"
	award := w.one(`SELECT MIN(id) FROM award WHERE member_id = ?`, int64(w.demo.Actor(w.t, "naoko").Member))
	w.expect(422, "coordinator", post(ledger+"/"+award, url.Values{"note": {"電話"}}))
	w.expect(303, "coordinator", post(ledger+"/"+award, url.Values{"reason": {"not_own_work"}, "confirm": {"on"}}))
	w.expect(200, "coordinator", get(ledger))
	w.expect(200, "naoko", get("/record"))
	w.expect(200, "coordinator", get("/center/certificates?state=revoked"))
	w.expect(200, "coordinator", get("/center/certificates?q=nobody"))
	w.demo.Clock.Set(w.demo.Clock.Now().AddDate(2, 0, 0))
	defer w.demo.Clock.Release()
	w.expect(200, "", get("/verify/"+w.number("kenji")))
	w.signInAs("kenji")
	w.expect(200, "kenji", get("/record"))
}

// number is somebody's newest certificate.
func (w *wholeTown) number(who string) string {
	w.t.Helper()
	held, err := w.demo.Store.Certificates(w.t.Context(), w.demo.Actor(w.t, who).Member)
	w.must(err)
	if len(held) == 0 {
		w.t.Fatalf("%s has no certificate", who)
	}
	return string(held[0].Number)
}
