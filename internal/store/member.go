package store

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tenarai/internal/member"
	"tenarai/internal/problem"
)

type centerRow struct {
	ID          int64
	Slug        string
	Name        string
	NameEn      string
	PromiseDays int
	CreatedAt   int64
}

func (centerRow) TableName() string { return "center" }

func (r centerRow) noun() member.Center {
	return member.Center{ID: member.CenterID(r.ID), Slug: r.Slug, Name: r.Name, NameEn: r.NameEn, PromiseDays: r.PromiseDays}
}

// AddCenter keeps a new center.
func (s *Store) AddCenter(ctx context.Context, c member.Center, now time.Time) (member.CenterID, error) {
	r := centerRow{Slug: c.Slug, Name: c.Name, NameEn: c.NameEn, PromiseDays: c.PromiseDays, CreatedAt: ms(now)}
	err := s.x(ctx).Create(&r).Error
	return member.CenterID(r.ID), wrap("keep center", err)
}

// Center reads a center.
func (s *Store) Center(ctx context.Context, id member.CenterID) (member.Center, error) {
	var r centerRow
	err := s.q(ctx).Where("id = ?", id).Take(&r).Error
	return r.noun(), wrap("read center", err)
}

// Centers are all centers, by name.
func (s *Store) Centers(ctx context.Context) ([]member.Center, error) {
	var rs []centerRow
	err := s.q(ctx).Order("id").Find(&rs).Error
	out := make([]member.Center, len(rs))
	for i, r := range rs {
		out[i] = r.noun()
	}
	return out, wrap("read centers", err)
}

type memberRow struct {
	ID            int64
	Email         *string
	Name          string
	Kana          string
	PrintedName   string
	PrintedKana   bool
	LatinName     string
	Language      string
	Password      string
	HoursWeek     int
	HoursStatedAt int64
	ShareAt       int64
	VerifyNameAt  int64
	DisabledAt    int64
	Version       int64
	CreatedAt     int64
}

func (memberRow) TableName() string { return "member" }

func (r memberRow) noun() member.Member {
	m := member.Member{
		ID: member.ID(r.ID), Name: r.Name, Kana: r.Kana, PrintedName: r.PrintedName, PrintedKana: r.PrintedKana, LatinName: r.LatinName, Language: r.Language,
		Consent:  member.Consent{Share: at(r.ShareAt), VerifyName: at(r.VerifyNameAt)},
		Hours:    member.Availability{HoursWeek: r.HoursWeek, Stated: at(r.HoursStatedAt)},
		Disabled: r.DisabledAt != 0, Created: at(r.CreatedAt),
	}
	if r.Email != nil {
		m.Email = *r.Email
	}
	return m
}

type roleRow struct {
	MemberID  int64
	CenterID  int64
	Role      string
	CompanyID *int64
	CreatedAt int64
}

func (roleRow) TableName() string { return "member_role" }

func (r roleRow) noun() member.Membership {
	m := member.Membership{Center: member.CenterID(r.CenterID), Role: member.Role(r.Role)}
	if r.CompanyID != nil {
		m.Company = member.CompanyID(*r.CompanyID)
	}
	return m
}

// AddMember keeps a new person without password or roles. A known address is a Conflict.
func (s *Store) AddMember(ctx context.Context, m member.Member, now time.Time) (member.ID, error) {
	r := memberRow{Name: m.Name, Kana: m.Kana, PrintedName: m.PrintedName, PrintedKana: m.PrintedKana, LatinName: m.LatinName, Language: m.Language, Version: 1, CreatedAt: ms(now)}
	if m.Email != "" {
		r.Email = &m.Email
	}
	res := s.x(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&r)
	if res.Error == nil && res.RowsAffected == 0 {
		return 0, problem.Clash("member.email_taken")
	}
	return member.ID(r.ID), wrap("keep member", res.Error)
}

// Member reads a person with her roles. Not existing is NotFound.
func (s *Store) Member(ctx context.Context, id member.ID) (member.Member, error) {
	var m member.Member
	err := scan(s.q(ctx).Raw(`SELECT m.id, m.email, m.name, m.kana, m.printed_name, m.printed_kana, m.latin_name, m.language, m.hours_week, m.hours_stated_at, m.share_at,
		m.verify_name_at, m.disabled_at, m.created_at, r.center_id, r.role, r.company_id
		FROM member m LEFT JOIN member_role r ON r.member_id = m.id WHERE m.id = ? ORDER BY r.center_id, r.role`, id), func(columns row) error {
		var r memberRow
		var center, company *int64
		var role *string
		err := columns(&r.ID, &r.Email, &r.Name, &r.Kana, &r.PrintedName, &r.PrintedKana, &r.LatinName, &r.Language, &r.HoursWeek, &r.HoursStatedAt, &r.ShareAt,
			&r.VerifyNameAt, &r.DisabledAt, &r.CreatedAt, &center, &role, &company)
		roles := m.Memberships
		m = r.noun()
		if role != nil {
			roles = append(roles, roleRow{CenterID: *center, Role: *role, CompanyID: company}.noun())
		}
		m.Memberships = roles
		return err
	})
	if err == nil && m.ID == 0 {
		err = gorm.ErrRecordNotFound
	}
	return m, wrap("read member", err)
}

