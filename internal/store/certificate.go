package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tenarai/internal/certificate"
	"tenarai/internal/member"
)

type grantRow struct {
	ID       int64
	MemberID int64
	CenterID int64
	Kind     string
	Subject  string
	Edition  string
	At       int64
}

func (grantRow) TableName() string { return "certificate_grant" }

func (r grantRow) noun() certificate.Grant {
	return certificate.Grant{
		ID: certificate.GrantID(r.ID), Member: member.ID(r.MemberID), Center: member.CenterID(r.CenterID),
		Kind: certificate.Kind(r.Kind), Subject: r.Subject, Edition: r.Edition, At: at(r.At),
	}
}

// AddGrant keeps a grant; the same one twice changes nothing and answers 0.
func (s *Store) AddGrant(ctx context.Context, g certificate.Grant) (certificate.GrantID, error) {
	r := grantRow{MemberID: int64(g.Member), CenterID: int64(g.Center), Kind: string(g.Kind), Subject: g.Subject, Edition: g.Edition, At: ms(g.At)}
	res := s.x(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&r)
	if res.Error != nil || res.RowsAffected == 0 {
		return 0, wrap("keep grant", res.Error)
	}
	return certificate.GrantID(r.ID), nil
}

// Grants are what a person was given.
func (s *Store) Grants(ctx context.Context, m member.ID) ([]certificate.Grant, error) {
	var rs []grantRow
	err := s.q(ctx).Where("member_id = ?", m).Order("id").Find(&rs).Error
	out := make([]certificate.Grant, len(rs))
	for i, r := range rs {
		out[i] = r.noun()
	}
	return out, wrap("list grants", err)
}

type certificateRow struct {
	ID       int64
	GrantID  int64
	Revision int
	Number   string
	IssuedAt int64
	UntilAt  int64
	Cause    string
	IsPublic bool
	IsHidden bool
	BatchID  int64
	CenterID int64 // its grant's, for lists
	Snapshot string
}

func (certificateRow) TableName() string { return "certificate" }

func (r certificateRow) noun() (certificate.Certificate, error) {
	c := certificate.Certificate{
		ID: certificate.ID(r.ID), Grant: certificate.GrantID(r.GrantID), Revision: r.Revision, Number: certificate.Number(r.Number),
		Issued: at(r.IssuedAt), Until: at(r.UntilAt), Cause: certificate.Cause(r.Cause), Public: r.IsPublic, Hidden: r.IsHidden,
	}
	return c, json.Unmarshal([]byte(r.Snapshot), &c.Snapshot)
}

// AddCertificate keeps a numbered revision of a grant of a center, of a batch or none (0), and answers with its id. The same
// revision twice is a Conflict.
func (s *Store) AddCertificate(ctx context.Context, center member.CenterID, c certificate.Certificate, batch certificate.BatchID) (certificate.ID, error) {
	snap, err := json.Marshal(c.Snapshot)
	if err != nil {
		return 0, wrap("keep certificate", err)
	}
	r := certificateRow{
		GrantID: int64(c.Grant), Revision: c.Revision, Number: string(c.Number), IssuedAt: ms(c.Issued), UntilAt: ms(c.Until), Cause: string(c.Cause),
		IsPublic: c.Public, IsHidden: c.Hidden, BatchID: int64(batch), CenterID: int64(center), Snapshot: string(snap),
	}
	err = s.x(ctx).Create(&r).Error
	return certificate.ID(r.ID), wrap("keep certificate", err)
}

// Held is a certificate with its grant, what decides who may see it, and what happened to it.
type Held struct {
	certificate.Certificate
	Holder     member.ID
	Center     member.CenterID
	Kind       certificate.Kind
	Subject    string
	Edition    string
	Granted    time.Time
	ShowName   bool // the holder allows her name on the verify page
	HolderName string
	Latest     certificate.Change // zero: nothing
	Successor  certificate.Number // of a replaced one

	SuccessorHidden bool // its holder keeps that one out of look-ups
}

