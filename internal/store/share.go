package store

import (
	"context"
	"encoding/json"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/member"
	"tenarai/internal/skill"
)

type shareRow struct {
	ID        int64
	MemberID  int64
	CenterID  int64
	TokenHash string
	Token     []byte
	Label     string
	CompanyID *int64
	What      string
	CreatedAt int64
	EndsAt    int64
	EndedAt   int64
}

func (shareRow) TableName() string { return "share" }

// Share is a link by which somebody shows what she chose of her record.
type Share struct {
	ID      int64
	Member  member.ID
	Center  member.CenterID
	Hash    string           // of its token
	Token   []byte           // sealed
	Label   string           // for herself alone
	Company member.CompanyID // who alone may open it; 0: everybody who has the link
	What    skill.Shared
	Created time.Time
	Ends    time.Time
	Ended   time.Time // zero: she has not ended it

	CompanyName string // joined
	Openings    int    // counted, in lists
}

// Open tells whether the link works at a time.
func (s Share) Open(now time.Time) bool { return skill.LinkOpen(s.Ends, s.Ended, now) }

func (r shareRow) noun() (Share, error) {
	s := Share{
		ID: r.ID, Member: member.ID(r.MemberID), Center: member.CenterID(r.CenterID), Hash: r.TokenHash, Token: r.Token, Label: r.Label,
		Company: member.CompanyID(or(r.CompanyID)), Created: at(r.CreatedAt), Ends: at(r.EndsAt), Ended: at(r.EndedAt),
	}
	return s, json.Unmarshal([]byte(r.What), &s.What)
}

// AddShare keeps a new link.
func (s *Store) AddShare(ctx context.Context, v Share) (int64, error) {
	what, err := json.Marshal(v.What)
	if err != nil {
		return 0, wrap("keep share", err)
	}
	r := shareRow{
		MemberID: int64(v.Member), CenterID: int64(v.Center), TokenHash: v.Hash, Token: v.Token, Label: v.Label, What: string(what),
		CreatedAt: ms(v.Created), EndsAt: ms(v.Ends),
	}
	if v.Company != 0 {
		c := int64(v.Company)
		r.CompanyID = &c
	}
	err = s.x(ctx).Create(&r).Error
	return r.ID, wrap("keep share", err)
}

// OpenShares counts a person's links that work at a time.
func (s *Store) OpenShares(ctx context.Context, m member.ID, now time.Time) (int, error) {
	var n int64
	err := s.q(ctx).Table("share").Where("member_id = ? AND ended_at = 0 AND ends_at > ?", m, ms(now)).Count(&n).Error
	return int(n), wrap("count shares", err)
}

// EndShare ends a person's link at once, and answers with the center it was made in. One that was ended before stays as it
// was, and answers false; another's is NotFound.
func (s *Store) EndShare(ctx context.Context, m member.ID, id int64, now time.Time) (c member.CenterID, ended bool, err error) {
	var r shareRow
	if err := s.x(ctx).Raw("SELECT * FROM share WHERE id = ? AND member_id = ?"+s.lock(), id, m).Take(&r).Error; err != nil {
		return 0, false, wrap("read share", err)
	}
	c = member.CenterID(r.CenterID)
	if r.EndedAt != 0 {
		return c, false, nil
	}
	return c, true, changed("end share", s.x(ctx).Table("share").Where("id = ? AND ended_at = 0", id).Update("ended_at", ms(now)))
}

// EndShares ends a person's links of a center that still work, and answers with which they were.
func (s *Store) EndShares(ctx context.Context, m member.ID, c member.CenterID, now time.Time) (ids []int64, err error) {
	const working = "member_id = ? AND center_id = ? AND ended_at = 0 AND ends_at > ?"
	if err := s.x(ctx).Raw("SELECT id FROM share WHERE "+working+" ORDER BY id"+s.lock(), m, c, ms(now)).Scan(&ids).Error; err != nil || len(ids) == 0 {
		return nil, wrap("list shares", err)
	}
	return ids, wrap("end shares", s.x(ctx).Table("share").Where("id IN ?", ids).Update("ended_at", ms(now)).Error)
}

