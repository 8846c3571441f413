package web

import (
	"github.com/labstack/echo/v4"

	"tenarai/internal/desk"
	"tenarai/internal/match"
	"tenarai/internal/member"
)

type candidatesPage struct {
	ordersPage
	Look    desk.Candidates
	Facts   postingFacts
	Rows    []candidateRow
	Others  int // ready, but not shown
	Company bool
	Pager   Pager
}

// candidateRow is a candidate with the words of her score.
type candidateRow struct {
	desk.CandidateLook
	Score []termPart
	Sum   int
}

// termPart is one term of a score in words.
type termPart struct {
	Key         string
	Points, Max int
}

var termKeys = map[match.TermName]string{
	match.TermSurplus: "match.term.surplus", match.TermEvidence: "match.term.evidence", match.TermInterest: "match.term.interest",
	match.TermHours: "match.term.hours", match.TermOnTime: "match.term.on_time", match.TermFirst: "match.term.first_job",
	match.TermWaiting: "match.term.waiting",
}

func termParts(ts []match.Term) []termPart {
	out := make([]termPart, len(ts))
	for i, t := range ts {
		out[i] = termPart{termKeys[t.Name], t.Points, t.Max}
	}
	return out
}

var candidatesView = view[candidatesPage]("posting/candidates")

const candidatesOnPage = 10

func (o orders) candidates(c echo.Context, a desk.Actor) error {
	id, err := postingID(c)
	if err != nil {
		return err
	}
	look, err := o.Desk.LookCandidates(c.Request().Context(), a, id, pageOffset(c, candidatesOnPage), candidatesOnPage)
	if err != nil {
		return err
	}
	p := o.page(c, a, "posting.candidates.title")
	page := candidatesPage{
		ordersPage: o.ordersPage(p), Look: look, Facts: factsOf(look.Posting.Posting, look.Posting.Bar, p.Lang),
		Others: look.NotShown.Hours + look.NotShown.Agreed, Company: o.role == member.Company, Pager: newPager(c, look.Fit, candidatesOnPage),
	}
	for _, r := range look.Rows {
		page.Rows = append(page.Rows, candidateRow{r, termParts(r.Terms), r.Score})
	}
	return candidatesView.render(o.Server, c, page)
}
