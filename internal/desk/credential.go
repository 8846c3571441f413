package desk

import (
	"context"
	"encoding/binary"
	"io"
	"slices"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/cohort"
	"tenarai/internal/course"
	"tenarai/internal/problem"
	"tenarai/internal/skill"
	"tenarai/internal/store"
)

// Badges makes machine credentials and what belongs to them. It is handed in: the deeds do not know how things are signed.
type Badges interface {
	NewKey(a certificate.Algorithm) (certificate.SigningKey, error)
	Credential(c certificate.Claim, k certificate.SigningKey) ([]byte, error) // JSON-LD with an embedded proof
	JWT(c certificate.Claim, k certificate.SigningKey) ([]byte, error)
	Bake(credential []byte, a certificate.Achievement, form certificate.Form) ([]byte, error) // into a picture
	Achievement(a certificate.Achievement) ([]byte, error)
	StatusList(l certificate.StatusList, k certificate.SigningKey) ([]byte, error)
	DIDDocument(keys []certificate.Key) ([]byte, error)
	JWKS(keys []certificate.Key) ([]byte, error)
	JWK(k certificate.Key) ([]byte, error)
	Record(r certificate.RecordClaim, k certificate.SigningKey) ([]byte, error)
	// DID is the issuer's identifier, by which it knows its own credentials.
	DID() string
	// Open takes the credential out of a file, and says what kind of file it is.
	Open(file []byte) (credential []byte, kind string, err error)
	// Check checks a credential, ours or somebody else's. What that needs is asked of load.
	Check(credential []byte, now time.Time, load func(address string) ([]byte, error)) (certificate.Report, error)
}

// Credential gives a certificate as a machine credential to whoever may fetch its PDF; to others it does not exist. While
// the key stays the same, so do its bytes.
func (d *Desk) Credential(ctx context.Context, a Actor, number string, form certificate.Form) ([]byte, error) {
	h, err := d.certificateFor(ctx, a, number)
	if err != nil {
		return nil, err
	}
	return d.credentialOf(ctx, h, form)
}

// credentialOf makes a certificate's machine credential in a form.
func (d *Desk) credentialOf(ctx context.Context, h store.Held, form certificate.Form) ([]byte, error) {
	claim, err := d.claim(ctx, h)
	if err != nil {
		return nil, err
	}
	if form == certificate.FormJWT {
		k, err := d.signingKey(ctx, certificate.JWT)
		if err != nil {
			return nil, err
		}
		return d.Badges.JWT(claim, k)
	}
	k, err := d.signingKey(ctx, certificate.DataIntegrity)
	if err != nil {
		return nil, err
	}
	doc, err := d.Badges.Credential(claim, k)
	if err != nil || form == certificate.FormJSON {
		return doc, err
	}
	return d.Badges.Bake(doc, claim.Achievement, form)
}

// claim is what a certificate's machine credential says.
func (d *Desk) claim(ctx context.Context, h store.Held) (certificate.Claim, error) {
	c := certificate.Claim{Certificate: h.Certificate, Achievement: d.achieved(h)}
	var err error
	c.Status, err = d.statusEntry(ctx, h.ID)
	return c, err
}

// certificateFor finds a certificate for somebody who may have it whole: its holder, her center's staff, and everybody if
// she made it public. For others, and where nobody was given the number, it is Missing; so is what was withdrawn, for everybody.
func (d *Desk) certificateFor(ctx context.Context, a Actor, number string) (store.Held, error) {
	unknown := problem.Missing("certificate.unknown")
	n, err := certificate.ParseNumber(number)
	if err != nil {
		return store.Held{}, unknown
	}
	h, err := d.Store.CertificateByNumber(ctx, n)
	if isMissing(err) {
		return store.Held{}, unknown
	}
	if err != nil {
		return store.Held{}, err
	}
	if h.Latest.State == certificate.Withdrawn || (!h.Public || h.Hidden) && !mayHaveWhole(a, h) {
		return store.Held{}, unknown
	}
	return h, nil
}