// ShareByToken finds a link by the hash of its token.
func (s *Store) ShareByToken(ctx context.Context, hash string) (Share, error) {
	var r shareRow
	if err := s.q(ctx).Where("token_hash = ?", hash).Take(&r).Error; err != nil {
		return Share{}, wrap("read share", err)
	}
	return r.noun()
}

// Shares are a person's links, the newest first, a page at a time, with how often each was opened, and how many there are.
func (s *Store) Shares(ctx context.Context, m member.ID, offset, limit int) (list []Share, total int, err error) {
	var n int64
	if err := s.q(ctx).Table("share").Where("member_id = ?", m).Count(&n).Error; err != nil {
		return nil, 0, wrap("count shares", err)
	}
	var rs []struct {
		Row         shareRow `gorm:"embedded"` // embedded by name: gorm passes over unexported embedded structs
		CompanyName string
		Openings    int
	}
	err = s.q(ctx).Raw(`SELECT s.*, COALESCE(c.name, '') AS company_name, (SELECT COUNT(*) FROM share_opened o WHERE o.share_id = s.id) AS openings
		FROM share s LEFT JOIN company c ON c.id = s.company_id WHERE s.member_id = ? ORDER BY s.id DESC LIMIT ? OFFSET ?`, m, limit, offset).Scan(&rs).Error
	if err != nil {
		return nil, 0, wrap("list shares", err)
	}
	list = make([]Share, len(rs))
	for i, r := range rs {
		if list[i], err = r.Row.noun(); err != nil {
			return nil, 0, wrap("read share", err)
		}
		list[i].CompanyName, list[i].Openings = r.CompanyName, r.Openings
	}
	return list, int(n), nil
}

type openedRow struct {
	ID        int64
	ShareID   int64
	At        int64
	ViewerID  int64
	CompanyID *int64
}

func (openedRow) TableName() string { return "share_opened" }

// Opening is one opening of a link.
type Opening struct {
	Share   int64
	At      time.Time
	Viewer  member.ID        // 0: not signed in
	Company member.CompanyID // for which the viewer was signed in; 0: for none

	CompanyName string // joined
}

// AddOpening keeps that a link was opened, unless the same viewer opened it after since. The link is locked, so that two at
// once count as one.
func (s *Store) AddOpening(ctx context.Context, o Opening, since time.Time) (bool, error) {
	if s.postgres {
		var one int
		if err := s.x(ctx).Raw("SELECT 1 FROM share WHERE id = ? FOR UPDATE", o.Share).Take(&one).Error; err != nil {
			return false, wrap("lock share", err)
		}
	}
	var n int64
	if err := s.x(ctx).Table("share_opened").Where("share_id = ? AND viewer_id = ? AND at > ?", o.Share, o.Viewer, ms(since)).Count(&n).Error; err != nil || n > 0 {
		return false, wrap("count openings", err)
	}
	r := openedRow{ShareID: o.Share, At: ms(o.At), ViewerID: int64(o.Viewer)}
	if o.Company != 0 {
		c := int64(o.Company)
		r.CompanyID = &c
	}
	return true, wrap("keep opening", s.x(ctx).Create(&r).Error)
}

// Openings are the newest openings of some links, at most so many of each.
func (s *Store) Openings(ctx context.Context, shares []int64, each int) (map[int64][]Opening, error) {
	out := make(map[int64][]Opening, len(shares))
	if len(shares) == 0 {
		return out, nil
	}
	err := scan(s.q(ctx).Raw(`SELECT o.share_id, o.at, o.viewer_id, COALESCE(o.company_id, 0), COALESCE(c.name, '')
		FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY share_id ORDER BY id DESC) AS nth FROM share_opened WHERE share_id IN ?) o
		LEFT JOIN company c ON c.id = o.company_id WHERE o.nth <= ? ORDER BY o.share_id, o.id DESC`, shares, each), func(columns row) error {
		var o Opening
		var when int64
		err := columns(&o.Share, &when, &o.Viewer, &o.Company, &o.CompanyName)
		o.At = at(when)
		out[o.Share] = append(out[o.Share], o)
		return err
	})
	return out, wrap("list openings", err)
}