// StateAt is how it stands at a time.
func (h Held) StateAt(now time.Time) certificate.State { return h.Certificate.StateAt(h.Latest, now) }

type heldRow struct {
	Row          certificateRow `gorm:"embedded"` // embedded by name: gorm passes over unexported embedded structs
	MemberID     int64
	Kind         string
	Subject      string
	Edition      string
	GrantedAt    int64
	VerifyNameAt int64
	Name         string
	Before       *string
	State        *string
	ChangedAt    *int64
	ByID         *int64
	Reason       *string
	Note         *string
	SuccessorID  *int64
	Successor    *string
	NextHidden   *bool
}

func (r heldRow) noun() (Held, error) {
	c, err := r.Row.noun()
	c.Replaces = certificate.Number(or(r.Before))
	h := Held{
		Certificate: c, Holder: member.ID(r.MemberID), Center: member.CenterID(r.Row.CenterID), Kind: certificate.Kind(r.Kind), Subject: r.Subject,
		Edition: r.Edition, Granted: at(r.GrantedAt), ShowName: r.VerifyNameAt != 0, HolderName: r.Name, Successor: certificate.Number(or(r.Successor)),
		SuccessorHidden: or(r.NextHidden),
	}
	if r.State != nil {
		h.Latest = certificate.Change{
			Certificate: c.ID, State: certificate.State(*r.State), At: at(or(r.ChangedAt)), By: member.ID(or(r.ByID)), Reason: certificate.Reason(or(r.Reason)),
			Note: or(r.Note), Successor: certificate.ID(or(r.SuccessorID)),
		}
	}
	return h, err
}

// or is what a column that may be NULL holds, or nothing.
func or[T any](v *T) T {
	if v == nil {
		var none T
		return none
	}
	return *v
}

const heldColumns = `c.*, g.member_id, g.kind, g.subject, g.edition, g.at AS granted_at, m.verify_name_at, m.name, b.number AS before,
	x.state, x.at AS changed_at, x.by_id, x.reason, x.note, x.successor_id, y.number AS successor, y.is_hidden AS next_hidden`

const heldTables = ` FROM certificate c JOIN certificate_grant g ON g.id = c.grant_id JOIN member m ON m.id = g.member_id
	LEFT JOIN certificate b ON b.grant_id = c.grant_id AND b.revision = c.revision - 1
	LEFT JOIN certificate_change x ON x.id = (SELECT MAX(id) FROM certificate_change WHERE certificate_id = c.id)
	LEFT JOIN certificate y ON y.id = x.successor_id`

const heldQuery = "SELECT " + heldColumns + heldTables

func (s *Store) held(ctx context.Context, query string, args ...any) ([]Held, error) {
	var rs []heldRow
	if err := s.q(ctx).Raw(query, args...).Scan(&rs).Error; err != nil {
		return nil, wrap("list certificates", err)
	}
	out := make([]Held, len(rs))
	for i, r := range rs {
		var err error
		if out[i], err = r.noun(); err != nil {
			return nil, wrap("read certificate", err)
		}
	}
	return out, nil
}

// CertificateByNumber finds a certificate by its number.
func (s *Store) CertificateByNumber(ctx context.Context, n certificate.Number) (Held, error) {
	var r heldRow
	if err := s.q(ctx).Raw(heldQuery+" WHERE c.number = ?", n).Take(&r).Error; err != nil {
		return Held{}, wrap("read certificate", err)
	}
	return r.noun()
}

// CertificateByID finds a certificate by its id.
func (s *Store) CertificateByID(ctx context.Context, id certificate.ID) (Held, error) {
	held, err := s.held(ctx, heldQuery+" WHERE c.id = ?", id)
	if err == nil && len(held) == 0 {
		err = wrap("read certificate", gorm.ErrRecordNotFound)
	}
	if err != nil {
		return Held{}, err
	}
	return held[0], nil
}

// Certificates are a person's certificates, the newest first.
func (s *Store) Certificates(ctx context.Context, m member.ID) ([]Held, error) {
	return s.held(ctx, heldQuery+" WHERE g.member_id = ? ORDER BY c.id DESC", m)
}