// mayHaveWhole tells whether somebody has a certificate whole though it is not public: its holder, and her center's staff.
func mayHaveWhole(a Actor, h store.Held) bool {
	return holds(a, h) || a.Center == h.Center && a.Staff()
}

// achieved is what a certificate is for, in the words of its day. Only the ids in the ESCO vocabulary are today's: they
// were not kept, and do not change.
func (d *Desk) achieved(h store.Held) certificate.Achievement {
	s := h.Snapshot
	a := certificate.Achievement{
		Kind: h.Kind, Slug: certificate.AchievementSlug(h.Kind, h.Subject), Code: s.Code, Edition: s.Edition, Name: s.Title, Course: s.Topic, CanDo: s.CanDo, Modules: s.Modules, Minutes: s.Minutes,
	}
	for _, p := range s.Skills {
		one := certificate.AchievementSkill{ID: p.Skill, Title: p.Title, ESCO: d.Catalog.Skill(p.Skill).ESCO}
		if p.Level > skill.None && int(p.Level) < len(one.Levels) {
			one.Levels[p.Level] = p.Descriptor
		}
		a.Skills = append(a.Skills, one)
	}
	return a
}

// fullList is how many places of a status list are taken at most: chance then finds a free one at the second try, on average.
const fullList = certificate.StatusPlaces / 2

// statusEntry is where a certificate's status stands. It gets its place when it is first asked for.
func (d *Desk) statusEntry(ctx context.Context, id certificate.ID) (certificate.StatusEntry, error) {
	e, ok, err := d.Store.StatusEntry(ctx, id)
	if err != nil || ok {
		return e, err
	}
	err = d.deed(ctx, func(ctx context.Context, now time.Time) error {
		list, err := d.Store.OpenStatusList(ctx, fullList, now)
		for err == nil && !ok {
			var random [4]byte
			if _, err = io.ReadFull(d.Random, random[:]); err != nil {
				return err
			}
			// StatusPlaces divides 2³², so that every place is as likely.
			e = certificate.StatusEntry{List: list, Position: int(binary.BigEndian.Uint32(random[:]) % certificate.StatusPlaces)}
			if ok, err = d.Store.TakeStatusEntry(ctx, id, e, now); err != nil || ok {
				break
			}
			e, ok, err = d.Store.StatusEntry(ctx, id) // the place was taken, or somebody was faster for this certificate
		}
		return err
	})
	return e, err
}

// StatusList is a signed status list. Anybody may ask.
func (d *Desk) StatusList(ctx context.Context, n int) ([]byte, error) {
	l, err := d.Store.StatusList(ctx, n)
	if err != nil {
		return nil, err
	}
	k, err := d.signingKey(ctx, certificate.DataIntegrity)
	if err != nil {
		return nil, err
	}
	return d.Badges.StatusList(l, k)
}

// DIDDocument is the issuer's DID document. Anybody may ask.
func (d *Desk) DIDDocument(ctx context.Context) ([]byte, error) {
	keys, err := d.Store.CredentialKeys(ctx)
	if err != nil {
		return nil, err
	}
	return d.Badges.DIDDocument(keys)
}

// JWKS is the set of keys that sign, or once signed, VC-JWTs. Anybody may ask.
func (d *Desk) JWKS(ctx context.Context) ([]byte, error) {
	keys, err := d.Store.CredentialKeys(ctx)
	if err != nil {
		return nil, err
	}
	return d.Badges.JWKS(keys)
}

