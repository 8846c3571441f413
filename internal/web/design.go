package web

import (
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"

	"github.com/gabriel-vasile/mimetype"
	"github.com/labstack/echo/v4"

	"tenarai/internal/certificate"
	"tenarai/internal/cohort"
	"tenarai/internal/desk"
	"tenarai/internal/problem"
)

const (
	designBytes  = 8 << 20 // the form with two pictures and an identity
	pictureBytes = 3 << 20 // one picture
	identityMost = 1 << 20
)

// designPage is how a center lets its certificates look.
type designPage struct {
	Page
	Look      desk.DesignLook
	Form      designForm
	Kept      designForm // what the form for signing leaves as it is
	Templates []Option
	Languages []Option
	Dates     []Option
	Turned    []Option
	Kinds     []Option
	Signs     bool // files are signed now
	Ended     bool // there is an identity, but its time is over
}

type designForm struct {
	Version     int64                 `form:"version"`
	Template    string                `form:"template"`
	Turned      string                `form:"turned"`
	Language    string                `form:"language"`
	Dates       string                `form:"dates"`
	Signer      string                `form:"signer,max=60"`
	SignerEn    string                `form:"signer_en,max=60"`
	Seal        *multipart.FileHeader `form:"seal"`
	NoSeal      bool                  `form:"no_seal"`
	Signature   *multipart.FileHeader `form:"signature"`
	NoSignature bool                  `form:"no_signature"`
	Identity    *multipart.FileHeader `form:"identity"`
	Password    string                `form:"password,raw"`
	NoIdentity  bool                  `form:"no_identity"`
}

var designView = view[designPage]("center/design")

func (s *Server) design(c echo.Context, a desk.Actor) error {
	return s.showDesign(c, a, nil, nil)
}

func (s *Server) showDesign(c echo.Context, a desk.Actor, form *designForm, refusal error) error {
	look, err := s.Desk.LookDesign(c.Request().Context(), a)
	if err != nil {
		return err
	}
	p := s.page(c, a, "center.design.title")
	if refusal != nil {
		if p, err = s.refused(p, refusal); err != nil {
			return err
		}
	}
	switch {
	case form == nil:
		form = keptForm(look)
	case p.status == http.StatusConflict: // somebody else was first: who has read that may save hers over it
		form.Version = look.Version
	}
	w := s.printer(c)
	page := designPage{Page: p, Look: look, Form: *form, Kept: *keptForm(look), Signs: look.Signs(s.Now()), Ended: len(look.Identity) > 0 && !look.Signs(s.Now())}
	page.Templates = chosen([]Option{
		{Value: "frame", Label: w.T("center.design.frame"), Hint: w.T("center.design.frame_hint")},
		{Value: string(certificate.Quiet), Label: w.T("center.design.quiet"), Hint: w.T("center.design.quiet_hint")},
		{Value: string(certificate.Formal), Label: w.T("center.design.formal"), Hint: w.T("center.design.formal_hint")},
	}, form.Template)
	page.Languages = chosen([]Option{{Value: "both", Label: w.T("center.design.both")}, {Value: "ja", Label: w.T("center.design.ja")}, {Value: "en", Label: w.T("center.design.en")}}, form.Language)
	page.Dates = chosen([]Option{{Value: "era", Label: w.T("center.design.era")}, {Value: "western", Label: w.T("center.design.western")}}, form.Dates)
	page.Turned = chosen([]Option{{Value: "landscape", Label: w.T("center.design.landscape")}, {Value: "portrait", Label: w.T("center.design.portrait")}}, form.Turned)
	page.Kinds = []Option{
		{Value: string(certificate.KindCourse), Label: w.T(grantWords[certificate.KindCourse])},
		{Value: string(certificate.KindSkill), Label: w.T(grantWords[certificate.KindSkill])},
		{Value: string(certificate.KindProgramme), Label: w.T(grantWords[certificate.KindProgramme])},
	}
	return designView.render(s, c, page)
}

// keptForm is a kept design as the form shows it: what is empty there has a name here.
func keptForm(d desk.DesignLook) *designForm {
	f := &designForm{Version: d.Version, Template: "frame", Turned: "landscape", Language: "both", Dates: "era", Signer: d.Signer, SignerEn: d.SignerEn}
	if d.Template != certificate.Frame {
		f.Template = string(d.Template)
	}
	if d.Portrait {
		f.Turned = "portrait"
	}
	if d.Language != certificate.BothLanguages {
		f.Language = string(d.Language)
	}
	if d.Western {
		f.Dates = "western"
	}
	return f
}

