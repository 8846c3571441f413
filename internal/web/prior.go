package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/unicode/norm"

	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/member"
	"tenarai/internal/skill"
)

func (s *Server) priorRoutes() []route {
	return []route{{Method: http.MethodGet, Path: "/record/prior", Access: only(member.Trainee), Handle: s.prior}}
}

// priorPage is where a trainee chooses a skill she brings along from elsewhere.
type priorPage struct {
	Page
	Find   string
	Found  int
	Mine   []priorLine // what she has handed in; not while she searches
	Groups []priorGroup
	Off    bool // the center recognises nothing from elsewhere
}

// priorGroup is skills that people look for in one place.
type priorGroup struct {
	Key   string // of its heading
	Lines []priorLine
}

// priorLine is a skill with how her portfolio of it stands, in words.
type priorLine struct {
	ID          skill.ID
	Title, Can  said // Can: what level 2 means, which a pass proves
	Href        string
	State, Look string
	Since       time.Time
	Held        skill.Level // proven by other pieces, where no portfolio is needed
	Next        string      // the address of the next portfolio, where one would help
	Why         string      // what it would be good for: words' key
}

// skillGroups put the skills where people look for them, by the letters their ids begin with.
var skillGroups = []struct {
	Key      string
	Prefixes []string
}{
	{"record.prior.group.office", []string{"OFF", "TRN", "QA"}},
	{"record.prior.group.writing", []string{"WRI"}},
	{"record.prior.group.translation", []string{"TRA"}},
	{"record.prior.group.design", []string{"DES", "IMG", "PHO"}},
	{"record.prior.group.shop", []string{"EC", "SNS"}},
	{"record.prior.group.work", []string{"BIZ"}},
	{"record.prior.group.safety", []string{"SEC", "LAW"}},
	{"record.prior.group.producing", []string{"PRO"}},
	{"record.prior.group.other", nil},
}

// groupOf is the place of a skill among the groups: the last for letters that are in none.
func groupOf(id skill.ID) int {
	prefix, _, _ := strings.Cut(string(id), "-")
	for i, g := range skillGroups {
		if slices.Contains(g.Prefixes, prefix) {
			return i
		}
	}
	return len(skillGroups) - 1
}

// priorStates are the words and looks of a portfolio's states.
var priorStates = map[desk.PriorState]struct{ Key, Look string }{
	desk.PriorWaiting:    {"record.prior.state.waiting", "wait"},
	desk.PriorReturned:   {"record.prior.state.returned", "mend"},
	desk.PriorRecognised: {"record.prior.state.recognised", "ok"},
	desk.PriorRevoked:    {"record.prior.state.revoked", ""},
}

// againWords say what one more portfolio would be good for.
var againWords = map[desk.PriorAgain]string{
	desk.AgainRaise: "record.prior.again.raise", desk.AgainRenew: "record.prior.again.renew", desk.AgainCertificate: "record.prior.again.certificate",
}

// longestFind is how much of what somebody searches for is looked at.
const longestFind = 100

var priorView = view[priorPage]("record/prior")

func (s *Server) prior(c echo.Context, a desk.Actor) error {
	look, err := s.Desk.LookPrior(c.Request().Context(), a)
	if err != nil {
		return err
	}
	w := s.printer(c)
	page := priorPage{Page: s.page(c, a, "record.prior.title"), Find: findText(c.QueryParam("q")), Off: len(look.Lines) == 0}
	groups := make([]priorGroup, len(skillGroups))
	for _, l := range look.Lines {
		g := groupOf(l.ID)
		groups[g].Key = skillGroups[g].Key
		line := priorLineOf(w, l)
		if l.State != desk.PriorOpen && page.Find == "" {
			page.Mine = append(page.Mine, line)
		}
		if speaksOf(l.Skill, w.T(groups[g].Key), page.Find) {
			groups[g].Lines = append(groups[g].Lines, line)
			page.Found++
		}
	}
	page.Groups = slices.DeleteFunc(groups, func(g priorGroup) bool { return len(g.Lines) == 0 })
	return priorView.render(s, c, page)
}

func priorLineOf(w *i18n.Printer, l desk.PriorLine) priorLine {
	line := priorLine{ID: l.ID, Title: say(l.Title, w.Lang()), Can: say(l.Levels[skill.Alone], w.Lang()), Href: l.Item.Ref.Path(), Since: l.Since}
	if l.State == desk.PriorOpen {
		line.Held = l.Held
		return line
	}
	state := priorStates[l.State]
	line.State, line.Look = w.T(state.Key, "Level", int(l.Level)), state.Look
	if l.Next != nil {
		line.Next, line.Why = l.Next.Ref.Path(), againWords[l.Again]
	}
	return line
}

// findText is what somebody searches for, without what nobody types on purpose.
func findText(q string) string {
	q = strings.Join(strings.Fields(norm.NFKC.String(q)), " ")
	if r := []rune(q); len(r) > longestFind {
		q = string(r[:longestFind])
	}
	return q
}

// speaksOf tells whether a skill, by its names, its reading, its id, what it is about or its group, has every word of a search.
func speaksOf(k skill.Skill, group, find string) bool {
	about := folded(strings.Join([]string{string(k.ID), k.Title.JA, k.Title.EN, k.Kana, k.Levels[skill.Alone].JA, k.Levels[skill.Alone].EN, group}, "\n"))
	for _, word := range strings.Fields(folded(find)) {
		if !strings.Contains(about, word) {
			return false
		}
	}
	return true
}

// folded is a text as it is compared: half and full width, capitals, and both kana are alike.
func folded(s string) string {
	const toHiragana = 'ア' - 'あ'
	return strings.Map(func(r rune) rune {
		if r >= 'ァ' && r <= 'ヶ' {
			return r - toHiragana
		}
		return r
	}, strings.ToLower(norm.NFKC.String(s)))
}