// Revisions are all revisions of a grant, the newest first.
func (s *Store) Revisions(ctx context.Context, g certificate.GrantID) ([]Held, error) {
	return s.held(ctx, heldQuery+" WHERE c.grant_id = ? ORDER BY c.revision DESC", g)
}

// ChangeCertificate keeps that a certificate was revoked, replaced or withdrawn, and moves the status list it stands in, if
// any. The same state twice changes nothing and answers false.
func (s *Store) ChangeCertificate(ctx context.Context, c certificate.Change) (bool, error) {
	r := changeRow{
		CertificateID: int64(c.Certificate), State: string(c.State), At: ms(c.At), ByID: int64(c.By), Reason: string(c.Reason), Note: c.Note,
	}
	if c.Successor != 0 {
		id := int64(c.Successor)
		r.SuccessorID = &id
	}
	res := s.x(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&r)
	if res.Error != nil || res.RowsAffected == 0 {
		return false, wrap("keep change", res.Error)
	}
	const moved = "UPDATE status_list SET changed_at = ? WHERE n = (SELECT list FROM status_entry WHERE certificate_id = ?)"
	return true, wrap("move status list", s.x(ctx).Exec(moved, ms(c.At), int64(c.Certificate)).Error)
}

type changeRow struct {
	ID            int64
	CertificateID int64
	State         string
	At            int64
	ByID          int64
	Reason        string
	Note          string
	SuccessorID   *int64
}

func (changeRow) TableName() string { return "certificate_change" }

// SetCertificatePublic says whether anybody with the number may fetch the PDF.
func (s *Store) SetCertificatePublic(ctx context.Context, id certificate.ID, public bool) error {
	return changed("keep public", s.x(ctx).Table("certificate").Where("id = ?", id).Update("is_public", public))
}

// SetCertificateHidden says whether the holder keeps a certificate out of the public look-up.
func (s *Store) SetCertificateHidden(ctx context.Context, id certificate.ID, hidden bool) error {
	return changed("keep hidden", s.x(ctx).Table("certificate").Where("id = ?", id).Update("is_hidden", hidden))
}

type paperRow struct {
	CertificateID int64
	State         string
	Bytes         []byte
	SHA256        string `gorm:"column:sha256"`
	Renderer      string
	At            int64
}

func (paperRow) TableName() string { return "certificate_paper" }

// PDF are the bytes of a certificate as they were first rendered.
type PDF struct {
	Bytes    []byte
	SHA256   string
	Renderer string
}

// CertificatePDF reads the bytes kept for a state; ok is false while nothing was rendered.
func (s *Store) CertificatePDF(ctx context.Context, id certificate.ID, state certificate.State) (p PDF, ok bool, err error) {
	var r paperRow
	err = s.q(ctx).Where("certificate_id = ? AND state = ?", id, state).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return PDF{}, false, nil
	}
	return PDF{r.Bytes, r.SHA256, r.Renderer}, err == nil, wrap("read PDF", err)
}

// KeepPDF keeps the first rendering for a state; a later one changes nothing. It tells whether this is the first.
func (s *Store) KeepPDF(ctx context.Context, id certificate.ID, state certificate.State, p PDF, now time.Time) (first bool, err error) {
	res := s.x(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&paperRow{int64(id), string(state), p.Bytes, p.SHA256, p.Renderer, ms(now)})
	return res.RowsAffected == 1, wrap("keep PDF", res.Error)
}

// PaperByHash finds the certificate whose kept bytes have a SHA-256, and the state they were printed for.
func (s *Store) PaperByHash(ctx context.Context, sha256 string) (n certificate.Number, state certificate.State, err error) {
	var r struct{ Number, State string }
	err = s.q(ctx).Raw("SELECT c.number, p.state FROM certificate_paper p JOIN certificate c ON c.id = p.certificate_id WHERE p.sha256 = ?", sha256).Take(&r).Error
	return certificate.Number(r.Number), certificate.State(r.State), wrap("find PDF", err)
}
