package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tenarai/internal/audit"
	"tenarai/internal/certificate"
	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

// DesignLook is how a center lets its certificates look, for those who may change it.
type DesignLook struct {
	store.CenterDesign
	Center member.Center
}

// Signs tells whether the center's files are signed at a time.
func (l DesignLook) Signs(now time.Time) bool { return signs(l.CenterDesign, now) }

func signs(d store.CenterDesign, now time.Time) bool {
	return len(d.Identity) > 0 && now.Before(d.IdentityEnds)
}

// LookDesign shows the design of the actor's center.
func (d *Desk) LookDesign(ctx context.Context, a Actor) (DesignLook, error) {
	if err := must(a, keepsCertificates...); err != nil {
		return DesignLook{}, err
	}
	kept, err := d.Store.CenterDesign(ctx, a.Center)
	if err != nil {
		return DesignLook{}, err
	}
	center, err := d.Store.Center(ctx, a.Center)
	return DesignLook{kept, center}, err
}

// DesignForm is a design as the form brings it. A picture that is not given stays as it is.
type DesignForm struct {
	certificate.Design
	Version        int64
	SealPNG        []byte // a picture of our own making; nil: as before
	SignaturePNG   []byte
	NoSeal         bool
	NoSignature    bool
	Identity       []byte // PKCS #12; nil: as before
	Password       string // of it
	NoIdentity     bool
	identityName   string
	identityEnds   time.Time
	sealedIdentity []byte
}

// SaveDesign keeps how the certificates of the actor's center look from now on. Those that were issued stay as they are.
func (d *Desk) SaveDesign(ctx context.Context, a Actor, form DesignForm) error {
	if err := must(a, keepsCertificates...); err != nil {
		return err
	}
	form.Signer, form.SignerEn = member.CleanName(form.Signer), member.CleanName(form.SignerEn)
	if err := d.checkDesign(a.Center, &form); err != nil {
		return err
	}
	_, err := once(ctx, d, a, "design.saved", func(ctx context.Context, now time.Time) (struct{}, error) {
		kept, err := d.Store.CenterDesign(ctx, a.Center)
		if err != nil {
			return struct{}{}, err
		}
		if kept.Version != form.Version {
			return struct{}{}, problem.Clash("certificate.design_moved")
		}
		if form.Seal, err = d.keepPicture(ctx, a, kept.Seal, form.SealPNG, form.NoSeal, now); err != nil {
			return struct{}{}, err
		}
		if form.Signature, err = d.keepPicture(ctx, a, kept.Signature, form.SignaturePNG, form.NoSignature, now); err != nil {
			return struct{}{}, err
		}
		kept.Design = form.Design
		switch {
		case form.NoIdentity:
			kept.Identity, kept.IdentityName, kept.IdentityEnds = nil, "", time.Time{}
		case form.sealedIdentity != nil:
			kept.Identity, kept.IdentityName, kept.IdentityEnds = form.sealedIdentity, form.identityName, form.identityEnds
		}
		if err := d.Store.KeepCenterDesign(ctx, a.Center, kept, now); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, d.happened(ctx, a, now, "design.saved", audit.Subject{Kind: "center", ID: int64(a.Center)}, 0,
			map[string]any{"template": string(form.Template), "signs": len(kept.Identity) > 0})
	})
	return err
}

// checkDesign refuses what cannot be printed or used, and seals the identity.
func (d *Desk) checkDesign(center member.CenterID, form *DesignForm) error {
	wrong := problem.Of(form.Check())
	for _, signer := range []struct{ field, name string }{{"signer", form.Signer}, {"signer_en", form.SignerEn}} {
		if signer.name != "" {
			wrong.Add(member.CheckName(signer.field, signer.name, d.Printable))
		}
	}
	if form.Identity != nil && !form.NoIdentity {
		err := d.sealIdentity(center, form)
		if err != nil && len(problem.Of(err)) == 0 {
			return err
		}
		wrong = append(wrong, problem.Of(err)...)
	}
	return wrong.Err()
}

// identity is a PKCS #12 file with its password, as it is sealed.
type identity struct {
	File     []byte
	Password string
}

func (d *Desk) sealIdentity(center member.CenterID, form *DesignForm) error {
	if d.OpenIdentity == nil {
		return problem.At("identity", "certificate.no_signing")
	}
	var begins time.Time
	var err error
	if form.identityName, begins, form.identityEnds, err = d.OpenIdentity(form.Identity, form.Password); err != nil {
		for _, p := range problem.Of(err) {
			p.Field = "identity"
		}
		return err
	}
	switch now := d.Now(); {
	case !now.Before(form.identityEnds):
		return problem.At("identity", "pdf.identity_ended")
	case now.Before(begins): // until that day every file of the center would fail to be signed
		return problem.At("identity", "pdf.identity_from", problem.Args{"Day": begins})
	}
	b, err := json.Marshal(identity{form.Identity, form.Password})
	if err != nil {
		return fmt.Errorf("seal identity: %w", err)
	}
	form.sealedIdentity, err = d.seal(identitySeal(center), b)
	return err
}

// identitySeal binds an identity to its center, so that whoever writes into the database cannot have one center sign as
// another.
func identitySeal(center member.CenterID) string { return fmt.Sprintf("%s %d", anyCenterSeal, center) }

// anyCenterSeal is what identities were bound to at first. Those that were kept so are read until they are given anew.
const anyCenterSeal = "center identity"

