package store

import (
	"context"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/member"
)

// CertificateFilter bounds a list of a center's certificates; what is empty bounds nothing.
type CertificateFilter struct {
	State certificate.State
	Kind  certificate.Kind
	Find  string // in name, reading and number
}

// CertificatesOf are a page of a center's certificates, the newest first, and how many there are by the filter.
func (s *Store) CertificatesOf(ctx context.Context, center member.CenterID, f CertificateFilter, now time.Time, offset, limit int) (rows []Held, total int, err error) {
	where, args := " WHERE c.center_id = ?", []any{center}
	add := func(condition string, more ...any) {
		where += " AND " + condition
		args = append(args, more...)
	}
	const unchanged = "NOT EXISTS (SELECT 1 FROM certificate_change z WHERE z.certificate_id = c.id)"
	switch f.State {
	case "":
	case certificate.Valid:
		add(unchanged+" AND (c.until_at = 0 OR c.until_at > ?)", ms(now))
	case certificate.Lapsed:
		add(unchanged+" AND c.until_at > 0 AND c.until_at <= ?", ms(now))
	default:
		add("(SELECT z.state FROM certificate_change z WHERE z.certificate_id = c.id ORDER BY z.id DESC LIMIT 1) = ?", f.State)
	}
	if f.Kind != "" {
		add("g.kind = ?", f.Kind)
	}
	if f.Find != "" {
		like := "%" + escapeLike(f.Find) + "%"
		condition, more := `(lower(m.name) LIKE lower(?) ESCAPE '\' OR lower(m.printed_name) LIKE lower(?) ESCAPE '\' OR m.kana LIKE ? ESCAPE '\')`, []any{like, like, like}
		if n, err := certificate.ParseNumber(f.Find); err == nil {
			condition, more = "c.number = ?", []any{n}
		}
		add(condition, more...)
	}
	if f == (CertificateFilter{}) {
		err = s.q(ctx).Raw("SELECT COUNT(*) FROM certificate c"+where, args...).Scan(&total).Error
	} else {
		const tables = " FROM certificate c JOIN certificate_grant g ON g.id = c.grant_id JOIN member m ON m.id = g.member_id"
		err = s.q(ctx).Raw("SELECT COUNT(*)"+tables+where, args...).Scan(&total).Error
	}
	if err != nil {
		return nil, 0, wrap("count certificates", err)
	}
	rows, err = s.held(ctx, heldQuery+where+" ORDER BY c.id DESC LIMIT ? OFFSET ?", append(args, limit, offset)...)
	return rows, total, err
}