// NoteVerified counts a look-up of a certificate on a day, which is told by its first instant.
func (s *Store) NoteVerified(ctx context.Context, id certificate.ID, day time.Time) error {
	return wrap("count look-up", s.x(ctx).Exec(`INSERT INTO verify_looked (certificate_id, day, looks) VALUES (?, ?, 1)
		ON CONFLICT (certificate_id, day) DO UPDATE SET looks = verify_looked.looks + 1`, id, ms(day)).Error)
}

// DisclosedBy is the way by which something of a person was shown.
type DisclosedBy string

// The ways.
const (
	ByPosting DisclosedBy = "posting" // a company looked at who fits its posting
	ByShare   DisclosedBy = "share"   // a link was opened
	ByVerify  DisclosedBy = "verify"  // a certificate was looked up while her name was shown
)

// DisclosureLine is one line of what a person reads about who saw something of hers.
type DisclosureLine struct {
	By      DisclosedBy
	At      time.Time // of a look-up: its day
	Company string    // empty: nobody knows who it was
	About   string    // the posting's title, the link's label or the certificate's number
	Basis   string    // of a posting: general | interest
	Looks   int
}

// WasShown tells whether a person ever made a link, or anything was shown of her.
func (s *Store) WasShown(ctx context.Context, m member.ID) (bool, error) {
	var shown bool
	err := s.q(ctx).Raw(`SELECT EXISTS (SELECT 1 FROM share WHERE member_id = ?) OR EXISTS (SELECT 1 FROM disclosure WHERE member_id = ?)
		OR EXISTS (SELECT 1 FROM verify_looked v JOIN certificate k ON k.id = v.certificate_id JOIN certificate_grant g ON g.id = k.grant_id WHERE g.member_id = ?)`, m, m, m).Scan(&shown).Error
	return shown, wrap("look for disclosures", err)
}

// DisclosureLines is everything that was shown of a person, the newest first, a page at a time, and how many lines there are.
func (s *Store) DisclosureLines(ctx context.Context, m member.ID, offset, limit int) (list []DisclosureLine, total int, err error) {
	const (
		postings = " FROM disclosure d WHERE d.member_id = ?"
		shares   = " FROM share_opened o JOIN share h ON h.id = o.share_id WHERE h.member_id = ?"
		verified = " FROM verify_looked v JOIN certificate k ON k.id = v.certificate_id JOIN certificate_grant g ON g.id = k.grant_id WHERE g.member_id = ?"
	)
	// Each way gives no more rows than the page can need: however long a list has grown, its end is not read.
	page := func(columns, from, order string) string {
		return "SELECT * FROM (SELECT " + columns + from + " ORDER BY " + order + " DESC LIMIT ?) "
	}
	most := offset + limit
	query := "SELECT way, at, COALESCE(c.name, ''), COALESCE(p.title, x.label), basis, looks FROM (" +
		page("'posting' AS way, d.at, d.company_id, d.posting_id, '' AS label, d.basis, 1 AS looks, d.id", postings, "d.id") + "a UNION ALL " +
		page("'share', o.at, o.company_id, CAST(NULL AS BIGINT), h.label, '', 1, o.id", shares, "o.id") + "b UNION ALL " +
		page("'verify', v.day, CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), k.number, '', v.looks, k.id", verified, "v.day") +
		"c) x LEFT JOIN company c ON c.id = x.company_id LEFT JOIN posting p ON p.id = x.posting_id ORDER BY x.at DESC, x.way, x.id DESC LIMIT ? OFFSET ?"
	err = scan(s.q(ctx).Raw(query, m, most, m, most, m, most, limit, offset), func(columns row) error {
		var d DisclosureLine
		var when int64
		err := columns(&d.By, &when, &d.Company, &d.About, &d.Basis, &d.Looks)
		d.At = at(when)
		list = append(list, d)
		return err
	})
	if err != nil {
		return nil, 0, wrap("list disclosures", err)
	}
	err = s.q(ctx).Raw("SELECT (SELECT COUNT(*)"+postings+") + (SELECT COUNT(*)"+shares+") + (SELECT COUNT(*)"+verified+")", m, m, m).Scan(&total).Error
	return list, total, wrap("count disclosures", err)
}
