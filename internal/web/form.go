package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/unicode/norm"

	"tenarai/internal/desk"
	"tenarai/internal/problem"
)

// Sizes of what a form may carry.
const (
	formBytes   = 1 << 20 // a form's body, unless its route says otherwise
	formMemory  = 1 << 20 // of an upload kept in memory; the rest goes to temporary files
	lineLength  = 500     // characters of a field of one line
	textLength  = 50_000  // characters of a text
	groupLength = 100     // repeated values or indexed groups of one name
)

// parseForm reads the body of a POST, which must be one of the two types HTML forms have: a JSON body bound to a struct has
// let strangers set fields no form shows. Nothing in the address is ever read as a field.
func parseForm(c echo.Context, limit int64) error {
	r := c.Request()
	if limit == 0 {
		limit = formBytes
	}
	r.Body = http.MaxBytesReader(c.Response(), r.Body, limit)
	kind, params, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	switch {
	case r.ContentLength == 0:
		r.PostForm, r.Form = url.Values{}, url.Values{}
		return nil
	case err == nil && kind == echo.MIMEApplicationForm:
		err = r.ParseForm()
	case err == nil && kind == echo.MIMEMultipartForm:
		begins := beginning{ReadCloser: r.Body}
		r.Body = &begins
		if err = r.ParseMultipartForm(formMemory); desk.Away(err) { // the folder for temporary files is full
			r.PostForm, _ = typedFields(multipart.NewReader(&begins.kept, params["boundary"]))
			return err
		}
	default:
		return echo.ErrUnsupportedMediaType
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large), errors.Is(err, multipart.ErrMessageTooLarge):
		return echo.ErrStatusRequestEntityTooLarge
	case err != nil && len(r.PostForm) == 0:
		return echo.ErrBadRequest
	}
	return nil // a broken address beside a good body is no reason to refuse the body
}

// parseTyped reads what was typed in a form whose deed is refused already: who may not do it may not send much either. Of a
// form with files it reads the fields and passes over the files, so that hours of writing do not go with a photograph.
func parseTyped(c echo.Context, limit int64) error {
	r := c.Request()
	if kind, _, _ := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType)); kind != echo.MIMEMultipartForm {
		return parseForm(c, formBytes)
	}
	r.Body = http.MaxBytesReader(c.Response(), r.Body, max(limit, formBytes))
	r.PostForm, r.Form = url.Values{}, url.Values{}
	parts, err := r.MultipartReader()
	if err != nil {
		return echo.ErrBadRequest
	}
	r.PostForm, err = typedFields(parts)
	return err
}

// typedFields reads the fields of a form with files up to formBytes, and gives what it has read of them with any error.
func typedFields(parts *multipart.Reader) (url.Values, error) {
	fields := url.Values{}
	for left := int64(formBytes); left > 0; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return fields, nil
		}
		if err != nil {
			return fields, echo.ErrBadRequest
		}
		if part.FileName() != "" {
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, left))
		if err != nil {
			return fields, echo.ErrBadRequest
		}
		left -= int64(len(value)) + 1
		fields.Add(part.FormName(), string(value))
	}
	return fields, echo.ErrStatusRequestEntityTooLarge
}

// beginning keeps the first formBytes of a body that is read, in which a form's fields stand before its files.
type beginning struct {
	io.ReadCloser
	kept bytes.Buffer
}

func (b *beginning) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.kept.Write(p[:min(n, formBytes-b.kept.Len())])
	return n, err
}

// dropFiles removes the temporary files of an upload.
func dropFiles(c echo.Context) {
	if m := c.Request().MultipartForm; m != nil {
		_ = m.RemoveAll() // the sweeper of the temporary folder takes what this could not
	}
}

// formKey is the form's idempotency key; anything but one of our own making counts as none.
func formKey(c echo.Context) string {
	const longest = 64
	key := c.Request().PostForm.Get("key")
	if len(key) > longest || strings.ContainsFunc(key, func(r rune) bool { return !('A' <= r && r <= 'Z' || '2' <= r && r <= '7') }) {
		return ""
	}
	return key
}

// decode reads a form into a struct made for that form alone. Fields say their name, and how they are read:
//
//	Email   string                `form:"email"`          one line: trimmed, in NFC, at most 500 characters
//	Name    string                `form:"name,max=80"`    at most 80 characters
//	Work    string                `form:"work,text"`      a text: as typed, line ends as \n, at most 50,000 characters
//	Pass    string                `form:"password,raw"`   as typed
//	Hours   int                   `form:"hours"`          empty is 0; every kind of int, typed ids too
//	Share   bool                  `form:"share"`          a ticked box
//	Answers []string              `form:"answer"`         repeated
//	Fixes   []fixForm             `form:"fix"`            fix.0.text, fix.1.text, …: a group each
//	Marks   map[string]string     `form:"mark"`           mark.accuracy=2
//	Files   []*multipart.FileHeader `form:"file"`         uploads; those without a name (nothing chosen) are left out
//
// What is typed wrongly comes back as a problem.List with the fields' names; the struct then still holds all that could be
// read, so that the page can show it again. A malformed struct panics, on the first test that uses it.
func decode[T any](c echo.Context) (T, error) {
	var form T
	d := decoder{values: c.Request().PostForm}
	if m := c.Request().MultipartForm; m != nil {
		d.files = m.File
	}
	d.fill(reflect.ValueOf(&form).Elem(), "")
	return form, d.problems.Err()
}

type decoder struct {
	values   url.Values
	files    map[string][]*multipart.FileHeader
	problems problem.List
}

