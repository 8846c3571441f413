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
	IsPublic bool
	Snapshot string
}

func (certificateRow) TableName() string { return "certificate" }

func (r certificateRow) noun() (certificate.Certificate, error) {
	c := certificate.Certificate{
		ID: certificate.ID(r.ID), Grant: certificate.GrantID(r.GrantID), Revision: r.Revision, Number: certificate.Number(r.Number),
		Issued: at(r.IssuedAt), Public: r.IsPublic,
	}
	return c, json.Unmarshal([]byte(r.Snapshot), &c.Snapshot)
}

// AddCertificate keeps a numbered revision of a grant. The same revision twice is a Conflict.
func (s *Store) AddCertificate(ctx context.Context, c certificate.Certificate) error {
	snap, err := json.Marshal(c.Snapshot)
	if err != nil {
		return wrap("keep certificate", err)
	}
	return wrap("keep certificate", s.x(ctx).Create(&certificateRow{
		GrantID: int64(c.Grant), Revision: c.Revision, Number: string(c.Number), IssuedAt: ms(c.Issued), IsPublic: c.Public, Snapshot: string(snap),
	}).Error)
}

// Held is a certificate with its grant and what decides who may see it.
type Held struct {
	certificate.Certificate
	Holder     member.ID
	Center     member.CenterID
	Subject    string
	ShowName   bool // the holder allows her name on the verify page
	HolderName string
}

type heldRow struct {
	Row          certificateRow `gorm:"embedded"` // embedded by name: gorm passes over unexported embedded structs
	MemberID     int64
	CenterID     int64
	Subject      string
	VerifyNameAt int64
	Name         string
}

func (r heldRow) noun() (Held, error) {
	c, err := r.Row.noun()
	return Held{c, member.ID(r.MemberID), member.CenterID(r.CenterID), r.Subject, r.VerifyNameAt != 0, r.Name}, err
}

const heldQuery = `SELECT c.*, g.member_id, g.center_id, g.subject, m.verify_name_at, m.name FROM certificate c
	JOIN certificate_grant g ON g.id = c.grant_id JOIN member m ON m.id = g.member_id`

// CertificateByNumber finds a certificate by its number.
func (s *Store) CertificateByNumber(ctx context.Context, n certificate.Number) (Held, error) {
	var r heldRow
	if err := s.q(ctx).Raw(heldQuery+" WHERE c.number = ?", n).Take(&r).Error; err != nil {
		return Held{}, wrap("read certificate", err)
	}
	return r.noun()
}

// Certificates are a person's certificates, the newest first.
func (s *Store) Certificates(ctx context.Context, m member.ID) ([]Held, error) {
	var rs []heldRow
	if err := s.q(ctx).Raw(heldQuery+" WHERE g.member_id = ? ORDER BY c.id DESC", m).Scan(&rs).Error; err != nil {
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

// SetCertificatePublic says whether anybody with the number may fetch the PDF.
func (s *Store) SetCertificatePublic(ctx context.Context, id certificate.ID, public bool) error {
	return changed("keep public", s.x(ctx).Table("certificate").Where("id = ?", id).Update("is_public", public))
}

type pdfRow struct {
	CertificateID int64
	Bytes         []byte
	SHA256        string `gorm:"column:sha256"`
	Renderer      string
	At            int64
}

func (pdfRow) TableName() string { return "certificate_pdf" }

// PDF are the bytes of a certificate as they were first rendered.
type PDF struct {
	Bytes    []byte
	SHA256   string
	Renderer string
}

// CertificatePDF reads the kept bytes; ok is false while nothing was rendered.
func (s *Store) CertificatePDF(ctx context.Context, id certificate.ID) (p PDF, ok bool, err error) {
	var r pdfRow
	err = s.q(ctx).Where("certificate_id = ?", id).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return PDF{}, false, nil
	}
	return PDF{r.Bytes, r.SHA256, r.Renderer}, err == nil, wrap("read PDF", err)
}

// KeepPDF keeps the first rendering; a later one changes nothing.
func (s *Store) KeepPDF(ctx context.Context, id certificate.ID, p PDF, now time.Time) error {
	return wrap("keep PDF", s.x(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&pdfRow{int64(id), p.Bytes, p.SHA256, p.Renderer, ms(now)}).Error)
}
