package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tenarai/internal/demo"
	"tenarai/internal/i18n"
)

// crawler follows every link as one person in one language.
type crawler struct {
	*wholeTown
	who, lang string
	every     bool // all of a course's items, not the first few
	silent    bool // only collects the forms
	from      map[string]string
	queue     []string
	ids       map[string]map[string]bool // of the pages seen
	fragments [][2]string                // address with a fragment, and where it stands
	count     map[string]int             // addresses by route
	forms     []shownForm
}

// shownForm is a form that changes something, as it stood on a page.
type shownForm struct {
	who, page, action, route string
	fields                   url.Values // as the page has them filled in
	texts                    []string   // names of fields that take any text
	choices                  map[string][]string
	file                     string // name of a file's field
	buttons                  [][2]string
	multipart                bool
}

// The most addresses of one route that a crawl follows: what is told by a number or a name alone is one family.
const (
	mostOfRoute = 25
	fewItems    = 6
)

func (w *wholeTown) crawler(who, lang string) *crawler {
	return &crawler{wholeTown: w, who: who, lang: lang, from: map[string]string{}, ids: map[string]map[string]bool{}, count: map[string]int{}}
}

// people are everybody of the cast, and a stranger.
func people() []string {
	out := []string{""}
	for _, p := range demo.Cast {
		name, _, _ := strings.Cut(p.Email, "@")
		out = append(out, name)
	}
	return out
}

// The crawl of the demo town, as everybody, in both languages: no answer is an internal error, no link of a page leads
// nowhere or to what its reader may not see, no page shows a raw key, and a look changes nothing. With the states that no
// link leads to, every template runs.
func TestCrawl(t *testing.T) {
	t.Parallel()
	w := openTown(t)
	ran := trace(t, w.Server)
	_, link := w.share("yumi", 0)
	_, own := w.share("yumi", w.demo.Actor(t, "company").Company)
	w.keep()
	languages, readers := i18n.Languages, people()
	if testing.Short() {
		languages, readers = []string{i18n.English}, []string{"", "aoi", "mentor", "company"}
	}
	for _, lang := range languages {
		w.speak(lang)
		for _, who := range readers {
			c := w.crawler(who, lang)
			c.every = who == "aoi" || who == "yumi" || who == "mentor"
			c.run(lang+" "+who, "/", "/login?next=%2Faccount", "/courses", "/reset", "/reset?sent=1", "/code", "/verify", "/account", "/achievements/"+demo.C1, "/achievements/skill-off-03", link)
			if who == "company" {
				c.run(lang+" "+who, own)
			}
			if c.who != "" && len(c.ids) < 10 {
				t.Errorf("%s %s: only %d pages", lang, who, len(c.ids))
			}
			w.sendForms(c)
		}
	}
	w.speak(i18n.Japanese)
	w.states()
	never := slices.DeleteFunc(ran.never(), func(name string) bool { return slices.Contains(unseen, name) })
	if len(never) > 0 && !testing.Short() {
		t.Errorf("%d of %d templates never ran:\n%s", len(never), len(ran.all), strings.Join(never, "\n"))
	}
}

// unseen are the templates that a town does not show: the style guide exists in dev mode alone (see TestDevMode).
var unseen = []string{"public/styleguide main"}

// speak makes everybody read a language.
func (w *wholeTown) speak(lang string) {
	w.t.Helper()
	for who := range w.tokens {
		if who != "" {
			w.send(who, post("/language/"+lang, nil))
		}
	}
	w.keep()
}

func (c *crawler) run(name string, starts ...string) {
	c.t.Helper()
	for _, s := range starts {
		c.follow(s, "the beginning")
	}
	for len(c.queue) > 0 {
		path := c.queue[0]
		c.queue = c.queue[1:]
		c.visit(path)
	}
	for _, f := range c.fragments {
		path, id, _ := strings.Cut(f[0], "#")
		if ids := c.ids[path]; ids != nil && !ids[id] && !c.silent {
			c.t.Errorf("%s: %s on %s leads to no place of that page", name, f[0], f[1])
		}
	}
}