func (d *Desk) unsealIdentity(center member.CenterID, sealed []byte) (identity, error) {
	var with identity
	b, err := d.unseal(identitySeal(center), sealed)
	if errors.Is(err, ErrSecret) {
		b, err = d.unseal(anyCenterSeal, sealed)
	}
	if err != nil {
		return with, err
	}
	if err := json.Unmarshal(b, &with); err != nil {
		return with, fmt.Errorf("read identity: %w", err)
	}
	return with, nil
}

// signed signs a file with its center's identity. Without one, or once it has ended, the file stays unsigned: the machine
// credential in it and the verify page carry the trust.
func (d *Desk) signed(ctx context.Context, center member.CenterID, p store.PDF) (store.PDF, error) {
	kept, err := d.Store.CenterDesign(ctx, center)
	now := d.Now()
	if err != nil || d.Sign == nil || !signs(kept, now) {
		return p, err
	}
	with, err := d.unsealIdentity(center, kept.Identity)
	if err != nil {
		return p, err
	}
	if p.Bytes, err = d.Sign(p.Bytes, with.File, with.Password, now); err != nil {
		return p, err
	}
	sum := sha256.Sum256(p.Bytes)
	p.SHA256 = hex.EncodeToString(sum[:])
	return p, nil
}

// keepPicture keeps a picture by its hash and answers with it: the new one, none, or the one there was.
func (d *Desk) keepPicture(ctx context.Context, a Actor, was string, png []byte, none bool, now time.Time) (string, error) {
	switch {
	case none:
		return "", nil
	case png == nil:
		return was, nil
	}
	sum := sha256.Sum256(png)
	hash := hex.EncodeToString(sum[:])
	return hash, d.Store.KeepPicture(ctx, a.Center, hash, png, now)
}

// designOf is how a center lets its certificates look today.
func (d *Desk) designOf(ctx context.Context, c member.CenterID) (certificate.Design, error) {
	kept, err := d.Store.CenterDesign(ctx, c)
	return kept.Design, err
}

// pictures are those a design names.
func (d *Desk) pictures(ctx context.Context, k certificate.Design) (map[string][]byte, error) {
	var hashes []string
	for _, h := range []string{k.Seal, k.Signature} {
		if h != "" {
			hashes = append(hashes, h)
		}
	}
	return d.Store.Pictures(ctx, hashes)
}

// Sample is a certificate of nobody in a design that was not kept yet, with the center's pictures, to look at. A programme's
// says the title of a cohort's; 0 is none.
func (d *Desk) Sample(ctx context.Context, a Actor, k certificate.Design, kind certificate.Kind, of cohort.ID) (store.PDF, error) {
	look, err := d.LookDesign(ctx, a)
	if err != nil {
		return store.PDF{}, err
	}
	if err := k.Check(); err != nil {
		return store.PDF{}, err
	}
	k.Seal, k.Signature = look.Seal, look.Signature
	now := d.Now()
	s := certificate.Snapshot{
		Kind: kind, Name: "山田 花子", Kana: "やまだ はなこ", Latin: "Hanako Yamada", CenterName: look.Center.Name, CenterNameEn: look.Center.NameEn,
		Rule: skill.Rule, Design: k, Began: now.AddDate(0, -2, 0), Ended: now,
	}
	d.fillSample(&s, now)
	if kind == certificate.KindProgramme {
		s.Code, s.Topic = "", course.Text{JA: "プログラム名の見本", EN: "Title of the programme"}
		if of != 0 {
			c, err := d.Store.Cohort(ctx, a.Center, of)
			if err != nil {
				return store.PDF{}, err
			}
			s.Topic = c.Programme()
		}
		s.Title = s.Topic
	}
	sheet := certificate.Sheet{Certificate: certificate.Certificate{Revision: 1, Issued: now, Snapshot: s}, Sample: true}
	if sheet.Pictures, err = d.pictures(ctx, k); err != nil {
		return store.PDF{}, err
	}
	return d.Render(sheet)
}

// fillSample says of nobody what the first course or skill here would let somebody say.
func (d *Desk) fillSample(s *certificate.Snapshot, now time.Time) {
	if len(d.Catalog.Courses) == 0 || len(d.Catalog.Skills) == 0 {
		return
	}
	c := d.Catalog.Courses[len(d.Catalog.Courses)-1]
	s.Code, s.Topic, s.Title, s.CanDo, s.Minutes = c.Code, c.Title, c.Certificate.Title, c.Certificate.CanDo, c.Minutes()
	for _, m := range c.Modules {
		s.Modules = append(s.Modules, m.Title)
	}
	for _, id := range taught(c) {
		of := d.Catalog.Skill(id)
		s.Skills = append(s.Skills, certificate.Proven{Skill: id, Title: of.Title, Level: skill.Alone, Descriptor: of.Levels[skill.Alone]})
	}
	for _, it := range c.Items() {
		if it.Kind == course.KindAssignment {
			s.Pieces = append(s.Pieces, certificate.Piece{Title: it.Title, Attempts: 1, Assessors: []string{"鈴木 先生"}, Passed: now})
		}
	}
	if s.Kind == certificate.KindSkill && len(s.Skills) > 0 {
		one := s.Skills[0]
		s.Code, s.Topic, s.Title, s.CanDo, s.Modules, s.Skills = string(one.Skill), one.Title, one.Title, []course.Text{one.Descriptor}, nil, s.Skills[:1]
		s.Minutes = 0
	}
}