// JWK is one key that signs, or once signed, VC-JWTs. Anybody may ask.
func (d *Desk) JWK(ctx context.Context, kid string) ([]byte, error) {
	keys, err := d.Store.CredentialKeys(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(keys, func(k certificate.Key) bool { return k.KID == kid && k.Algorithm == certificate.JWT })
	if i < 0 {
		return nil, problem.Missing("credential.unknown_key")
	}
	return d.Badges.JWK(keys[i])
}

// Achievement is what certificates of a course, a skill or a programme are for. Anybody may ask.
func (d *Desk) Achievement(ctx context.Context, slug string) (certificate.Achievement, error) {
	unknown := problem.Missing("credential.unknown_achievement")
	kind, subject := certificate.ParseAchievementSlug(slug)
	switch kind {
	case certificate.KindSkill:
		s := d.Catalog.Skill(skill.ID(subject))
		if !slices.ContainsFunc(d.Catalog.Skills, func(o skill.Skill) bool { return o.ID == s.ID }) {
			return certificate.Achievement{}, unknown
		}
		return certificate.Achievement{
			Kind: kind, Slug: slug, Code: subject, Name: s.Title, Course: s.Title,
			Skills: []certificate.AchievementSkill{{ID: s.ID, Title: s.Title, Levels: s.Levels, ESCO: s.ESCO}},
		}, nil
	case certificate.KindProgramme:
		// A programme is known from when somebody completed it: before that nobody needs to hear of it.
		h, err := d.Store.LatestCertificate(ctx, kind, subject)
		if isMissing(err) {
			return certificate.Achievement{}, unknown
		}
		if err != nil {
			return certificate.Achievement{}, err
		}
		k, err := d.Store.Cohort(ctx, h.Center, cohort.ID(certificate.CohortOf(subject)))
		return d.programmeAchievement(k, slug), err
	case certificate.KindCourse:
	}
	c := d.course[subject]
	if c == nil || subject == course.PriorSlug { // no certificate is for portfolios as such
		return certificate.Achievement{}, unknown
	}
	return d.courseAchievement(c), nil
}

func (d *Desk) courseAchievement(c *course.Course) certificate.Achievement {
	a := certificate.Achievement{
		Kind: certificate.KindCourse, Slug: c.Slug, Code: c.Code, Edition: c.Edition, Name: c.Certificate.Title, Course: c.Title, CanDo: c.Certificate.CanDo, Minutes: c.Minutes(),
	}
	for _, m := range c.Modules {
		a.Modules = append(a.Modules, m.Title)
	}
	for _, id := range taught(c) {
		s := d.Catalog.Skill(id)
		a.Skills = append(a.Skills, certificate.AchievementSkill{ID: id, Title: s.Title, Levels: s.Levels, ESCO: s.ESCO})
	}
	return a
}

// programmeAchievement is told from the cohort's courses alone: what its people reached is theirs, and in a small cohort the
// levels of one certificate are those of somebody everybody knows. All levels are described, so that what a credential says
// was reached is among them.
func (d *Desk) programmeAchievement(k cohort.Cohort, slug string) certificate.Achievement {
	a := certificate.Achievement{Kind: certificate.KindProgramme, Slug: slug, Name: k.Programme()}
	a.Course = a.Name
	var promises [][]course.Text
	for _, s := range k.Courses {
		c := d.course[s]
		if c == nil { // no longer taught
			a.Modules = append(a.Modules, course.Text{JA: s})
			continue
		}
		of := d.courseAchievement(c)
		a.Modules, a.Minutes, promises = append(a.Modules, of.Course), a.Minutes+of.Minutes, append(promises, of.CanDo)
		for _, one := range of.Skills {
			if !slices.ContainsFunc(a.Skills, func(o certificate.AchievementSkill) bool { return o.ID == one.ID }) {
				a.Skills = append(a.Skills, one)
			}
		}
	}
	a.CanDo = inTurn(promises, 4)
	return a
}

// AchievementDocument is the same for machines.
func (d *Desk) AchievementDocument(ctx context.Context, slug string) ([]byte, error) {
	a, err := d.Achievement(ctx, slug)
	if err != nil {
		return nil, err
	}
	return d.Badges.Achievement(a)
}

// taught are the skills that a course's assignments prove, sorted by id.
func taught(c *course.Course) []skill.ID {
	var ids []skill.ID
	for _, it := range c.Items() {
		if it.Kind != course.KindAssignment {
			continue
		}
		for _, r := range it.Assignment.Rubric.Rows {
			if r.Proves > skill.None && !slices.Contains(ids, r.Skill) {
				ids = append(ids, r.Skill)
			}
		}
	}
	slices.Sort(ids)
	return ids
}
