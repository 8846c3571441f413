package web

import (
	"context"
	"errors"
	"flag"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"tenarai/internal/desk"
	"tenarai/internal/i18n"
	"tenarai/internal/member"
	"tenarai/internal/pdf"
	"tenarai/internal/problem"
	"tenarai/static"
)

var update = flag.Bool("update", false, "write the golden files anew")

var testNow = time.Date(2026, 11, 22, 12, 4, 0, 0, time.UTC) // 21:04 in Tokyo

// testConfig is a frame without a desk: two sessions, of a trainee and of a mentor.
func testConfig(t testing.TB) Config {
	t.Helper()
	words, err := i18n.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		Combine: func(w io.Writer, title string, papers iter.Seq2[desk.BatchPaper, error]) error {
			return pdf.Combine(w, title, func(yield func(pdf.Part, error) bool) {
				for p, err := range papers {
					if !yield(pdf.Part{Bytes: p.PDF.Bytes, Title: p.Snapshot.Name}, err) {
						return
					}
				}
			})
		},
		Templates: os.DirFS("../../templates"), Static: static.Files, Style: static.Style, Words: words,
		Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), Now: func() time.Time { return testNow }, Plain: true,
		Demo: []DemoPerson{{Email: "aoi@tenarai.example", Name: "佐藤 葵", Password: "tenarai-demo", Role: member.Trainee}},
		Session: func(_ context.Context, token string) (desk.Actor, error) {
			switch token {
			case "trainee-token":
				return desk.Actor{Member: 1, Name: "佐藤 葵", Roles: []member.Role{member.Trainee}}, nil
			case "mentor-token":
				return desk.Actor{Member: 2, Name: "伊藤 誠", Roles: []member.Role{member.Mentor}, Language: "en"}, nil
			case "broken-token":
				return desk.Actor{}, errors.New("database went away")
			}
			return desk.Actor{}, nil
		},
		SignIn: func(_ context.Context, in Credentials) (string, desk.Actor, error) {
			if in.Email == "aoi@tenarai.example" && in.Password == "tenarai-demo" {
				return "trainee-token", desk.Actor{Member: 1, Roles: []member.Role{member.Trainee}}, nil
			}
			return "", desk.Actor{}, problem.Refuse("web.login_often")
		},
	}
}

// testServer is a server with the routes of the frame and more of the test's own.
func testServer(t testing.TB, cfg Config, more ...route) *Server {
	t.Helper()
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range more {
		if err := s.register(r); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// asked is one request of a test.
type asked struct {
	method, path, token string
	form                url.Values
	header              map[string]string
	body                io.Reader
}

func (a asked) of(s http.Handler) *httptest.ResponseRecorder {
	body := a.body
	if a.form != nil {
		body = strings.NewReader(a.form.Encode())
	}
	if a.method == "" {
		a.method = http.MethodGet
	}
	r := httptest.NewRequest(a.method, a.path, body)
	if a.form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if a.token != "" {
		r.AddCookie(&http.Cookie{Name: sessionCookie, Value: a.token})
	}
	for k, v := range a.header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func get(path string) asked { return asked{path: path} }

func post(path string, form url.Values) asked {
	return asked{method: http.MethodPost, path: path, form: form}
}

func (a asked) as(token string) asked { a.token = token; return a }

func (a asked) with(name, value string) asked {
	header := map[string]string{name: value}
	for k, v := range a.header {
		header[k] = v
	}
	a.header = header
	return a
}