// follow notes an address that stands on a page.
func (c *crawler) follow(address, on string) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		c.t.Errorf("%s on %s is no address", address, on)
		return
	case u.Scheme == "https" || u.Scheme == "mailto":
		return // a source, or a person; loaded is nothing (see visit)
	case u.Scheme != "" || u.Host != "" || !strings.HasPrefix(u.Path, "/"):
		c.t.Errorf("%s on %s leads away or is not whole", address, on)
		return
	}
	fragment := u.EscapedFragment()
	u.Fragment, u.RawFragment, u.RawQuery = "", "", u.Query().Encode()
	path := u.String()
	if fragment != "" {
		plain, _ := url.PathUnescape(fragment)
		c.fragments = append(c.fragments, [2]string{path + "#" + plain, on})
	}
	route := c.routeOf(http.MethodGet, u.EscapedPath())
	most := mostOfRoute
	if strings.HasPrefix(route, "/courses/:course/") {
		most = fewItems
		if c.every {
			most = 1000
		}
	}
	if _, known := c.from[path]; known || c.count[route] >= most {
		return
	}
	c.count[route]++
	c.from[path] = on
	c.queue = append(c.queue, path)
}

// routeOf is the route that answers an address.
func (w *wholeTown) routeOf(method, path string) string {
	ctx := w.echo.NewContext(httptest.NewRequest(http.MethodGet, "/", nil), nil)
	w.echo.Router().Find(method, path, ctx)
	return ctx.Path()
}

func (c *crawler) visit(path string) {
	c.t.Helper()
	ask := get(path).with("Accept", "text/html,application/xhtml+xml,*/*;q=0.8") // as browsers say
	if c.who == "" {
		ask = ask.with("Accept-Language", c.lang)
	}
	res := c.send(c.who, ask)
	where := fmt.Sprintf("%s as %q in %s (from %s)", path, c.who, c.lang, c.from[path])
	c.changedNothing(where, c.routeOf(http.MethodGet, strings.Split(path, "?")[0]))
	switch {
	case res.Code >= 300 && res.Code < 400:
		c.follow(res.Header().Get("Location"), path)
		return
	case res.Code == http.StatusUnprocessableEntity && strings.HasPrefix(path, "/verify?"): // what was typed is no number
	case res.Code != http.StatusOK:
		c.t.Errorf("%s: %d", where, res.Code)
		return
	case !strings.HasPrefix(res.Header().Get("Content-Type"), "text/html"):
		return
	}
	doc, wrong := c.soundness(res.Body.String(), c.lang)
	if !c.silent {
		for _, one := range wrong {
			c.t.Errorf("%s: %s", where, one)
		}
	}
	c.ids[path] = map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) { c.ids[path][s.AttrOr("id", "")] = true })
	c.links(doc, path)
	doc.Find("form").Each(func(_ int, s *goquery.Selection) { c.form(s, path) })
}

// mayWrite are the looks that are recorded, by route, with the tables they may change.
var mayWrite = map[string][]string{
	"/courses/:course/:module/:item":    {"course_run", "course_text", "run_module", "submission", "event", "draft"}, // first opening
	"/company/postings/:id/candidates":  {"disclosure", "event"},
	"/producer/postings/:id/candidates": {"disclosure", "event"},
	"/certificates/:file":               {"certificate_paper", "status_list", "status_entry", "verify_looked"}, // first rendering; her name is on it
	"/credentials/:file":                {"status_list", "status_entry"},                                       // first asking
	"/record.json":                      {"status_list", "status_entry"},                                       // first asking
	"/record.pdf":                       {"status_list", "status_entry"},                                       // first asking
	"/shared/:token":                    {"share_opened", "event"},
	"/verify/:number":                   {"verify_looked"}, // counted while her name is shown
}

// changedNothing holds that a look changed nothing but what is recorded of looks, and undoes that.
func (w *wholeTown) changedNothing(where, route string) {
	w.t.Helper()
	for _, table := range w.changed() {
		if !slices.Contains(mayWrite[route], table) {
			w.t.Errorf("%s: a look changed %s", where, table)
		}
	}
	w.undo()
}

