package web

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"tenarai/internal/certificate"
	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/problem"
)

// graduatesPage is a cohort before its certificates are issued: who gets one, who has one, who has not finished.
type graduatesPage struct {
	Page
	Look    desk.GraduatesLook
	Confirm bool
	Pager   Pager
}

type issueForm struct {
	Confirm bool `form:"confirm"`
}

var graduatesView = view[graduatesPage]("center/graduates")

func (s *Server) graduates(c echo.Context, a desk.Actor) error { return s.showGraduates(c, a, nil) }

func (s *Server) showGraduates(c echo.Context, a desk.Actor, refusal error) error {
	id, err := cohortID(c)
	if err != nil {
		return err
	}
	look, err := s.Desk.LookGraduates(c.Request().Context(), a, id, pageNumber(c))
	if err != nil {
		return err
	}
	p := s.page(c, a, "center.graduates.title", "Name", look.Name)
	if refusal != nil {
		if p, err = s.refused(p, refusal); err != nil {
			return err
		}
	}
	return graduatesView.render(s, c, graduatesPage{Page: p, Look: look, Pager: newPager(c, look.Sums.All, look.Size)})
}

// confirmed refuses what cannot be undone and was not confirmed.
func confirmed(yes bool) *problem.Problem {
	if !yes {
		return problem.At("confirm", "certificate.not_confirmed")
	}
	return nil
}

func (s *Server) issueToCohort(c echo.Context, a desk.Actor) error {
	id, err := cohortID(c)
	if err != nil {
		return err
	}
	form, err := decode[issueForm](c)
	if why := confirmed(form.Confirm); err == nil && why != nil {
		err = why
	}
	batch := certificate.BatchID(0)
	if err == nil {
		batch, err = s.Desk.IssueToCohort(c.Request().Context(), a, id)
	}
	if err != nil {
		return s.showGraduates(c, a, err)
	}
	s.wakeBatches()
	return s.goTo(c, "center.batch.begun", "/center/batches/%d", batch)
}

// wakeBatches lets the worker begin at once.
func (s *Server) wakeBatches() {
	if s.WakeBatches != nil {
		s.WakeBatches()
	}
}

// batchPage is how far a batch has come, and what can be fetched of it.
type batchPage struct {
	Page
	Look desk.BatchLook
}

// Ready tells whether everything is printed.
func (p batchPage) Ready() bool { return !p.Look.Finished.IsZero() }

// Issued is how many certificates there are.
func (p batchPage) Issued() int { return p.Look.Done - p.Look.Failed }

var batchView = view[batchPage]("center/batch")

func batchID(c echo.Context) (certificate.BatchID, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, problem.Missing("store.missing")
	}
	return certificate.BatchID(id), nil
}

func (s *Server) batch(c echo.Context, a desk.Actor) error {
	id, err := batchID(c)
	if err != nil {
		return err
	}
	look, err := s.Desk.LookBatch(c.Request().Context(), a, id)
	if err != nil {
		return err
	}
	return batchView.render(s, c, batchPage{Page: s.page(c, a, "center.batch.title", "Name", look.CohortName), Look: look})
}

// batchZIP sends the certificates of a batch, one file each.
func (s *Server) batchZIP(c echo.Context, a desk.Actor) error {
	return s.sendBatch(c, a, "zip", "application/zip", func(w io.Writer, _ string, papers iter.Seq2[desk.BatchPaper, error]) error {
		z := zip.NewWriter(w)
		n := 0
		for p, err := range papers {
			if err != nil {
				return err
			}
			n++
			name := fmt.Sprintf("%04d_%s_%s.pdf", n, fileName(p.Snapshot.Name), p.Number)
			// A PDF is compressed already.
			f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: p.Issued})
			if err != nil {
				return err
			}
			if _, err := f.Write(p.PDF.Bytes); err != nil {
				return err
			}
		}
		return z.Close()
	})
}

// batchPDF sends the certificates of a batch as one file for the printer.
func (s *Server) batchPDF(c echo.Context, a desk.Actor) error {
	return s.sendBatch(c, a, "pdf", "application/pdf", s.Combine)
}

// downloadWithin is how long a slow line may take over a whole cohort's papers; who goes away ends it by that.
const downloadWithin = 5 * time.Minute

// sendBatch streams the papers of a batch. What fails after the first byte breaks the connection off, so that a file that is
// not whole is never taken for one that is.
func (s *Server) sendBatch(c echo.Context, a desk.Actor, ending, contentType string, write func(w io.Writer, title string, papers iter.Seq2[desk.BatchPaper, error]) error) error {
	id, err := batchID(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	look, err := s.Desk.LookBatch(ctx, a, id)
	if err != nil {
		return err
	}
	if look.Finished.IsZero() || look.Done == look.Failed {
		return problem.Missing("certificate.batch_goes_on")
	}
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), downloadWithin)
	defer done()
	papers, err := s.Desk.BatchPapers(ctx, a, id)
	if err != nil {
		return err
	}
	next, stop := iter.Pull2(papers)
	defer stop()
	first, err, any := next()
	switch {
	case err != nil:
		return err
	case !any:
		return problem.Missing("certificate.batch_empty")
	}
	title := s.printer(c).T("center.batch.file", "Name", look.CohortName) + " " + look.Created.In(i18n.Zone).Format(time.DateOnly)
	h := c.Response().Header()
	h.Set("Content-Security-Policy", downloadPolicy)
	h.Set(echo.HeaderContentDisposition, "attachment; filename*=UTF-8''"+url.PathEscape(title+"."+ending))
	h.Set(echo.HeaderContentType, contentType)
	if c.Request().Method == http.MethodHead {
		return c.NoContent(http.StatusOK)
	}
	c.Response().WriteHeader(http.StatusOK)
	rest := func(yield func(desk.BatchPaper, error) bool) {
		for p, err, more := first, error(nil), true; more && yield(p, err); p, err, more = next() {
		}
	}
	if err := write(c.Response(), title, rest); err != nil {
		s.Log.Error("download broken off", "id", requestID(c), "route", c.Path(), "error", err.Error())
		panic(http.ErrAbortHandler)
	}
	return nil
}

// fileName is a name as part of a file's name on any system.
func fileName(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r):
			return -1
		case r == ' ' || r == '\u3000':
			return '_'
		}
		return r
	}, s)
}
