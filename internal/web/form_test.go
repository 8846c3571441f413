package web

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"tenarai/internal/desk"
	"tenarai/internal/member"
	"tenarai/internal/problem"
)

type everyForm struct {
	Name    string            `form:"name,max=5"`
	Work    string            `form:"work,text"`
	Pass    string            `form:"password,raw"`
	Hours   int               `form:"hours"`
	Member  member.ID         `form:"member"`
	Share   bool              `form:"share"`
	Answers []string          `form:"answer"`
	Fixes   []fixForm         `form:"fix"`
	Marks   map[string]string `form:"mark"`
	Role    string            // without a tag: no form can set it

	Files []*multipart.FileHeader `form:"file"`
}

type fixForm struct {
	Row  int    `form:"row"`
	Text string `form:"text"`
}

// decoded sends form to a server and gives what decode made of it.
func decoded(t testing.TB, ask asked) (form everyForm, status int, err error) {
	t.Helper()
	s := testServer(t, testConfig(t), route{
		Method: http.MethodPost, Path: "/f", Access: Anyone, Body: 4096,
		Handle: func(c echo.Context, _ desk.Actor) error {
			form, err = decode[everyForm](c)
			return c.NoContent(http.StatusNoContent)
		},
	})
	status = ask.of(s).Code
	return form, status, err
}

func TestDecode(t *testing.T) {
	got, _, err := decoded(t, post("/f?hours=9&Role=admin", url.Values{
		"name": {"  か\u3099\r\nb "}, "work": {"　一行目\r\n二行目 \r"}, "password": {" p "}, "hours": {" １２ "}, "member": {"42"}, "share": {"on"},
		"answer": {"a", "b"}, "fix.0.text": {"x"}, "fix.0.row": {"1"}, "fix.7.text": {"y"}, "mark.正確さ": {"2"}, "Role": {"admin"}, "ID": {"9"},
	}))
	want := everyForm{
		Name: "が b", Work: "　一行目\n二行目 \n", Pass: " p ", Hours: 12, Member: 42, Share: true, Answers: []string{"a", "b"},
		Fixes: []fixForm{{Row: 1, Text: "x"}, {Text: "y"}}, Marks: map[string]string{"正確さ": "2"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("err %v, diff %s", err, diff)
	}
}

func TestDecodeRefusals(t *testing.T) {
	got, _, err := decoded(t, post("/f", url.Values{
		"name": {"123456"}, "work": {"a\x00b\xff"}, "hours": {"many"}, "fix.1.row": {"x"}, "answer": make([]string, groupLength+1),
	}))
	keys := map[string]string{}
	for _, p := range problem.Of(err) {
		keys[p.Field] = p.Key
	}
	want := map[string]string{
		"name": "form.too_long", "work": "form.encoding", "hours": "form.number", "fix.1.row": "form.number", "answer": "form.too_many",
	}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Error(diff)
	}
	if got.Name != "123456" || got.Work != "ab" {
		t.Errorf("what was typed is lost: %+v", got)
	}
}

func TestFormTypesAndSizes(t *testing.T) {
	body := func(kind, text string) asked {
		return asked{method: http.MethodPost, path: "/f", body: strings.NewReader(text)}.with("Content-Type", kind)
	}
	for name, c := range map[string]struct {
		ask  asked
		want int
	}{
		"form":      {body("application/x-www-form-urlencoded", "name=x"), 204},
		"charset":   {body("application/x-www-form-urlencoded; charset=utf-8", "name=x"), 204},
		"empty":     {asked{method: http.MethodPost, path: "/f"}, 204},
		"json":      {body("application/json", `{"Role":"admin"}`), 415},
		"xml":       {body("application/xml", `<a/>`), 415},
		"text":      {body("text/plain", "name=x"), 415},
		"none":      {body("", "name=x"), 415},
		"too large": {body("application/x-www-form-urlencoded", "name="+strings.Repeat("x", 5000)), 413},
		"no parts":  {body("multipart/form-data; boundary=x", "nonsense"), 400},
		"no escape": {body("application/x-www-form-urlencoded", "name=%zz"), 400},
	} {
		if _, got, _ := decoded(t, c.ask); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
}

func TestUpload(t *testing.T) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	f, _ := w.CreateFormFile("file", "../台帳.csv")
	_, _ = f.Write([]byte("a,b"))
	_, _ = w.CreateFormFile("file", "") // nothing chosen
	_ = w.WriteField("name", "x")
	_ = w.Close()
	ask := asked{method: http.MethodPost, path: "/f", body: &b}.with("Content-Type", w.FormDataContentType())
	got, status, err := decoded(t, ask)
	if err != nil || status != 204 || len(got.Files) != 1 || got.Files[0].Size != 3 || got.Name != "x" {
		t.Errorf("%d %v %+v", status, err, got)
	}
}

// Whatever is typed as a text comes back byte for byte but for its line ends; a line comes back in NFC with every kanji as
// it was typed; reading what was read changes nothing.
func TestTextLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if strings.ContainsRune(s, 0) {
			s = strings.ReplaceAll(s, "\x00", "")
		}
		var d decoder
		text, line := d.text("x", "text", s), d.text("x", "", s)
		if strings.ReplaceAll(text, "\n", "") != strings.NewReplacer("\r", "", "\n", "").Replace(s) {
			t.Fatalf("%q became %q", s, text)
		}
		if d.text("x", "text", text) != text || d.text("x", "", line) != line {
			t.Fatalf("%q is not stable", s)
		}
	})
	var d decoder
	for _, name := range []string{"髙﨑 健二", "𠮷田", "福\uFA1B", "辻\U000E0100", "神\uFA19"} {
		if got := d.text("x", "", name); got != name {
			t.Errorf("%+q became %+q", name, got)
		}
	}
	if got := composed("e\u0301\uFA1Bか\u3099"); got != "é\uFA1Bが" {
		t.Errorf("got %+q", got)
	}
	if norm.NFC.String("\uFA1B") == "\uFA1B" {
		t.Error("NFC keeps U+FA1B by now: composed can go")
	}
}

// The key of a form reaches the deed, and only one of our own making does.
func TestIdempotencyKey(t *testing.T) {
	var seen []string
	s := testServer(t, testConfig(t), route{
		Method: http.MethodPost, Path: "/k", Access: SignedIn,
		Handle: func(c echo.Context, a desk.Actor) error { seen = append(seen, a.Key); return c.NoContent(204) },
	})
	key := Page{}.Key()
	for _, k := range []string{key, "", "'; drop table", strings.Repeat("A", 65)} {
		post("/k", url.Values{"key": {k}}).as("trainee-token").of(s)
	}
	if want := []string{key, "", "", ""}; !reflect.DeepEqual(seen, want) {
		t.Errorf("got %q, want %q", seen, want)
	}
	if again := (Page{}).Key(); again == key || len(key) < 26 {
		t.Errorf("keys %q and %q are not fresh", key, again)
	}
}