// links follows all that a page leads to or loads.
func (c *crawler) links(doc *goquery.Document, path string) {
	doc.Find("a[href], area[href]").Each(func(_ int, s *goquery.Selection) {
		if to := s.AttrOr("href", ""); !strings.HasPrefix(to, "#") {
			c.follow(to, path)
		}
	})
	doc.Find("link[href]").Each(func(_ int, s *goquery.Selection) { c.load(s.AttrOr("href", ""), path) })
	doc.Find("script[src], img[src], source[src], iframe, object, embed, audio[src], video[src]").Each(func(_ int, s *goquery.Selection) {
		c.load(s.AttrOr("src", "(nothing)"), path)
	})
}

func (c *crawler) load(address, path string) {
	if !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") {
		c.t.Errorf("%s loads %s", path, address)
		return
	}
	c.follow(address, path)
}

// form follows a form that asks, and notes one that changes something.
func (c *crawler) form(s *goquery.Selection, page string) {
	f := shownForm{who: c.who, page: page, action: s.AttrOr("action", page), fields: url.Values{}, choices: map[string][]string{}}
	f.multipart = s.AttrOr("enctype", "") == "multipart/form-data"
	id := s.AttrOr("id", "-")
	inside := s.Find("input, select, textarea, button").AddSelection(s.Closest("html").Find("[form]").FilterFunction(func(_ int, x *goquery.Selection) bool {
		return x.AttrOr("form", "") == id
	}))
	inside.Each(func(_ int, field *goquery.Selection) { f.add(field) })
	if strings.EqualFold(s.AttrOr("method", "get"), "post") {
		f.route = c.routeOf(http.MethodPost, strings.Split(f.action, "?")[0])
		if f.route == "" {
			c.t.Errorf("%s: a form goes to %s, which takes none", page, f.action)
		}
		c.forms = append(c.forms, f)
		return
	}
	action, _, _ := strings.Cut(f.action, "?")
	c.follow(action+"?"+f.fields.Encode(), page)
	for name, values := range f.choices {
		for _, v := range values {
			q := url.Values{name: {v}}
			c.follow(action+"?"+q.Encode(), page)
		}
	}
	for _, name := range f.texts {
		q := url.Values{name: {"あ"}}
		c.follow(action+"?"+q.Encode(), page)
	}
}

// add notes one field as a browser would send it.
func (f *shownForm) add(s *goquery.Selection) {
	name, value := s.AttrOr("name", ""), s.AttrOr("value", "")
	_, off := s.Attr("disabled")
	if goquery.NodeName(s) == "button" && strings.EqualFold(s.AttrOr("formmethod", ""), "get") {
		return // it looks, and changes nothing: its address is crawled where a link leads there
	}
	if goquery.NodeName(s) == "button" && !off {
		f.buttons = append(f.buttons, [2]string{name, value + "\x00" + s.AttrOr("formaction", "")})
		return
	}
	if name == "" || off {
		return
	}
	switch goquery.NodeName(s) {
	case "textarea":
		f.texts = append(f.texts, name)
		f.fields.Add(name, strings.TrimPrefix(s.Text(), "\n"))
	case "select":
		s.Find("option").Each(func(i int, o *goquery.Selection) {
			v := o.AttrOr("value", o.Text())
			f.choices[name] = append(f.choices[name], v)
			if _, chosen := o.Attr("selected"); chosen || i == 0 {
				f.fields.Set(name, v)
			}
		})
	default:
		switch s.AttrOr("type", "text") {
		case "checkbox", "radio":
			f.choices[name] = append(f.choices[name], value)
			if _, on := s.Attr("checked"); on {
				f.fields.Add(name, value)
			}
		case "file":
			f.file = name
		case "hidden":
			f.fields.Add(name, value)
		default:
			f.texts = append(f.texts, name)
			f.fields.Add(name, value)
		}
	}
}