// asDesign is what was chosen, as a design.
func (f designForm) asDesign() certificate.Design {
	d := certificate.Design{
		Template: certificate.Template(f.Template), Portrait: f.Turned == "portrait", Language: certificate.PageLanguage(f.Language), Western: f.Dates == "western",
		Signer: f.Signer, SignerEn: f.SignerEn,
	}
	if f.Template == "frame" {
		d.Template = certificate.Frame
	}
	if f.Language == "both" {
		d.Language = certificate.BothLanguages
	}
	return d
}

func (s *Server) saveDesign(c echo.Context, a desk.Actor) error {
	form, err := decode[designForm](c)
	deed := desk.DesignForm{
		Design: form.asDesign(), Version: form.Version, NoSeal: form.NoSeal, NoSignature: form.NoSignature, Password: form.Password, NoIdentity: form.NoIdentity,
	}
	wrong := problem.Of(err)
	if err != nil && len(wrong) == 0 {
		return err
	}
	look, err := s.Desk.LookDesign(c.Request().Context(), a)
	if err != nil {
		return err
	}
	for _, up := range []struct {
		field string
		file  *multipart.FileHeader
		into  *[]byte
		read  func(context.Context, *multipart.FileHeader) ([]byte, error)
	}{
		{"seal", form.Seal, &deed.SealPNG, sealPicture}, {"signature", form.Signature, &deed.SignaturePNG, sealPicture}, {"identity", form.Identity, &deed.Identity, readIdentity},
	} {
		if up.file == nil || look.Version != form.Version { // who was slower is told so, and nothing is decoded for that
			continue
		}
		if *up.into, err = up.read(c.Request().Context(), up.file); err != nil {
			list := problem.Of(err)
			if len(list) == 0 {
				return err
			}
			list[0].Field = up.field
			wrong = append(wrong, list[0])
		}
	}
	if err = wrong.Err(); err == nil {
		err = s.Desk.SaveDesign(c.Request().Context(), a, deed)
	}
	if err != nil {
		form.Password = ""
		return s.showDesign(c, a, &form, err)
	}
	return s.seeOther(c, "/center/design", "center.design.saved")
}

// sealPicture reads a picture and makes a PNG of ours out of it: nothing that somebody sends is ever printed as it came.
func sealPicture(ctx context.Context, f *multipart.FileHeader) ([]byte, error) {
	b, err := readUpload(f, pictureBytes)
	if err != nil {
		return nil, err
	}
	drawn, err := printable(ctx, mimetype.Detect(b).String(), b)
	if list := problem.Of(err); len(list) > 0 {
		if list[0].Key == "assignments.picture_large" {
			return nil, problem.Refuse("certificate.picture_large", problem.Args{"Max": printedPixels / 1_000_000})
		}
		return nil, problem.Refuse("certificate.picture_wrong")
	}
	return drawn, err
}

func readIdentity(_ context.Context, f *multipart.FileHeader) ([]byte, error) {
	return readUpload(f, identityMost)
}

func readUpload(f *multipart.FileHeader, most int64) ([]byte, error) {
	if f.Size > most {
		return nil, problem.Refuse("certificate.file_large")
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, most))
}

// sampleCertificate prints nobody's certificate in the design that the address names, to look at before it is kept.
func (s *Server) sampleCertificate(c echo.Context, a desk.Actor) error {
	form, err := s.sampleForm(c, a)
	if err != nil {
		return err
	}
	kind := certificate.Kind(c.QueryParam("kind"))
	if grantWords[kind] == "" {
		kind = certificate.KindCourse
	}
	of, err := strconv.ParseInt(c.QueryParam("cohort"), 10, 64) // whose programme a sample is of
	if err != nil {
		of = 0
	}
	p, err := s.Desk.Sample(c.Request().Context(), a, form.asDesign(), kind, cohort.ID(of))
	if err != nil {
		return err
	}
	return attachment(c, s.printer(c).T("center.design.sample_file")+".pdf", "application/pdf", p.Bytes)
}

// sampleForm is the design that the address names, or the one that is kept if it names none.
func (s *Server) sampleForm(c echo.Context, a desk.Actor) (*designForm, error) {
	if !c.QueryParams().Has("template") {
		look, err := s.Desk.LookDesign(c.Request().Context(), a)
		return keptForm(look), err
	}
	return &designForm{
		Template: c.QueryParam("template"), Turned: c.QueryParam("turned"), Language: c.QueryParam("language"), Dates: c.QueryParam("dates"),
		Signer: lineOf(c.QueryParam("signer")), SignerEn: lineOf(c.QueryParam("signer_en")),
	}, nil
}

// lineOf is one line of what an address carries.
func lineOf(s string) string {
	const longest = 60
	r := []rune(composed(s))
	return string(r[:min(len(r), longest)])
}