// LockMember locks a person's row, so that two deeds on one person take turns. On SQLite there is one writer at a time
// already, so that it only looks whether there is a transaction.
func (s *Store) LockMember(ctx context.Context, id member.ID) error {
	if !s.postgres {
		return s.x(ctx).Error
	}
	var one int
	return wrap("lock member", s.x(ctx).Raw("SELECT 1 FROM member WHERE id = ?"+s.lock(), id).Take(&one).Error)
}

// MemberByEmail finds a person by address.
func (s *Store) MemberByEmail(ctx context.Context, email string) (member.Member, error) {
	var r memberRow
	if err := s.q(ctx).Where("email = ?", member.NormalEmail(email)).Take(&r).Error; err != nil {
		return member.Member{}, wrap("read member by address", err)
	}
	return s.Member(ctx, member.ID(r.ID))
}

// Names are the names of some people, by id.
func (s *Store) Names(ctx context.Context, ids []member.ID) (map[member.ID]string, error) {
	out := map[member.ID]string{}
	if len(ids) == 0 {
		return out, nil
	}
	var rs []memberRow
	err := s.q(ctx).Select("id", "name").Where("id IN ?", ids).Find(&rs).Error
	for _, r := range rs {
		out[member.ID(r.ID)] = r.Name
	}
	return out, wrap("read names", err)
}

// Password reads the password's hash; empty while an invitation is open.
func (s *Store) Password(ctx context.Context, id member.ID) (string, error) {
	var r memberRow
	err := s.q(ctx).Select("password").Where("id = ?", id).Take(&r).Error
	return r.Password, wrap("read password", err)
}

// SetPassword keeps a new password's hash.
func (s *Store) SetPassword(ctx context.Context, id member.ID, hash string) error {
	return changed("keep password", s.x(ctx).Table("member").Where("id = ?", id).Update("password", hash))
}

// Profile is what a person changes about herself.
type Profile struct {
	Name, Kana, PrintedName, Language string
	PrintedKana                       bool
	LatinName                         string
	Hours                             member.Availability
	Consent                           member.Consent
}

// SetProfile keeps a person's own figures.
func (s *Store) SetProfile(ctx context.Context, id member.ID, p Profile) error {
	return changed("keep profile", s.x(ctx).Table("member").Where("id = ?", id).Updates(map[string]any{
		"name": p.Name, "kana": p.Kana, "printed_name": p.PrintedName, "language": p.Language, "printed_kana": p.PrintedKana, "latin_name": p.LatinName,
		"hours_week": p.Hours.HoursWeek, "hours_stated_at": ms(p.Hours.Stated),
		"share_at": ms(p.Consent.Share), "verify_name_at": ms(p.Consent.VerifyName),
	}))
}

// SetLanguage keeps the language a person reads.
func (s *Store) SetLanguage(ctx context.Context, id member.ID, lang string) error {
	return changed("keep language", s.x(ctx).Table("member").Where("id = ?", id).Update("language", lang))
}

// SetDisabled closes or opens an account; the zero time opens it.
func (s *Store) SetDisabled(ctx context.Context, id member.ID, when time.Time) error {
	return changed("keep disabled", s.x(ctx).Table("member").Where("id = ?", id).Update("disabled_at", ms(when)))
}

// AddRole gives a role; giving it twice changes nothing.
func (s *Store) AddRole(ctx context.Context, id member.ID, m member.Membership, now time.Time) error {
	r := roleRow{MemberID: int64(id), CenterID: int64(m.Center), Role: string(m.Role), CreatedAt: ms(now)}
	if m.Company != 0 {
		c := int64(m.Company)
		r.CompanyID = &c
	}
	return wrap("keep role", s.x(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&r).Error)
}

// RemoveRole takes a role away.
func (s *Store) RemoveRole(ctx context.Context, id member.ID, c member.CenterID, role member.Role) error {
	return wrap("remove role", s.x(ctx).Where("member_id = ? AND center_id = ? AND role = ?", id, c, role).Delete(&roleRow{}).Error)
}

// MemberRow is a line of the list of members.
type MemberRow struct {
	ID       member.ID
	Name     string
	Kana     string
	Email    string
	Roles    []member.Role
	Disabled bool
	Created  time.Time
}

