package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"
)

// field is what the parts of a form show: part "text", "textarea", "select", "radios", "checkbox" and "file".
type field struct {
	Name, Label, Value string
	Problem            string // what is wrong with it, under the label and read with the field
	Hint               string
	Type               string // of an input; text if empty
	Autocomplete       string
	Inputmode          string
	Accept             string // of a file
	Rows, Max          int
	Required, Multiple bool
	Checked            bool
	Options            []Option
}

// Option is one choice of a select or of radio buttons.
type Option struct {
	Value, Label, Hint string
	Chosen             bool
}

// ID is the field's id: its name. The error summary links to it.
func (f field) ID() string { return f.Name }

// DescribedBy names what is read out with the field.
func (f field) DescribedBy() string {
	switch {
	case f.Hint != "" && f.Problem != "":
		return f.Name + "-hint " + f.Name + "-problem"
	case f.Hint != "":
		return f.Name + "-hint"
	case f.Problem != "":
		return f.Name + "-problem"
	}
	return ""
}

// makeField is the template function "field": page, name, label, value, then settings by name:
//
//	{{template "text" (field .Page "email" (t "public.login.email") .Form.Email "type" "email" "required" true)}}
//
// A number is taken as a value, too; 0 shows an empty field. For a checkbox the value is whether it is ticked.
func makeField(p Page, name, label string, value any, settings ...any) (field, error) {
	f := field{Name: name, Label: label, Problem: p.Problem(name)}
	switch v := value.(type) {
	case string:
		f.Value = v
	case bool:
		f.Checked, f.Value = v, "on"
	case int:
		f.Value = numberValue(int64(v))
	case int64:
		f.Value = numberValue(v)
	case nil:
	default:
		return f, fmt.Errorf("field %s: a %T is not a value a field can show", name, value)
	}
	if typed := p.typed(name); typed != "" {
		f.Value = typed
	}
	for i := 0; i+1 < len(settings); i += 2 {
		if !f.with(settings[i], settings[i+1]) {
			return f, fmt.Errorf("field %s: no setting %v with a %T", name, settings[i], settings[i+1])
		}
	}
	if len(settings)%2 != 0 {
		return f, fmt.Errorf("field %s: the last setting has no value", name)
	}
	for i := range f.Options {
		f.Options[i].Chosen = f.Options[i].Chosen || f.Options[i].Value == f.Value
	}
	return f, nil
}

func numberValue(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func (f *field) with(name, value any) bool {
	switch v := value.(type) {
	case string:
		texts := map[any]*string{
			"hint": &f.Hint, "type": &f.Type, "autocomplete": &f.Autocomplete, "inputmode": &f.Inputmode, "accept": &f.Accept,
		}
		if place := texts[name]; place != nil {
			*place = v
			return true
		}
	case int:
		numbers := map[any]*int{"rows": &f.Rows, "max": &f.Max}
		if place := numbers[name]; place != nil {
			*place = v
			return true
		}
	case bool:
		flags := map[any]*bool{"required": &f.Required, "multiple": &f.Multiple}
		if place := flags[name]; place != nil {
			*place = v
			return true
		}
	case Option:
		f.Options = append(f.Options, v)
		return name == "option"
	case []Option:
		f.Options = append(f.Options, v...)
		return name == "options"
	}
	return false
}

// makeOption is the template function "option": value, label, and perhaps a hint.
func makeOption(value, label string, hint ...string) Option {
	o := Option{Value: value, Label: label}
	if len(hint) > 0 {
		o.Hint = hint[0]
	}
	return o
}

// progressPart is a labelled bar: part "progress".
type progressPart struct {
	Label      string
	Value, Max int
}

// makeProgress is the template function "progress". A bar of nothing is shown empty.
func makeProgress(label string, value, limit int) progressPart {
	return progressPart{Label: label, Value: min(max(value, 0), max(limit, 1)), Max: max(limit, 1)}
}

// emptyPart says that a list has nothing yet, and what to do: part "empty".
type emptyPart struct{ Title, Text, Href, Action string }

// makeEmpty is the template function "empty": title, text, and perhaps an address with its words.
func makeEmpty(title, text string, link ...string) emptyPart {
	e := emptyPart{Title: title, Text: text}
	if len(link) == 2 {
		e.Href, e.Action = link[0], link[1]
	}
	return e
}

// receiptPart is the counter's slip after handing something in: part "receipt".
type receiptPart struct{ Number, Title, Text string }

// makeReceipt is the template function "receipt".
func makeReceipt(number, title, text string) receiptPart {
	return receiptPart{Number: number, Title: title, Text: text}
}

// Pager leads through a list page by page: part "pager". Page counts from 1.
type Pager struct {
	Page, Pages int
	Prev, Next  string
}

// pageNumber is the page asked for, 1 if none or nonsense.
func pageNumber(c echo.Context) int {
	n, err := strconv.Atoi(c.QueryParam("page"))
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// newPager is the pager of a list of total things, size on a page, keeping the rest of the address.
func newPager(c echo.Context, total, size int) Pager {
	p := Pager{Page: pageNumber(c), Pages: max(1, (total+size-1)/size)}
	p.Page = min(p.Page, p.Pages)
	if p.Page > 1 {
		p.Prev = withQuery(c, "page", strconv.Itoa(p.Page-1))
	}
	if p.Page < p.Pages {
		p.Next = withQuery(c, "page", strconv.Itoa(p.Page+1))
	}
	return p
}

// SortHead is a column's head that sorts by it: part "sorthead".
type SortHead struct {
	Label, Href string
	Dir         string // "ascending", "descending" or "none", for aria-sort
}

// sortHead is the head of the column by, in the reader's words. The address says sort=by, or sort=-by for descending; a
// click turns the order round.
func sortHead(c echo.Context, label, by string) SortHead {
	h := SortHead{Label: label, Dir: "none", Href: withQuery(c, "sort", by)}
	switch c.QueryParam("sort") {
	case by:
		h.Dir, h.Href = "ascending", withQuery(c, "sort", "-"+by)
	case "-" + by:
		h.Dir = "descending"
	}
	return h
}

// withQuery is this page's address with one value of its query changed; a new order begins at the first page.
func withQuery(c echo.Context, name, value string) string {
	q := url.Values{}
	for k, v := range c.Request().URL.Query() {
		q[k] = v
	}
	if name == "sort" {
		q.Del("page")
	}
	q.Set(name, value)
	return c.Request().URL.EscapedPath() + "?" + q.Encode()
}

// attachment sends bytes as a file to keep. name is what the browser proposes.
func attachment(c echo.Context, name, contentType string, b []byte) error {
	h := c.Response().Header()
	h.Set("Content-Security-Policy", downloadPolicy)
	h.Set(echo.HeaderContentDisposition, "attachment; filename*=UTF-8''"+url.PathEscape(name))
	return c.Blob(http.StatusOK, contentType, b)
}
