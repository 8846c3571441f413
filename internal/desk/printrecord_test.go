package desk_test

import (
	"bytes"
	"testing"

	"tenarai/internal/badge"
	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/demo/demotest"
	"tenarai/internal/desk"
	"tenarai/internal/store"
)

// sheetOf is what a town would print of somebody's record.
func sheetOf(t *testing.T, town *demotest.Town, a desk.Actor) (sheet certificate.RecordSheet) {
	t.Helper()
	cfg := town.Desk.Config
	cfg.RenderRecord = func(s certificate.RecordSheet) (store.PDF, error) {
		sheet = s
		return store.PDF{}, nil
	}
	if _, err := desk.New(cfg).PrintRecord(t.Context(), a, "ja"); err != nil {
		t.Fatal(err)
	}
	return sheet
}

// A printed record carries its credential as a certificate does, so that whoever is handed the file can check it; one without
// a valid certificate carries none.
func TestPrintedRecordCarriesItsCredential(t *testing.T) {
	demotest.Each(t, func(t *testing.T, town *demotest.Town) {
		d, ctx, yumi := town.Desk, t.Context(), town.Actor(t, "yumi")
		pdf, err := d.PrintRecord(ctx, yumi, "ja")
		if err != nil {
			t.Fatal(err)
		}
		f, err := d.CheckCredential(ctx, pdf.Bytes)
		if err != nil || f.Kind != "pdf" || !f.Report.Good() || !f.Report.Ours || !f.Report.Record || len(f.Report.Parts) == 0 || f.Paper != "" {
			t.Errorf("%+v, %v", f, err)
		}
		town.Clock.Set(demotest.Now) // what is attached is what /record.json gives at the same moment
		defer town.Clock.Release()
		doc, err := d.RecordCredential(ctx, yumi)
		if err != nil || !bytes.Equal(sheetOf(t, town, yumi).Credential, doc) {
			t.Errorf("another credential than the record's own: %v", err)
		}
		if pdf, err = d.PrintRecord(ctx, yumi, "en"); err != nil {
			t.Fatal(err)
		}
		if found, kind, err := badge.Open(pdf.Bytes); err != nil || kind != badge.KindPDF || !bytes.Equal(found, doc) {
			t.Errorf("%s, %v", kind, err)
		}
		if s := sheetOf(t, town, town.Actor(t, "aoi")); s.Credential != nil {
			t.Errorf("of nothing: %s", s.Credential)
		}
	})
}

// Whoever has looked at her portfolios has not begun a course by that.
func TestPrintedRecordHasNoPortfolios(t *testing.T) {
	town := demotest.SQLite(t)
	aoi := town.Actor(t, "aoi")
	before := sheetOf(t, town, aoi)
	if _, err := town.Desk.LookAssignment(t.Context(), aoi, course.Portfolio("OFF-03")); err != nil {
		t.Fatal(err)
	}
	if _, err := town.Store.Run(t.Context(), aoi.Member, course.PriorSlug); err != nil {
		t.Fatalf("looking began no run: %v", err)
	}
	if after := sheetOf(t, town, aoi); len(after.Courses) != len(before.Courses) {
		t.Errorf("%+v", after.Courses)
	}
	if s := sheetOf(t, town, town.Actor(t, "yumi")); len(s.Courses) == 0 {
		t.Error("the courses are gone, too")
	}
}