// Members lists a center's people by reading, a page at a time; find looks in name, reading and address. more tells
// whether there are further ones.
func (s *Store) Members(ctx context.Context, c member.CenterID, find string, role member.Role, offset, limit int) (rows []MemberRow, more bool, err error) {
	var rs []struct {
		ID         int64
		Name       string
		Kana       string
		Email      *string
		DisabledAt int64
		CreatedAt  int64
		Roles      string
	}
	agg := "group_concat(r.role, ' ')"
	if s.postgres {
		agg = "string_agg(r.role, ' ')"
	}
	// In the order of the index member_sort, so that it stops at the end of the page.
	err = s.membersOf(ctx, c, find, role).
		Select("m.id, m.name, m.kana, m.email, m.disabled_at, m.created_at, (SELECT "+agg+" FROM member_role r WHERE r.member_id = m.id AND r.center_id = ?) AS roles", c).
		Order("CASE WHEN m.kana = '' THEN m.name ELSE m.kana END, m.id").Offset(offset).Limit(limit + 1).Scan(&rs).Error
	if err != nil {
		return nil, false, wrap("list members", err)
	}
	if more = len(rs) > limit; more {
		rs = rs[:limit]
	}
	for _, r := range rs {
		row := MemberRow{ID: member.ID(r.ID), Name: r.Name, Kana: r.Kana, Disabled: r.DisabledAt != 0, Created: at(r.CreatedAt)}
		if r.Email != nil {
			row.Email = *r.Email
		}
		for _, f := range strings.Fields(r.Roles) {
			row.Roles = append(row.Roles, member.Role(f))
		}
		rows = append(rows, row)
	}
	return rows, more, nil
}

// membersOf are a center's people whom find and role leave.
func (s *Store) membersOf(ctx context.Context, c member.CenterID, find string, role member.Role) *gorm.DB {
	q := s.q(ctx).Table("member AS m")
	if role == "" {
		q = q.Where("EXISTS (SELECT 1 FROM member_role x WHERE x.member_id = m.id AND x.center_id = ?)", c)
	} else {
		q = q.Where("EXISTS (SELECT 1 FROM member_role x WHERE x.member_id = m.id AND x.center_id = ? AND x.role = ?)", c, role)
	}
	if find != "" {
		like := "%" + escapeLike(find) + "%"
		q = q.Where(`(lower(m.name) LIKE lower(?) ESCAPE '\' OR m.kana LIKE ? ESCAPE '\' OR m.email LIKE lower(?) ESCAPE '\')`, like, like, like)
	}
	return q
}

// CountMembers counts a center's people whom find and role leave, as Members lists them.
func (s *Store) CountMembers(ctx context.Context, c member.CenterID, find string, role member.Role) (int, error) {
	var n int64
	if find != "" {
		err := s.membersOf(ctx, c, find, role).Count(&n).Error
		return int(n), wrap("count members", err)
	}
	q := s.q(ctx).Table("member_role").Where("center_id = ?", c)
	if role != "" {
		q = q.Where("role = ?", role)
	}
	err := q.Distinct("member_id").Count(&n).Error
	return int(n), wrap("count members", err)
}

// RoleCounts counts a center's people by role. Somebody with two roles counts in both.
func (s *Store) RoleCounts(ctx context.Context, c member.CenterID) (map[member.Role]int, error) {
	var rs []struct {
		Role string
		N    int
	}
	err := s.q(ctx).Raw("SELECT role, COUNT(*) AS n FROM member_role WHERE center_id = ? GROUP BY role", c).Scan(&rs).Error
	out := make(map[member.Role]int, len(rs))
	for _, r := range rs {
		out[member.Role(r.Role)] = r.N
	}
	return out, wrap("count roles", err)
}

// LockCenter locks a center's row, so that two deeds on who may run it take turns.
func (s *Store) LockCenter(ctx context.Context, c member.CenterID) error {
	var r centerRow
	return wrap("lock center", s.x(ctx).Raw("SELECT * FROM center WHERE id = ?"+s.lock(), c).Take(&r).Error)
}

// OtherAdmins counts a center's administrators who can sign in, without one of them.
func (s *Store) OtherAdmins(ctx context.Context, c member.CenterID, but member.ID) (int, error) {
	var n int
	err := s.q(ctx).Raw(`SELECT COUNT(*) FROM member_role r JOIN member m ON m.id = r.member_id
		WHERE r.center_id = ? AND r.role = ? AND r.member_id <> ? AND m.disabled_at = 0`, c, member.Admin, but).Scan(&n).Error
	return n, wrap("count administrators", err)
}

// SetCenter keeps a center's names and the days within which its mentors answer.
func (s *Store) SetCenter(ctx context.Context, c member.Center) error {
	return changed("keep center", s.x(ctx).Table("center").Where("id = ?", c.ID).Updates(map[string]any{
		"name": c.Name, "name_en": c.NameEn, "promise_days": c.PromiseDays,
	}))
}

// escapeLike makes what somebody typed mean itself in LIKE … ESCAPE '\'. The database folds both sides to lower case, each
// in its own way: what is typed as it stands is then always found.
func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(s)
}
