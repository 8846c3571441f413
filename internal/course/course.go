// Package course holds what is taught, as values: courses, modules, lessons, quizzes, assignments and rubrics.
// All of it comes from files at start and is never changed; coursefile reads it.
package course

import (
	"strconv"
	"strings"

	"tenarai/internal/skill"
)

// Text is one text in the languages of the house.
type Text = skill.Text

// Ref is the address of an item: the folder and file names under courses/.
type Ref struct {
	Course, Module, Item string
}

// Path is the address as it stands in links.
func (r Ref) Path() string {
	p := "/courses/" + r.Course
	if r.Module != "" {
		p += "/" + r.Module + "/" + r.Item
	}
	return p
}

// The address of portfolios: work done elsewhere that is to be recognised as prior learning. They lie in a course of their
// own, which is never taught as a whole: no list, cohort, progress or certificate knows it.
const (
	PriorSlug   = "prior-learning"
	PriorModule = "portfolio"
)

// Portfolio is the address of the first portfolio of a skill.
func Portfolio(id skill.ID) Ref { return PortfolioN(id, 1) }

// PortfolioN is the address of somebody's n-th portfolio of a skill, counted from 1.
func PortfolioN(id skill.ID, n int) Ref {
	r := Ref{Course: PriorSlug, Module: PriorModule, Item: strings.ToLower(string(id))}
	if n > 1 {
		r.Item += "-" + strconv.Itoa(n)
	}
	return r
}

// Prior tells whether the address is that of a portfolio.
func (r Ref) Prior() bool { return r.Course == PriorSlug }

// RunID identifies one member's way through one edition of a course. It stands here because practice, cohort and
// certificate all speak of it and none of them may know another.
type RunID int64

// Device says what an item needs.
type Device string

// The devices.
const (
	Phone Device = "phone" // a phone is enough
	PC    Device = "pc"    // a computer is needed
)

// Kind is what an item is.
type Kind string

// The kinds of item.
const (
	KindLesson     Kind = "lesson"
	KindQuiz       Kind = "quiz"
	KindAssignment Kind = "assignment"
)

// Course is one course in one edition. What a person did points at the edition it was done under.
type Course struct {
	Slug        string
	Code        string // C1
	Order       int
	Edition     string
	Languages   []string // complete in these
	Title       Text
	Summary     Text
	Aims        []Text
	Needs       []string // slugs of courses to finish first; advice, not a wall
	Certificate CertificateText
	Words       []Word
	Modules     []*Module
}

// CertificateText is what a course's certificate says.
type CertificateText struct {
	Title Text
	CanDo []Text // in words a company understands, at most four
}

// Word is a word explained in the course.
type Word struct {
	Word    string // as it stands in Japanese lessons
	English string // as it stands in English lessons
	Kana    string
	Meaning Text
}

// Module is a part of a course.
type Module struct {
	Slug    string
	Title   Text
	Summary Text
	Aims    []Text
	Items   []*Item
}

// Item is one thing to do: exactly one of Lesson, Quiz and Assignment is set.
type Item struct {
	Ref        Ref
	Kind       Kind
	Title      Text
	Minutes    int
	Device     Device
	Lesson     *Lesson
	Quiz       *Quiz
	Assignment *Assignment
	Portfolio  Nth // of a portfolio; zero for all else
}

// Nth says which of the portfolios of a skill an item is. Once one is passed the next can be handed in, with other pieces.
type Nth struct {
	Skill skill.ID
	N     int  // from 1
	Title Text // of the second and later ones; {number} in it becomes N
}

// numberHole stands in the title of further portfolios for their number.
const numberHole = "{number}"

// Further is the n-th portfolio of the skill that the first is for: the same in all but address and title.
func (it *Item) Further(n int) *Item {
	out, of := *it, it.Portfolio
	number := strconv.Itoa(n)
	out.Ref, out.Portfolio.N = PortfolioN(of.Skill, n), n
	out.Title = Text{JA: strings.ReplaceAll(of.Title.JA, numberHole, number), EN: strings.ReplaceAll(of.Title.EN, numberHole, number)}
	return &out
}

