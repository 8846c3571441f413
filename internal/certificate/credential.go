package certificate

import (
	"strings"
	"time"

	"tenarai/internal/course"
	"tenarai/internal/skill"
)

// Algorithm is how a key signs machine credentials.
type Algorithm string

// The algorithms. Every certificate is to be had in both forms.
const (
	DataIntegrity Algorithm = "eddsa-rdfc-2022" // a proof inside the credential (W3C Data Integrity EdDSA Cryptosuites 1.0)
	JWT           Algorithm = "RS256"           // a signature around it (Open Badges 3.0, 8.2)
)

// Algorithms are all of them.
var Algorithms = []Algorithm{DataIntegrity, JWT}

// Form is how a machine credential is handed out.
type Form string

// The forms: two documents, and two pictures that carry the first of them.
const (
	FormJSON Form = "json"
	FormJWT  Form = "jwt"
	FormPNG  Form = "png"
	FormSVG  Form = "svg"
)

// Key is the public half of a key that signs, or once signed, credentials. It stays published for ever: without it what it
// signed could no longer be checked.
type Key struct {
	KID       string // its name in addresses
	Algorithm Algorithm
	Public    []byte // PKIX, DER
	Created   time.Time
	Retired   time.Time // zero: it signs
}

// SigningKey is a key with its private half. It is kept sealed and is never logged.
type SigningKey struct {
	Key
	Private []byte // PKCS #8, DER
}

// StatusPlaces is how many credentials one status list tells about: the least that the specification allows (W3C Bitstring
// Status List 1.0, 2.2), so that whoever loads one does not show whose credential she checks.
const StatusPlaces = 131_072

// StatusEntry is where a credential's status stands: a place chosen by chance, so that neighbours tell nothing.
type StatusEntry struct {
	List     int // 1, 2 …
	Position int // 0 … StatusPlaces-1
}

// StatusList tells which of its credentials can no longer be relied on.
type StatusList struct {
	N       int
	Changed time.Time // since when it says what it says
	Revoked []int     // positions
}

// Achievement is what a certificate is for: one edition of a course, a skill, or all courses of a programme; and the skills
// it proves.
type Achievement struct {
	Kind    Kind   // empty: a course
	Slug    string // its name in addresses, see AchievementSlug
	Code    string
	Edition string
	Name    course.Text // the certificate's title
	Course  course.Text // the course, skill or programme
	CanDo   []course.Text
	Modules []course.Text // of a programme its courses
	Minutes int
	Skills  []AchievementSkill
}

// The beginnings of the names in addresses of achievements that are no course.
const (
	skillSlug     = "skill-"
	programmeSlug = "programme-"
)

// AchievementSlug names what a grant is for in addresses: a course by its slug alone, as it always was.
func AchievementSlug(k Kind, subject string) string {
	switch k {
	case KindSkill:
		return skillSlug + strings.ToLower(subject)
	case KindProgramme:
		return programmeSlug + subject
	case KindCourse:
	}
	return subject
}

// ParseAchievementSlug is the way back. A skill's id comes in the case it is written in.
func ParseAchievementSlug(slug string) (k Kind, subject string) {
	if id, ok := strings.CutPrefix(slug, skillSlug); ok && id == strings.ToLower(id) {
		return KindSkill, strings.ToUpper(id)
	}
	if id, ok := strings.CutPrefix(slug, programmeSlug); ok {
		return KindProgramme, id
	}
	return KindCourse, slug
}

// AchievementSkill is a skill with what its levels mean. In a claim only the level held has words.
type AchievementSkill struct {
	ID     skill.ID
	Title  course.Text
	Levels [4]course.Text // index 0 is empty
	ESCO   string         // ESCO skill id; empty if it has none
}

// Claim is all that a machine credential says: the certificate as it was on its day, and where its status is told.
type Claim struct {
	Certificate
	Achievement Achievement
	Status      StatusEntry
}

// RecordClaim is all that a whole record says as one machine credential: a person's valid certificates, on the day it is
// made. It has no status of its own; those of the certificates tell, and it lapses soon.
type RecordClaim struct {
	Name       string // the holder's, never said but as a salted hash
	CenterName string
	Made       time.Time
	Claims     []Claim // the newest first
}

// RecordDays is how many days a record's credential is good for: long enough to be handed in, too short to grow stale.
const RecordDays = 90