func (d *decoder) fill(v reflect.Value, prefix string) {
	for field, place := range v.Fields() {
		tag := field.Tag.Get("form")
		if tag == "" {
			continue
		}
		name, how, _ := strings.Cut(tag, ",")
		d.set(place, prefix+name, how)
	}
}

var (
	fileType  = reflect.TypeFor[*multipart.FileHeader]()
	filesType = reflect.TypeFor[[]*multipart.FileHeader]()
)

func (d *decoder) set(v reflect.Value, name, how string) {
	switch {
	case v.Type() == fileType:
		if files := d.chosen(name); len(files) > 0 {
			v.Set(reflect.ValueOf(files[0]))
		}
	case v.Type() == filesType:
		v.Set(reflect.ValueOf(d.chosen(name)))
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		d.groups(v, name)
	case v.Kind() == reflect.Slice:
		d.repeated(v, name, how)
	case v.Kind() == reflect.Map:
		d.named(v, name, how)
	case v.Kind() == reflect.Struct:
		d.fill(v, name+".")
	default:
		if given := d.values[name]; len(given) > 0 {
			d.one(v, name, how, given[0])
		}
	}
}

func (d *decoder) chosen(name string) []*multipart.FileHeader {
	var files []*multipart.FileHeader
	for _, f := range d.files[name] {
		if f.Filename != "" || f.Size > 0 {
			files = append(files, f)
		}
	}
	if len(files) > groupLength {
		d.refuse(name, "form.too_many", problem.Args{"Max": groupLength})
		return files[:groupLength]
	}
	return files
}

// groups fills one struct for each index that occurs, in order; indices may have gaps.
func (d *decoder) groups(v reflect.Value, name string) {
	for i := range groupLength {
		prefix := name + "." + strconv.Itoa(i) + "."
		if !d.any(prefix) {
			continue
		}
		one := reflect.New(v.Type().Elem()).Elem()
		d.fill(one, prefix)
		v.Set(reflect.Append(v, one))
	}
}

func (d *decoder) any(prefix string) bool {
	for name := range d.values {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func (d *decoder) repeated(v reflect.Value, name, how string) {
	given := d.values[name]
	if len(given) > groupLength {
		d.refuse(name, "form.too_many", problem.Args{"Max": groupLength})
		given = given[:groupLength]
	}
	for _, s := range given {
		one := reflect.New(v.Type().Elem()).Elem()
		d.one(one, name, how, s)
		v.Set(reflect.Append(v, one))
	}
}

func (d *decoder) named(v reflect.Value, name, how string) {
	v.Set(reflect.MakeMap(v.Type()))
	for full, given := range d.values {
		key, ok := strings.CutPrefix(full, name+".")
		if !ok || !utf8.ValidString(key) || len(given) == 0 {
			continue
		}
		if v.Len() >= groupLength {
			d.refuse(name, "form.too_many", problem.Args{"Max": groupLength})
			return
		}
		one := reflect.New(v.Type().Elem()).Elem()
		d.one(one, full, how, given[0])
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), one)
	}
}

// one reads one value into a string, whole number or bool, or a type made of one.
func (d *decoder) one(v reflect.Value, name, how, given string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(d.text(name, how, given))
	case reflect.Bool:
		v.SetBool(given != "" && given != "0" && given != "false" && given != "off")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		s := strings.TrimSpace(norm.NFKC.String(given)) // １２ is 12
		s = strings.ReplaceAll(s, ",", "")
		if s == "" {
			return
		}
		n, err := strconv.ParseInt(s, 10, v.Type().Bits())
		if err != nil {
			d.refuse(name, "form.number", problem.Args{typedArg: asTyped(given)}) // the struct cannot hold it
			return
		}
		v.SetInt(n)
	default:
		panic(fmt.Sprintf("web: form field %s has the type %s, which forms cannot hold", name, v.Type()))
	}
}

// typedArg carries what was typed where a number belongs, so that the page can show it again.
const typedArg = "Typed"

// asTyped is what was typed, as far as a page can show it in one line.
func asTyped(s string) string {
	s = strings.Join(strings.FieldsFunc(strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", ""), lineEnd), " ")
	r := []rune(s)
	return string(r[:min(len(r), lineLength)])
}

func (d *decoder) text(name, how, s string) string {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		d.refuse(name, "form.encoding", nil)
		return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
	}
	longest := lineLength
	switch {
	case how == "raw":
		longest = textLength
	case how == "text":
		s, longest = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n"), textLength
	default:
		if limit, ok := strings.CutPrefix(how, "max="); ok {
			longest, _ = strconv.Atoi(limit)
		}
		s = composed(strings.TrimSpace(strings.Join(strings.FieldsFunc(s, lineEnd), " ")))
	}
	if utf8.RuneCountInString(s) > longest {
		d.refuse(name, "form.too_long", problem.Args{"Max": longest})
	}
	return s
}

func lineEnd(r rune) bool { return r == '\r' || r == '\n' || r == '\t' }

// composed is s in NFC (か and ゛ become が), but for CJK compatibility ideographs: NFC would turn 福 (U+FA1B), as people
// write it in their names, into another character.
func composed(s string) string {
	var b strings.Builder
	start := 0
	for i, r := range s {
		if (0xF900 <= r && r <= 0xFAFF) || (0x2F800 <= r && r <= 0x2FA1F) {
			b.WriteString(norm.NFC.String(s[start:i]))
			b.WriteRune(r)
			start = i + utf8.RuneLen(r)
		}
	}
	b.WriteString(norm.NFC.String(s[start:]))
	return b.String()
}

func (d *decoder) refuse(name, key string, args problem.Args) {
	d.problems = append(d.problems, &problem.Problem{Kind: problem.Invalid, Key: key, Field: name, Args: args})
}