// Proves is the level of a skill that the item proves if it is passed.
func (it *Item) Proves(id skill.ID) skill.Level {
	level := skill.None
	if it.Assignment == nil {
		return level
	}
	for _, r := range it.Assignment.Rubric.Rows {
		if r.Skill == id {
			level = max(level, r.Proves)
		}
	}
	return level
}

// Body is a Markdown text made into safe HTML, by language.
type Body map[string]Rendered

// Rendered is one Markdown text in one language.
type Rendered struct {
	HTML     string // made by coursefile; safe to show
	Headings []Heading
	Words    []int // indices into Course.Words of the words that occur
}

// Heading is a section of a text.
type Heading struct {
	ID, Text string
	Level    int
}

// In is the body in a language, or the Japanese where it is missing; had tells whether the language was there.
func (b Body) In(lang string) (r Rendered, had bool) {
	if r, ok := b[lang]; ok {
		return r, true
	}
	return b["ja"], lang == "ja"
}

// Lesson is a text to read.
type Lesson struct {
	Skills []skill.ID // what it prepares for
	Body   Body
}

// Quiz is a set of questions. It is immutable and content-hashed: a quiz attempt points at the quiz as it was.
type Quiz struct {
	Hash        string
	PassPercent int
	Draw        int // so many of the questions at a try; 0 = all
	Questions   []Question
}

// Choose is how a question is answered.
type Choose string

// The kinds of question.
const (
	ChooseOne    Choose = "one"
	ChooseMany   Choose = "many"
	ChooseNumber Choose = "number"
	ChooseShort  Choose = "short"
)

// Question is one question of a quiz.
type Question struct {
	ID      string   `json:"id"`
	Choose  Choose   `json:"choose"`
	Ask     Text     `json:"ask"`
	Answers []Answer `json:"answers,omitempty"` // one, many
	Number  *Number  `json:"number,omitempty"`
	Accept  []string `json:"accept,omitempty"` // short
	Why     Text     `json:"why"`              // number, short
}

// Answer is one choice, with the reason why it is right or wrong.
type Answer struct {
	Text  Text `json:"text"`
	Right bool `json:"right,omitempty"`
	Why   Text `json:"why"`
}

// Number is a numeric answer.
type Number struct {
	Value     float64 `json:"value"`
	Tolerance float64 `json:"tolerance,omitempty"` // absolute
	Unit      Text    `json:"unit"`
}

// Assignment is a piece of practice that reads like an order. It is immutable and content-hashed.
type Assignment struct {
	Hash             string
	Client           Text
	Purpose          Text
	Deliver          Deliver
	Tolerance        Text // empty: none stated
	ReferenceMinutes int
	DueWorkingDays   int // counted from the first opening; 0 = no deadline
	Materials        []Material
	Check            *TableCheck
	SelfCheck        []Text
	Rubric           Rubric
	FixBank          []NamedFix
	Brief            Body
	Model            Body
	Notes            Body // for mentors
	Starter          Text // what the editor starts with
}

// Deliver is what is to be handed in.
type Deliver struct {
	Text    bool
	File    bool
	TextMax int      // characters
	Formats []string // lower-case endings without a dot
	Files   int      // at most
	MaxMB   int
	Name    string // with {number}
	What    Text
}

// Material is a file given to the trainee.
type Material struct {
	File  string
	Title Text
	Alt   Text // what a picture shows
}

// TableCheck compares a handed-in table with a hidden answer.
type TableCheck struct {
	Answer   []byte `json:"-"` // CSV, UTF-8
	Key      string // the column that names a row
	Permille int    // wrong cells ÷ expected cells that are tolerated, in thousandths
}

// NamedFix is a fix mentors often ask for.
type NamedFix struct {
	Row  string
	Text Text
}

// Rubric is how a piece is judged (domain.md c-2): rows of 0–3 with descriptors, ★ rows must reach 2, no row 0, a least
// share of the total. Its Hash names it for ever.
type Rubric struct {
	Hash            string      `json:"-"`
	MinTotalPercent int         `json:"min_total_percent"`
	NoZero          bool        `json:"no_zero"`
	Rows            []Criterion `json:"rows"`
}

// Criterion is one row of a rubric.
type Criterion struct {
	ID     string      `json:"id"`
	Star   bool        `json:"star,omitempty"`
	Skill  skill.ID    `json:"skill,omitempty"`
	Proves skill.Level `json:"proves,omitempty"` // the level a mark of Passing or more proves in a passed piece
	Title  Text        `json:"title"`
	Levels [4]Text     `json:"levels"`
}

// The marks of a row: 0 unacceptable, 1 to mend, 2 passes, 3 excellent.
const (
	Passing = 2
	MaxMark = 3
)

// Row finds a row by id.
func (r Rubric) Row(id string) (Criterion, bool) {
	for _, c := range r.Rows {
		if c.ID == id {
			return c, true
		}
	}
	return Criterion{}, false
}

// Item finds an item of the course. Of portfolios it finds those further on, too: they are made when they are asked for, as
// there is no last one.
func (c *Course) Item(module, item string) *Item {
	if m := c.Module(module); m != nil {
		if it := m.item(item); it != nil {
			return it
		}
		return m.further(item)
	}
	return nil
}

func (m *Module) item(slug string) *Item {
	for _, it := range m.Items {
		if it.Ref.Item == slug {
			return it
		}
	}
	return nil
}

// further finds the second or a later portfolio of a skill by its slug; a number written in another way finds none.
func (m *Module) further(slug string) *Item {
	i := strings.LastIndexByte(slug, '-')
	if i < 0 {
		return nil
	}
	n, err := strconv.Atoi(slug[i+1:])
	first := m.item(slug[:i])
	if err != nil || n < 2 || first == nil || first.Portfolio.N != 1 || PortfolioN(first.Portfolio.Skill, n).Item != slug {
		return nil
	}
	return first.Further(n)
}

// Module finds a module of the course.
func (c *Course) Module(slug string) *Module {
	for _, m := range c.Modules {
		if m.Slug == slug {
			return m
		}
	}
	return nil
}

// Items are all items in the order they are taken.
func (c *Course) Items() []*Item {
	var out []*Item
	for _, m := range c.Modules {
		out = append(out, m.Items...)
	}
	return out
}

// Minutes are the course's minutes: the sum over its items.
func (c *Course) Minutes() int {
	n := 0
	for _, m := range c.Modules {
		n += m.Minutes()
	}
	return n
}

// Minutes are the module's minutes.
func (m *Module) Minutes() int {
	n := 0
	for _, it := range m.Items {
		n += it.Minutes
	}
	return n
}

// Catalog is everything that is taught and every skill it speaks of. It is made once at start and never changed.
type Catalog struct {
	Courses []*Course // in their order
	Prior   *Course   // the first portfolios, one for each skill; nil if the center recognises no prior learning
	Skills  []skill.Skill
}

// Course finds a course by its slug, or nil. It finds the portfolios, too.
func (c *Catalog) Course(slug string) *Course {
	if slug == PriorSlug {
		return c.Prior
	}
	for _, k := range c.Courses {
		if k.Slug == slug {
			return k
		}
	}
	return nil
}

// Item finds an item by its address, or nil.
func (c *Catalog) Item(r Ref) *Item {
	if k := c.Course(r.Course); k != nil {
		return k.Item(r.Module, r.Item)
	}
	return nil
}

// Skill finds a skill by id. An unknown one comes back with its id as its title, so that an old award still has a name.
func (c *Catalog) Skill(id skill.ID) skill.Skill {
	for _, s := range c.Skills {
		if s.ID == id {
			return s
		}
	}
	return skill.Skill{ID: id, Title: Text{JA: string(id)}}
}

// Neighbours are the items before and after an item within its course; nil at the ends.
func (c *Course) Neighbours(r Ref) (before, after *Item) {
	items := c.Items()
	for i, it := range items {
		if it.Ref != r {
			continue
		}
		if i > 0 {
			before = items[i-1]
		}
		if i+1 < len(items) {
			after = items[i+1]
		}
	}
	return before, after
}

// Complete tells whether the course is whole in the language.
func (c *Course) Complete(lang string) bool {
	return strings.Contains(" "+strings.Join(c.Languages, " ")+" ", " "+lang+" ")
}
